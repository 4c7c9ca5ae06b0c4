// SPDX-License-Identifier: Apache-2.0
// Takes what others answered, whatever it is: checks it, finds the checkpoint that it is about,
// keeps it. kb-verify(1), Anchors.

internal import KimberliteCore

/// What was kept of an answer.
public struct AddedAnchor: Sendable, Equatable {
  /// What the answer is.
  public enum Kind: Sendable, Equatable {
    /// A time stamp, and whether it leads to an authority that was given.
    case stamp(TimeStamp, isByAuthority: Bool)
    /// Signature lines: the names of witnesses whose are good, and how many nobody could check.
    case cosignatures(witnesses: [String], unknown: Int)
  }

  /// The file, relative to the log directory.
  public var file: String
  /// Records of the checkpoint.
  public var size: UInt64
  /// What it is.
  public var kind: Kind
  /// Whether it was not there before.
  public var isNew: Bool
}

/// Where an answer belongs.
private enum Placing {
  case added(AddedAnchor)
  case bad(String)
  /// It is about no checkpoint that was kept.
  case nowhere
}

extension Anchors {
  /// Keeps an answer: of a time-stamp authority (DER), of a witness (signature lines), or a
  /// checkpoint with cosignatures.
  ///
  /// - Throws: `.data` where it is none of these, `.damaged` where it is bad, `.noLog` where there
  ///   is no checkpoint that it is about.
  public func add(_ bytes: [UInt8]) throws(DatabaseError) -> AddedAnchor {
    if bytes.first == 0x30 { return try addStamp(bytes) }
    let isNoAnswer = DatabaseError(
      .data, "it is neither a time stamp nor signature lines nor a checkpoint of a log of ours")
    guard let text = String(validating: bytes, as: UTF8.self) else { throw isNoAnswer }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let signatures = lines.dropLast().compactMap { NoteSignature(line: String($0)) }
    if !signatures.isEmpty, signatures.count == lines.count - 1, lines.last == "" {
      return try addCosignatures(signatures)
    }
    guard let note = try? SignedNote(text), let signed = try? SignedCheckpoint(note) else {
      throw isNoAnswer
    }
    return try add(signed)
  }

  /// Finds the place of an answer, alone; `nothing` says of what there is none.
  private func place(
    nothing: String, _ body: () throws(LogError) -> Placing
  ) throws(DatabaseError) -> AddedAnchor {
    let placing = try DatabaseError.wrap { () throws(LogError) in try locked(body) }
    switch placing {
    case .added(let anchor): return anchor
    case .bad(let what): throw DatabaseError(.damaged, what)
    case .nowhere: throw DatabaseError(.noLog, "'\(folder.path)' has \(nothing)")
    }
  }

  // MARK: Time stamps

  private func addStamp(_ bytes: [UInt8]) throws(DatabaseError) -> AddedAnchor {
    let stamp: TimeStamp
    do throws(TimeStampError) {
      stamp = try TimeStamp(answer: bytes, authorities: trust.authorities)
    } catch {
      switch error {
      case .notAnAnswer(let what): throw DatabaseError(.data, what)
      case .bad(let what): throw DatabaseError(.damaged, "the time stamp is bad: \(what)")
      }
    }
    return try place(nothing: "no checkpoint that the time stamp is of") { () throws(LogError) in
      let listing = try folder.list()
      for size in listing.checkpoints.reversed()
      where try folder.checkpoint(size).stampedDigest == stamp.imprint {
        return try keep(stamp, bytes, size, listing)
      }
      return .nowhere
    }
  }

  private func keep(
    _ stamp: TimeStamp, _ bytes: [UInt8], _ size: UInt64, _ listing: AnchorFolder.Listing
  ) throws(LogError) -> Placing {
    if listing.requests.contains(size), try !stamp.answers(folder.request(size)) {
      return .bad("the time stamp does not answer the request: its nonce is another")
    }
    let numbers = listing.answers[size]?.sorted() ?? []
    var number = (numbers.last ?? 0) + 1
    var isNew = true
    for known in numbers where try folder.answer(size, known) == bytes {
      number = known
      isNew = false
    }
    if isNew { try folder.write(bytes, size, .answer(number)) }
    return .added(
      AddedAnchor(
        file: AnchorFolder.fileName(size, .answer(number)), size: size,
        kind: .stamp(stamp, isByAuthority: trust.authorities != nil), isNew: isNew))
  }

