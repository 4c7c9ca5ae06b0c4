// SPDX-License-Identifier: Apache-2.0
// The anchors of a log as they lie in its directory. kb-log(5), Anchors.

internal import KimberliteCore

/// Checkpoints of a log that others were asked about, and what they answered.
struct AnchorFolder: Sendable {
  let directory: LogDirectory

  static let name = LogDirectory.anchorsName

  /// What a file there is, of a checkpoint of some size.
  enum File: Sendable, Hashable {
    /// The checkpoint as it was first published, then the cosignatures that came in.
    case checkpoint
    /// The request for a time stamp.
    case request
    /// An answer to it, numbered from 1.
    case answer(Int)
  }

  /// What is there.
  struct Listing {
    /// Sizes of the checkpoints, ascending.
    var checkpoints: [UInt64] = []
    /// Sizes that requests are kept for.
    var requests: Set<UInt64> = []
    /// The numbers of the answers by size.
    var answers: [UInt64: [Int]] = [:]
    /// Names that are not one of ours.
    var strays: [String] = []
    /// What was being written when somebody was stopped.
    var temporaries: [String] = []
  }

  var path: String { "\(directory.path)/\(Self.name)" }

  /// The path of a file relative to the log directory, as messages name it.
  static func fileName(_ size: UInt64, _ file: File) -> String {
    switch file {
    case .checkpoint: "\(name)/\(size).checkpoint"
    case .request: "\(name)/\(size).tsq"
    case .answer(1): "\(name)/\(size).tsr"
    case .answer(let number): "\(name)/\(size).\(number).tsr"
    }
  }

  /// What a name there says; `nil` for a stray file.
  private static func parse(_ fileName: String) -> (size: UInt64, file: File)? {
    let parts = fileName.split(separator: ".", omittingEmptySubsequences: false)
    guard let first = parts.first, let size = UInt64(first) else { return nil }
    let file: File
    switch (parts.count, parts.last) {
    case (2, "checkpoint"): file = .checkpoint
    case (2, "tsq"): file = .request
    case (2, "tsr"): file = .answer(1)
    case (3, "tsr"):
      guard let number = Int(parts[1]), number >= 2 else { return nil }
      file = .answer(number)
    default: return nil
    }
    // One spelling of each number.
    return Self.fileName(size, file) == "\(name)/\(fileName)" ? (size, file) : nil
  }

  /// Everything that is there.
  func list() throws(LogError) -> Listing {
    var listing = Listing()
    guard try directory.disk.exists(path) else { return listing }
    for name in try directory.disk.list(path) {
      if name.hasSuffix(LogDirectory.temporarySuffix) {
        listing.temporaries.append("\(Self.name)/\(name)")
      } else if let (size, file) = Self.parse(name) {
        switch file {
        case .checkpoint: listing.checkpoints.append(size)
        case .request: listing.requests.insert(size)
        case .answer(let number): listing.answers[size, default: []].append(number)
        }
      } else {
        listing.strays.append("\(Self.name)/\(name)")
      }
    }
    listing.checkpoints.sort()
    return listing
  }

  // MARK: Reading

  private func read(
    _ size: UInt64, _ file: File, limit: Int, _ what: String
  ) throws(LogError) -> [UInt8] {
    let name = Self.fileName(size, file)
    guard let bytes = try directory.disk.contents(of: "\(directory.path)/\(name)", limit: limit)
    else { throw .damaged(Damage(file: name, what: what)) }
    return bytes
  }

  /// A checkpoint with its signatures, which are not checked.
  func checkpoint(_ size: UInt64) throws(LogError) -> SignedCheckpoint {
    let name = Self.fileName(size, .checkpoint)
    let bytes = try read(
      size, .checkpoint, limit: Checkpoint.byteCountMax, "the checkpoint is too long")
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .damaged(Damage(file: name, what: "the checkpoint is not text"))
    }
    let signed: SignedCheckpoint
    do {
      signed = try SignedCheckpoint(SignedNote(text))
    } catch {
      throw .damaged(Damage(file: name, position: UInt64(error.position), what: error.what))
    }
    guard signed.checkpoint.size == size else {
      throw .damaged(
        Damage(file: name, what: "it states \(signed.checkpoint.size.counted("record"))"))
    }
    return signed
  }

  /// The request for a time stamp.
  func request(_ size: UInt64) throws(LogError) -> TimeStampRequest {
    let bytes = try read(
      size, .request, limit: TimeStampRequest.byteCount, "the request has another length")
    do {
      return try TimeStampRequest(der: bytes.span)
    } catch {
      throw .damaged(
        Damage(
          file: Self.fileName(size, .request), position: UInt64(error.position), what: error.what))
    }
  }

  /// The bytes of an answer.
  func answer(_ size: UInt64, _ number: Int) throws(LogError) -> [UInt8] {
    try read(size, .answer(number), limit: TimeStamp.byteCountMax, "the answer is too long")
  }

  // MARK: Writing

  /// Makes a file appear for good, whole; one of that name is replaced.
  func write(_ bytes: [UInt8], _ size: UInt64, _ file: File) throws(LogError) {
    if try !directory.disk.exists(path) {
      try directory.disk.createDirectory(path)
      try directory.disk.synchronizeDirectory(directory.path)
    }
    try directory.disk.replace(
      "\(directory.path)/\(Self.fileName(size, file))", with: bytes.span)
    try directory.disk.synchronizeDirectory(path)
  }

  /// Keeps a checkpoint, unless it is there already; answers what is kept.
  ///
  /// What is there was published first, so it stays as it is.
  func keep(_ signed: SignedCheckpoint) throws(LogError) -> SignedCheckpoint {
    let size = signed.checkpoint.size
    let name = "\(directory.path)/\(Self.fileName(size, .checkpoint))"
    if try directory.disk.exists(name) {
      let kept = try checkpoint(size)
      guard kept.checkpoint == signed.checkpoint else {
        throw .cannotCreate(path: name, why: "one of another branch or root is there")
      }
      return kept
    }
    try write(Array(signed.text.utf8), size, .checkpoint)
    return signed
  }
}

extension SignedCheckpoint {
  /// The checkpoint with the log's own signatures alone: what is sent and stamped.
  var published: SignedNote {
    SignedNote(
      text: checkpoint.text,
      signatures: signatures.filter { $0.name == checkpoint.origin.text })
  }

  /// What a time stamp of the checkpoint states: later cosignatures do not change it.
  var stampedDigest: Digest { Digest.hash(Array(published.encoded.utf8).span) }

  /// The signature lines of others.
  var foreignSignatures: [NoteSignature] {
    signatures.filter { $0.name != checkpoint.origin.text }
  }
}
