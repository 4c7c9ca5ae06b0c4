// SPDX-License-Identifier: Apache-2.0
// Finds the events of rows in the records that hold them. The view says which records; the log
// alone says which events.

internal import KimberliteCore

/// A row event of a record.
struct RowEvent {
  /// Its place in the record.
  var place: Int
  var kind: EventKind
  /// The row's key, encoded.
  var key: [UInt8]
  /// The table as it was then.
  var table: Table
  /// The place of the event with the values of the row's personal columns, if there are any.
  var personal: Int?

  /// The places of the row's events.
  var places: [Int] { [place] + (personal.map { [$0] } ?? []) }
}

/// Walks from record to record and takes the row events of one table apart.
struct EventFinder: ~Copyable {
  private let log: LogReader
  private let connection: Connection
  private let table: ObjectID
  private var cursor: RecordCursor?
  /// Offsets of records that change the schema, ascending.
  private let changes: [UInt64]
  private var base: (change: UInt64?, catalog: Catalog)?

  /// Records ahead that are walked through; what is farther is looked up.
  private static let nearRecords: UInt64 = 256

  init(of table: ObjectID, _ log: LogReader, _ connection: Connection) throws(DatabaseError) {
    self.log = log
    self.connection = connection
    self.table = table
    do throws(SQLiteError) {
      let find = try connection.prepare("SELECT DISTINCT offset FROM kb_schema ORDER BY offset")
      var offsets: [UInt64] = []
      while try find.step() { offsets.append(UInt64(find.integer(0))) }
      changes = offsets
    } catch { throw DatabaseError(connection.sqlError(error)) }
  }

  /// The row events of the table in the record at `offset`; offsets ascend from call to call.
  ///
  /// Erased events are passed over.
  mutating func events(of offset: UInt64) throws(DatabaseError) -> [RowEvent] {
    try move(to: offset)
    var catalog = try catalog(before: offset)
    var found: [RowEvent] = []
    guard let count = cursor?.events.count else { return [] }
    for place in 0..<count {
      do throws(CBORError) {
        if let event = try rowEvent(place, &catalog) { found.append(event) }
      } catch {
        throw DatabaseError(.damaged, "event \(place) of record \(offset) is not one of ours")
      }
    }
    return found
  }

  /// The values of the versions of the table's rows in the record at `offset`, by the names of
  /// their columns in the view; offsets ascend from call to call.
  mutating func versions(of offset: UInt64) throws(DatabaseError) -> [[String: Value]] {
    var versions: [[String: Value]] = []
    for event in try events(of: offset) where event.kind != .delete {
      do throws(CBORError) {
        // Personal values that were erased are NULL.
        var version = Dictionary(
          uniqueKeysWithValues: event.table.columns.map { ($0.storageName, Value.null) })
        for (place, isPersonal) in zip(event.places, [false, true]) {
          guard let range = cursor?.events[place],
            let bytes = cursor?.body.extracting(range).array()
          else { continue }
          var reader = CBORReader(bytes.span)
          _ = try reader.readEventHead()
          _ = try reader.readObjectID()
          let positions = event.table.positions(personal: isPersonal)
          try reader.readValuesHead(count: positions.count)
          for column in positions.map({ event.table.columns[$0] }) {
            version[column.storageName] = try reader.readValue(as: column.type)
          }
        }
        versions.append(version)
      } catch {
        throw DatabaseError(
          .damaged, "event \(event.place) of record \(offset) is not one of ours")
      }
    }
    return versions
  }

  private mutating func rowEvent(_ place: Int, _ catalog: inout Catalog) throws(CBORError)
    -> RowEvent?
  {
    guard let range = cursor?.events[place], !range.isEmpty else { return nil }
    guard let bytes = cursor?.body.extracting(range).array() else { return nil }
    var reader = CBORReader(bytes.span)
    let kind = try reader.readEventHead()
    if kind == .schema {
      let change = try reader.readSchemaChange()
      if catalog.accepts(change) { catalog.apply(change) }
      return nil
    }
    guard kind == .insert || kind == .update || kind == .delete,
      try reader.readObjectID() == table, let layout = catalog.table(table)
    else { return nil }
    let key = try layout.key(kind, &reader)
    let hasPersonal = kind != .delete && layout.hasPersonal && !isErased(place + 1)
    return RowEvent(
      place: place, kind: kind, key: key, table: layout, personal: hasPersonal ? place + 1 : nil)
  }

