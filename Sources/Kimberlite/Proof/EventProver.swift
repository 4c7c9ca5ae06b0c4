// SPDX-License-Identifier: Apache-2.0
// Receipts of the events that the rows of a query came from.

internal import Glibc
internal import KimberliteCore

/// Collects where rows came from, then writes a receipt of each event.
///
/// Memory grows with the rows.
public final class EventProver {
  /// The events of one record that rows came from.
  private struct Wanted {
    var row: Int
    var offset: UInt64
    /// `nil`: the record itself.
    var key: EventKey?
  }

  private let folder: String
  private let discloses: Bool
  private let directory: LogDirectory
  private let stateFolder: String?
  private var wanted: [Wanted] = []
  private var rowCount = 0

  /// Receipts go into a folder, which is made if it is not there.
  ///
  /// `discloses`: with the events' content. `key`: of an encrypted log.
  public init(
    _ folder: String, log: String, discloses: Bool, key: MasterKey? = nil,
    stateFolder: String? = Writer.defaultStateFolder
  ) throws(DatabaseError) {
    self.folder = folder
    self.discloses = discloses
    self.stateFolder = stateFolder
    directory = LogDirectory(path: log, disk: PosixDisk(), key: key)
    try ReceiptFolder.make(folder)
  }

  /// Notes where the current row came from.
  public func add(_ rows: Rows) {
    rowCount += 1
    for table in rows.proven {
      guard case .integer(let offset) = rows.hidden(table.output) else { continue }
      let values = (0..<table.keyCount).map { rows.hidden(table.output + 1 + $0) }
      var key: EventKey?
      switch table.object {
      case .table(let table): key = EventKey(table, key: values)
      case .stream(let stream):
        guard case .integer(let sequence)? = values.first else { continue }
        key = EventKey(stream: stream, sequence: UInt64(sequence))
      case .records: break
      }
      wanted.append(Wanted(row: rowCount, offset: UInt64(offset), key: key))
    }
  }

  /// Writes the receipts, and which row has which.
  public func finish(_ reader: Reader) throws(DatabaseError) {
    var names = [[String]](repeating: [], count: rowCount)
    wanted.sort { $0.offset < $1.offset }
    try DatabaseError.wrap { () throws(LogError) in
      guard let last = wanted.last else { return }
      let stated = try directory.checkpoint(covering: last.offset + 1, stateFolder: stateFolder)
      var maker = ReceiptMaker(directory, checkpoint: stated)
      let log = try LogReader(directory)
      var cursor = try log.records(from: wanted[0].offset)
      // A cursor that was not moved yet is at the record that it was asked for.
      var isMoved = false
      var start = 0
      while start < wanted.count {
        let offset = wanted[start].offset
        let end = wanted[start...].firstIndex { $0.offset > offset } ?? wanted.count
        if isMoved, offset - cursor.position.next > ReceiptFolder.gapMax {
          cursor = try log.records(from: offset)
          isMoved = false
        }
        while isMoved, cursor.position.next < offset {
          guard try cursor.skip() else { throw directory.isMissing(offset) }
        }
        guard try cursor.next(), cursor.header.offset == offset else {
          throw directory.isMissing(offset)
        }
        isMoved = true
        let record = try EventsOfRecord(cursor, catalog: try reader.catalogOfRecord(offset))
        for item in wanted[start..<end] {
          for place in try record.places(of: item.key, cursor) {
            let number = place.map { "-\($0)" } ?? ""
            let name = "\(offset)\(number)\(ReceiptMaker.suffix)"
            if record.isNew(name) {
              let proven = try record.proven(place, cursor, discloses: discloses)
              let receipt = try maker.receipt(proven, hash: cursor.hash)
              try directory.writeReceipt(receipt, to: "\(folder)/\(name)")
            }
            if !names[item.row - 1].contains(name) { names[item.row - 1].append(name) }
          }
        }
        start = end
      }
    }
    try writeIndex(names)
  }

  private func writeIndex(_ names: [[String]]) throws(DatabaseError) {
    var text = ByteBuffer()
    for (index, names) in names.enumerated() {
      let list = names.map { "\"\($0)\"" }.joined(separator: ",")
      text.append(utf8: "{\"row\":\(index + 1),\"receipts\":[\(list)]}\n")
    }
    try DatabaseError.wrap { () throws(LogError) in
      try directory.disk.replace("\(folder)/receipts.ndjson", with: text.span)
    }
  }
}
