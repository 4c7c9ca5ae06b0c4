// SPDX-License-Identifier: Apache-2.0
// Receipts: C2SP tlog-proofs whose extra data is the record's header, and the way to an event of
// it. kb-log(5), Receipt.

package import KimberliteCore

/// Makes receipts that lead to one checkpoint.
package struct ReceiptMaker {
  private let directory: LogDirectory
  private let stated: SignedCheckpoint
  private var prover: Prover

  static let suffix = ".tlog-proof"

  package init(_ directory: LogDirectory, checkpoint: SignedCheckpoint) {
    self.directory = directory
    stated = checkpoint
    prover = Prover(directory)
  }

  /// The receipt of a record, or of an event of it.
  package mutating func receipt(_ record: ProvenRecord, hash: Digest) throws(LogError) -> TlogProof
  {
    let index = record.header.offset
    precondition(record.isConsistent, "the event is one of the record")
    let path = try prover.inclusion(of: hash, index: index, in: stated.checkpoint)
    guard let path else {
      throw .damaged(
        Damage(
          file: LogDirectory.checkpointName, offset: index,
          what: "the record is not in the tree of \(stated.checkpoint.size.counted("record"))"))
    }
    return TlogProof(extra: record.extra, index: index, path: path, note: stated.note)
  }
}

extension LogDirectory {
  func isMissing(_ offset: UInt64) -> LogError {
    .damaged(
      Damage(
        file: Self.checkpointName, offset: offset, what: "the record that it covers is missing")
    )
  }

  /// Puts a receipt in a file that appears whole.
  ///
  /// Not synchronised: it can be made again.
  func writeReceipt(_ receipt: TlogProof, to path: String) throws(LogError) {
    let temporary = path + Self.temporarySuffix
    let file = try disk.open(temporary, .replace)
    try file.write(Array(receipt.text.utf8).span, at: 0)
    try disk.rename(temporary, to: path)
  }
}
