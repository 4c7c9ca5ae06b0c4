// SPDX-License-Identifier: Apache-2.0
// Receipts of the records that a writer appends: issued when a checkpoint covers them.

internal import Glibc
internal import KimberliteCore
internal import Synchronization

/// A folder that gets a receipt of each record that is wanted.
public final class ReceiptFolder: Sendable {
  private let path: String
  private let log: String
  /// Offsets of records that no checkpoint covered yet, ascending.
  private let wanted = Mutex<[UInt64]>([])
  /// Records that are walked over rather than looked up.
  static let gapMax: UInt64 = 4096

  /// A folder, made if it is not there, for the records of a log.
  public init(_ path: String, log: String) throws(DatabaseError) {
    self.path = path
    self.log = log
    try Self.make(path)
  }

  /// Makes a folder for receipts, unless it is there and can be written to.
  static func make(_ path: String) throws(DatabaseError) {
    if mkdir(path, 0o777) != 0, errno != EEXIST {
      throw DatabaseError(
        .cannotCreate, "cannot create '\(path)': \(String(cString: strerror(errno)))")
    }
    if access(path, W_OK | X_OK) != 0 {
      throw DatabaseError(
        .cannotCreate, "cannot write to '\(path)': \(String(cString: strerror(errno)))")
    }
  }

  /// Wants receipts of records that are durable.
  public func want(_ receipts: [Receipt]) {
    wanted.withLock { $0 += receipts.map(\.offset) }
  }

  /// Issues the receipts that a checkpoint makes possible.
  @Sendable func issue(_ stated: SignedCheckpoint) throws(LogError) {
    let offsets = wanted.withLock { wanted in
      let covered = wanted.filter { $0 < stated.checkpoint.size }
      wanted.removeAll { $0 < stated.checkpoint.size }
      return Set(covered).sorted()
    }
    if offsets.isEmpty { return }
    let directory = LogDirectory(path: log, disk: PosixDisk())
    let reader = try LogReader(directory)
    var maker = ReceiptMaker(directory, checkpoint: stated)
    var cursor = try reader.records(from: offsets[0])
    for offset in offsets {
      if offset - cursor.position.next > Self.gapMax { cursor = try reader.records(from: offset) }
      repeat {
        guard try cursor.skip() else { throw directory.isMissing(offset) }
      } while cursor.header.offset < offset
      let proof = try maker.receipt(ProvenRecord(header: cursor.header), hash: cursor.hash)
      try directory.writeReceipt(proof, to: "\(path)/\(offset)\(ReceiptMaker.suffix)")
    }
  }
}
