// SPDX-License-Identifier: Apache-2.0
// The versions of one table's rows: what an insert, update or delete event does to them. Replay
// and the live writer come through here alike, so that state is the fold of the log.

internal import CSQLite
internal import KimberliteCore

/// Why a row event does not fit the state.
enum RowError: Error {
  /// An insert or update meets a live row with the same primary or unique key.
  case duplicateKey
  /// An update or delete of a row that is not live.
  case noSuchRow
  case sqlite(SQLiteError)
  case malformed(CBORError)
}

/// Prepared statements that add and end versions of one table's rows.
final class TableWriter {
  let id: ObjectID
  let table: Table
  private let insert: Prepared
  private let close: Prepared
  private let erase: Prepared
  private let keyTypes: [SQLType]
  /// The columns' types, apart from the columns: copying a column counts references.
  private let types: [SQLType]

  init(_ table: Table, _ connection: Connection) throws(SQLiteError) {
    id = table.id
    self.table = table
    let name = Storage.quote(table.storageName)
    let columns = table.columns.map { Storage.quote($0.storageName) }
    let marks = (1...columns.count + 1).map { "?\($0)" }.joined(separator: ", ")
    insert = try connection.prepare(
      """
      INSERT INTO \(name) (\(columns.joined(separator: ", ")), _from, _live, _to)
      VALUES (\(marks), 1, \(Storage.forever))
      """, persistent: true)
    let key = table.keyColumns.enumerated().map { "\(columns[$1]) = ?\($0 + 2)" }
      .joined(separator: " AND ")
    // The whole key and OR FAIL: SQLite then knows that one row at most is written, and keeps no
    // journal of the statement, whose end costs the more the longer the record is.
    let live = "_live = 1 AND \(key) AND _to = \(Storage.forever)"
    close = try connection.prepare(
      "UPDATE OR FAIL \(name) SET _live = 0, _to = ?1 WHERE \(live) AND _from < ?1",
      persistent: true)
    // A version that began and ends in one record was never visible: it leaves no trace.
    erase = try connection.prepare(
      "DELETE FROM \(name) WHERE \(live) AND _from = ?1", persistent: true)
    keyTypes = table.keyColumns.map { table.columns[$0].type }
    types = table.columns.map(\.type)
  }

  /// Applies the event whose array of values `reader` stands at.
  func apply(
    _ kind: EventKind, _ bytes: Span<UInt8>, at start: Int, offset: UInt64
  ) throws(RowError) {
    switch kind {
    case .insert: try add(bytes, at: start, offset)
    case .update:
      try end(rowKey: bytes, at: start, offset)
      try add(bytes, at: start, offset)
    case .delete: try end(key: bytes, at: start, offset)
    default: preconditionFailure("not a row event")
    }
  }

  private func add(_ bytes: Span<UInt8>, at start: Int, _ offset: UInt64) throws(RowError) {
    defer { insert.reset() }
    var reader = CBORReader(bytes.extracting(start..<bytes.count))
    do throws(CBORError) {
      if try reader.readArray() != types.count {
        throw .unexpected(at: start, want: "\(types.count) values")
      }
    } catch { throw .malformed(error) }
    for index in types.indices {
      try Self.bind(insert, index + 1, &reader, bytes, start, types[index])
    }
    do throws(CBORError) { try reader.finish() } catch { throw .malformed(error) }
    do throws(SQLiteError) {
      try insert.bind(types.count + 1, Int64(offset))
      _ = try insert.step()
    } catch {
      throw error.primary == SQLITE_CONSTRAINT ? .duplicateKey : .sqlite(error)
    }
  }

  /// Ends the live row whose key is found inside a whole row.
  private func end(rowKey bytes: Span<UInt8>, at start: Int, _ offset: UInt64) throws(RowError) {
    var row: [Value] = []
    do throws(CBORError) {
      var reader = CBORReader(bytes.extracting(start..<bytes.count))
      guard try reader.readArray() == types.count else {
        throw .unexpected(at: start, want: "\(types.count) values")
      }
      row.reserveCapacity(types.count)
      for type in types { row.append(try reader.readValue(as: type)) }
    } catch { throw .malformed(error) }
    try end(table.keyColumns.map { row[$0] }, offset)
  }

  private func end(key bytes: Span<UInt8>, at start: Int, _ offset: UInt64) throws(RowError) {
    var key: [Value] = []
    do throws(CBORError) {
      var reader = CBORReader(bytes.extracting(start..<bytes.count))
      guard try reader.readArray() == keyTypes.count else {
        throw .unexpected(at: start, want: "\(keyTypes.count) key values")
      }
      for type in keyTypes { key.append(try reader.readValue(as: type)) }
      try reader.finish()
    } catch { throw .malformed(error) }
    try end(key, offset)
  }

  private func end(_ key: [Value], _ offset: UInt64) throws(RowError) {
    do throws(SQLiteError) {
      for statement in [close, erase] {
        try statement.bind(1, Int64(offset))
        for (index, value) in key.enumerated() { try statement.bind(index + 2, value) }
        try statement.run()
        if close.connection.changes == 1 { return }
      }
    } catch { throw .sqlite(error) }
    throw .noSuchRow
  }

  /// Binds the next value of a row straight from the event's bytes, which stay in place while the
  /// statement runs.
  ///
  /// `start`: where in `bytes` the reader began.
  @inline(__always)
  static func bind(
    _ statement: Prepared, _ index: Int, _ reader: inout CBORReader, _ bytes: Span<UInt8>,
    _ start: Int, _ type: SQLType
  ) throws(RowError) {
    let item: Item
    do throws(CBORError) {
      item = try read(&reader, type)
    } catch { throw .malformed(error) }
    do throws(SQLiteError) {
      switch item {
      case .null: try statement.bindNull(index)
      case .integer(let value): try statement.bind(index, value)
      case .text(let range):
        let text = bytes.extracting((start + range.lowerBound)..<(start + range.upperBound))
        try text.withUnsafeBytes { bytes throws(SQLiteError) in
          try statement.bindInPlace(index, text: bytes)
        }
      case .value(let value): try statement.bind(index, value)
      }
    } catch { throw .sqlite(error) }
  }

  private enum Item {
    case null
    case integer(Int64)
    case text(Range<Int>)
    case value(Value)
  }

  @inline(__always)
  private static func read(_ reader: inout CBORReader, _ type: SQLType) throws(CBORError) -> Item {
    if reader.readNull() { return .null }
    switch type {
    case .smallint, .integer, .bigint, .date, .time, .timestamp, .timestamptz:
      return .integer(try reader.readInteger())
    case .text, .varchar, .char, .json, .jsonb: return .text(try reader.readTextRange())
    default: return .value(try reader.readValue(as: type))
    }
  }
}
