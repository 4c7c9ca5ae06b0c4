// SPDX-License-Identifier: Apache-2.0
// Receipts of the events that the rows of a query came from.

package import KimberliteCore

/// Collects where rows came from, then makes a receipt of each event.
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

  let directory: LogDirectory
  private let discloses: Bool
  private let stateFolder: String?
  private var wanted: [Wanted] = []
  private var rowCount = 0

  /// A prover of rows of a log.
  ///
  /// `discloses`: with the events' content. `key`: of an encrypted log.
  public init(
    log: String, discloses: Bool, key: MasterKey? = nil,
    stateFolder: String? = Writer.defaultStateFolder
  ) {
    self.discloses = discloses
    self.stateFolder = stateFolder
    directory = LogDirectory(path: log, disk: PosixDisk(), key: key)
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

  /// The tables and streams of the rows so far, and the records that say them.
  package var sources: Set<ObjectMoment> {
    Set(wanted.compactMap { item in item.key.map { ObjectMoment($0.object, item.offset) } })
  }

  /// Makes the receipts, each once, in the order of the log, and gives them with their names.
  ///
  /// They lead to `checkpoint`, or to one that covers them all. Throws `damaged` where the view says
  /// of an event or its record what it does not say.
  ///
  /// - Returns: the names of each row's receipts.
  package func issue(
    _ reader: Reader, leadingTo checkpoint: SignedCheckpoint? = nil,
    take: (_ name: String, _ receipt: TlogProof) throws(LogError) -> Void
  ) throws(LogError) -> [[String]] {
    var names = [[String]](repeating: [], count: rowCount)
    wanted.sort { $0.offset < $1.offset }
    guard let last = wanted.last else { return names }
    let stated =
      if let checkpoint { checkpoint } else {
        try directory.checkpoint(covering: last.offset + 1, stateFolder: stateFolder)
      }
    var maker = ReceiptMaker(directory, checkpoint: stated)
    let log = try LogReader(directory)
    let viewed = ViewedEvents(reader.connection)
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
      try viewed.check(cursor)
      let before = offset == 0 ? Catalog() : try reader.catalogOfRecord(offset - 1)
      let record = try EventsOfRecord(cursor, after: before)
      for item in wanted[start..<end] {
        for place in try record.places(of: item.key, cursor, as: viewed) {
          let number = place.map { "-\($0)" } ?? ""
          let name = "\(offset)\(number)\(ReceiptMaker.suffix)"
          if record.isNew(name) {
            let proven = try record.proven(place, cursor, discloses: discloses)
            try take(name, try maker.receipt(proven, hash: cursor.hash))
          }
          if !names[item.row - 1].contains(name) { names[item.row - 1].append(name) }
        }
      }
      start = end
    }
    return names
  }

  /// Which row has which receipts: NDJSON, rows counted from 1.
  package static func index(_ names: [[String]]) -> [UInt8] {
    var text = ByteBuffer()
    for (index, names) in names.enumerated() {
      let list = names.map { "\"\($0)\"" }.joined(separator: ",")
      text.append(utf8: "{\"row\":\(index + 1),\"receipts\":[\(list)]}\n")
    }
    return text.array()
  }
}

extension EventProver {
  /// Makes a folder for receipts, unless it is there and can be written to.
  public static func makeFolder(_ path: String) throws(DatabaseError) {
    try ReceiptFolder.make(path)
  }

  /// Writes the receipts into a folder, and which row has which.
  public func finish(_ reader: Reader, in folder: String) throws(DatabaseError) {
    try DatabaseError.wrap { () throws(LogError) in
      let names = try issue(reader) { (name, receipt) throws(LogError) in
        try directory.writeReceipt(receipt, to: "\(folder)/\(name)")
      }
      try directory.disk.replace("\(folder)/receipts.ndjson", with: Self.index(names).span)
    }
  }
}
