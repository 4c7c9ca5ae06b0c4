// SPDX-License-Identifier: Apache-2.0
// What a log says to those who do not have it, beside receipts: a signed checkpoint, the key, what
// others stated, and that its key's holder stands for a text. kb-query(1), Evidence.

package import KimberliteCore

/// A log as a witness of what a query answered.
package struct EvidenceLog {
  private let directory: LogDirectory
  private let signer: SigningKey
  /// A checkpoint of all records that the query could see, signed with the log's key.
  package let checkpoint: SignedCheckpoint

  /// A log whose signing key has to be there, and its checkpoint of at least `size` records.
  package init(
    _ path: String, covering size: UInt64, key: MasterKey?, stateFolder: String?
  ) throws(LogError) {
    directory = LogDirectory(path: path, disk: PosixDisk(), key: key)
    guard let signer = try LogKeys(directory: directory).usableSigning() else {
      throw .noSigningKey(path: path, why: "its key is not here")
    }
    self.signer = signer
    checkpoint = try directory.checkpoint(covering: size, stateFolder: stateFolder)
    let isOurs = checkpoint.signatures.contains {
      $0.keyID == signer.verifier.id && $0.name == signer.verifier.name
    }
    guard isOurs else {
      throw .noSigningKey(path: path, why: "its checkpoint is signed with another key")
    }
  }

  /// Whether the log left another chain behind, so that its records are not what they were first.
  package func hasLeftChains() throws(LogError) -> Bool {
    let folder = "\(directory.path)/\(LogDirectory.chainsName)"
    guard try directory.disk.exists(folder) else { return false }
    return try directory.disk.list(folder).contains { $0.hasSuffix(LogDirectory.linkSuffix) }
  }

  /// The key that checks the signatures.
  package var verifier: VerifierKey { signer.verifier }

  /// A note of a text, signed with the log's key.
  package func signed(_ text: String) -> SignedNote {
    SignedNote(text: text, signatures: [signer.sign(text)])
  }

  /// The receipt of a record, and its timestamp, nanoseconds since 1970.
  package func receipt(
    of offset: UInt64
  ) throws(LogError) -> (receipt: TlogProof, timestamp: UInt64) {
    var cursor = try LogReader(directory).records(from: offset)
    guard try cursor.skip(), cursor.header.offset == offset else {
      throw directory.isMissing(offset)
    }
    var maker = ReceiptMaker(directory, checkpoint: checkpoint)
    let receipt = try maker.receipt(ProvenRecord(header: cursor.header), hash: cursor.hash)
    return (receipt, cursor.header.timestamp)
  }

  /// What others stated about checkpoints of this log that the checkpoint goes on from, each behind
  /// the proof that it does: names as in the log, and the bytes.
  package func anchors() throws(LogError) -> [(name: String, bytes: [UInt8])] {
    let folder = AnchorFolder(directory: directory)
    let listing = try folder.list()
    var prover = Prover(directory)
    var files: [(name: String, bytes: [UInt8])] = []
    for size in listing.checkpoints where size <= checkpoint.checkpoint.size {
      let anchor = try folder.checkpoint(size)
      let answers = listing.answers[size]?.sorted() ?? []
      // One of another branch is signed with another key; one that nobody answered says nothing.
      guard anchor.checkpoint.origin == checkpoint.checkpoint.origin,
        !answers.isEmpty || !anchor.foreignSignatures.isEmpty
      else { continue }
      let proof = try prover.consistency(from: anchor.checkpoint, to: checkpoint.checkpoint)
      guard let proof else {
        throw .damaged(
          Damage(
            file: AnchorFolder.fileName(size, .checkpoint), offset: size,
            what: "the log does not go on from it"))
      }
      let way = WitnessRequest(old: size, proof: proof, note: checkpoint.note)
      files.append((AnchorFolder.fileName(size, .checkpoint), Array(anchor.text.utf8)))
      files.append(("\(AnchorFolder.name)/\(size).consistency", Array(way.text.utf8)))
      if listing.requests.contains(size), !answers.isEmpty {
        files.append((AnchorFolder.fileName(size, .request), try folder.request(size).der))
      }
      for number in answers {
        files.append(
          (AnchorFolder.fileName(size, .answer(number)), try folder.answer(size, number)))
      }
    }
    return files
  }
}

extension Reader {
  /// The statements that make tables and streams as they were at moments: one part for each moment
  /// at which one was made or changed, without what a part before says.
  package func schemaText(of sources: Set<ObjectMoment>) throws(DatabaseError) -> String {
    let changes = try schemaChanges()
    var wanted: [UInt64: Set<ObjectID>] = [:]
    for source in sources {
      guard let change = changes.last(where: { $0 <= source.offset }) else { continue }
      wanted[change, default: []].insert(source.object)
    }
    var text = ""
    var known: [ObjectID: String] = [:]
    for (change, objects) in wanted.sorted(by: { $0.key < $1.key }) {
      let catalog = try DatabaseError.wrap { () throws(LogError) in
        try catalogOfRecord(change)
      }
      let news = catalog.schemaTexts(of: objects).filter { known[$0.object] != $0.text }
      if news.isEmpty { continue }
      text += text.isEmpty ? "" : "\n"
      text += "-- From record \(change) on\n"
      for (object, statements) in news {
        known[object] = statements
        let table = catalog.table(object)
        text +=
          "-- \(table != nil ? "Table" : catalog.view(object) != nil ? "View" : "Stream") \(object)"
        // A table without a key has one that no statement names.
        text +=
          table?.columns[0].hidden == true ? ", whose entries begin with a key of its own" : ""
        text += "\n\(statements)"
      }
    }
    return text
  }

  /// The records that change the schema, in order.
  private func schemaChanges() throws(DatabaseError) -> [UInt64] {
    var offsets: [UInt64] = []
    do throws(SQLiteError) {
      let changes = try connection.prepare("SELECT DISTINCT offset FROM kb_schema ORDER BY offset")
      while try changes.step() { offsets.append(UInt64(clamping: changes.integer(0))) }
    } catch { throw DatabaseError(connection.sqlError(error)) }
    return offsets
  }
}