  // MARK: Cosignatures

  /// Signature lines alone do not say which checkpoint they sign: it is the one that they fit.
  private func addCosignatures(
    _ signatures: [NoteSignature]
  ) throws(DatabaseError) -> AddedAnchor {
    guard let policy = trust.policy else {
      var error = DatabaseError(.usage, "signature lines alone do not say what they sign")
      error.hint = "give --policy, which knows the witness"
      throw error
    }
    let known = signatures.compactMap { line in
      policy.witnesses.first { line.isBy($0.key) }.map { (line: line, witness: $0) }
    }
    guard let first = known.first else {
      throw DatabaseError(.damaged, "no signature line is by a witness of the policy")
    }
    return try place(nothing: "no checkpoint to be cosigned") { () throws(LogError) in
      let sizes = try folder.list().checkpoints
      for size in sizes.reversed() {
        let kept = try folder.checkpoint(size)
        let fits = known.allSatisfy { Self.signs($0.line, $0.witness.key, kept) }
        if fits { return try merge(signatures, into: kept) }
      }
      return sizes.isEmpty
        ? .nowhere : .bad("the cosignature of '\(first.witness.name)' is of no checkpoint there")
    }
  }

  /// A whole checkpoint says which one it is; one that was not kept is, if it is the log's.
  private func add(_ signed: SignedCheckpoint) throws(DatabaseError) -> AddedAnchor {
    guard !signed.foreignSignatures.isEmpty else {
      throw DatabaseError(.data, "the checkpoint has no signature but the log's own")
    }
    let newest = try newest().checkpoint
    return try place(nothing: "no such checkpoint") { () throws(LogError) in
      let size = signed.checkpoint.size
      if signed.checkpoint.logID != newest.logID { return .bad("it is of another log") }
      let keys = try LogKeys(directory: directory).verifiers()
      if let what = AnchorCheck.mismatch(of: signed, keys, trust.policy) { return .bad(what) }
      if size > newest.size {
        return .bad("it states \(size.counted("record")), the log holds \(newest.size)")
      }
      var prover = Prover(directory)
      if try prover.consistency(from: signed.checkpoint, to: newest) == nil {
        return .bad("it states another Merkle root of \(size.counted("record"))")
      }
      let kept = try folder.keep(
        SignedCheckpoint(signed.checkpoint, signatures: signed.published.signatures))
      return try merge(signed.foreignSignatures, into: kept)
    }
  }

  private static func signs(
    _ line: NoteSignature, _ key: VerifierKey, _ signed: SignedCheckpoint
  ) -> Bool {
    SignedNote(text: signed.checkpoint.text, signatures: [line]).signers(among: [key]) == [key]
  }

  /// Adds signature lines to a kept checkpoint: those of known witnesses are checked, and one of
  /// each is kept; the rest is kept as it is.
  private func merge(
    _ signatures: [NoteSignature], into kept: SignedCheckpoint
  ) throws(LogError) -> Placing {
    var note = kept.note
    var names: [String] = []
    var unknown = 0
    for line in signatures where line.name != kept.checkpoint.origin.text {
      guard let witness = trust.policy?.witnesses.first(where: { line.isBy($0.key) }),
        witness.key.algorithm == .cosignature
      else {
        unknown += 1
        note.add(line)
        continue
      }
      guard Self.signs(line, witness.key, kept) else {
        return .bad("the cosignature of '\(witness.name)' is bad")
      }
      names.append(witness.name)
      if !note.signatures.contains(where: { $0.isBy(witness.key) }) { note.add(line) }
    }
    guard note.signatures.count <= SignedNote.signatureCountMax,
      note.encoded.utf8.count <= Checkpoint.byteCountMax
    else { return .bad("the checkpoint has too many signatures") }
    let isNew = note != kept.note
    let size = kept.checkpoint.size
    if isNew { try folder.write(Array(note.encoded.utf8), size, .checkpoint) }
    return .added(
      AddedAnchor(
        file: AnchorFolder.fileName(size, .checkpoint), size: size,
        kind: .cosignatures(witnesses: names, unknown: unknown), isNew: isNew))
  }
}