  private mutating func isErased(_ place: Int) -> Bool { cursor?.events[place].isEmpty ?? true }

  private mutating func move(to offset: UInt64) throws(DatabaseError) {
    if let next = cursor?.position.next, next <= offset, offset - next < Self.nearRecords {
      while let at = cursor?.position.next, at < offset {
        guard try step(skipping: true) else { break }
      }
    } else {
      cursor = try DatabaseError.wrap { () throws(LogError) in try log.records(from: offset) }
    }
    guard try step(skipping: false), cursor?.header.offset == offset else {
      throw DatabaseError(.damaged, "record \(offset), which the view knows, is not in the log")
    }
  }

  private mutating func step(skipping: Bool) throws(DatabaseError) -> Bool {
    do throws(LogError) {
      return (skipping ? try cursor?.skip() : try cursor?.next()) ?? false
    } catch { throw DatabaseError(error) }
  }

  /// The catalog before the record at an offset.
  private mutating func catalog(before offset: UInt64) throws(DatabaseError) -> Catalog {
    let change = changes.last { $0 < offset }
    if let base, base.change == change { return base.catalog }
    do throws(SQLiteError) {
      let catalog = try change.map { (change) throws(SQLiteError) in
        try View.catalog(connection, at: change)
      }
      base = (change, catalog ?? Catalog())
      return catalog ?? Catalog()
    } catch { throw DatabaseError(connection.sqlError(error)) }
  }
}

extension Table {
  /// The key of a row event, encoded as in a delete; the reader stands behind the table's id.
  func key(_ kind: EventKind, _ reader: inout CBORReader) throws(CBORError) -> [UInt8] {
    var key: [Value] = []
    if kind == .delete {
      try reader.readValuesHead(count: keyColumns.count)
      for position in keyColumns { key.append(try reader.readValue(as: columns[position].type)) }
    } else {
      var row: [Int: Value] = [:]
      let own = positions(personal: false)
      try reader.readValuesHead(count: own.count)
      for position in own { row[position] = try reader.readValue(as: columns[position].type) }
      key = keyColumns.compactMap { row[$0] }
    }
    return encodedKey(key)
  }

  /// The values of a key, encoded by the types of its columns; equal keys alike.
  func encodedKey(_ key: [Value]) -> [UInt8] {
    zip(key, keyColumns).flatMap(encoded)
  }

  /// A value of the column at a position, encoded by its type; equal values alike.
  func encoded(_ value: Value, _ position: Int) -> [UInt8] {
    let type = columns[position].type
    var bytes = ByteBuffer(capacity: 64)
    bytes.appendCBOR(value.withoutTrailingZeros(type), as: type)
    return bytes.array()
  }

  /// The values of an encoded key; `nil` where it is none of this table.
  func decodedKey(_ bytes: [UInt8]) -> [Value]? {
    var reader = CBORReader(bytes.span)
    var key: [Value] = []
    for position in keyColumns {
      guard let value = try? reader.readValue(as: columns[position].type) else { return nil }
      key.append(value)
    }
    return reader.isAtEnd ? key : nil
  }
}

extension Value {
  /// A NUMERIC as its equals are written too: 1.0 and 1.00 are one key.
  fileprivate func withoutTrailingZeros(_ type: SQLType) -> Value {
    guard case .numeric = type, case .text(let text) = self, text.contains(".") else { return self }
    var digits = Substring(text)
    while digits.last == "0" { digits.removeLast() }
    if digits.last == "." { digits.removeLast() }
    return .text(String(digits))
  }
}
