// SPDX-License-Identifier: Apache-2.0
// What the view says of a record, held against the record: the view is computed from the log, and
// no hash covers it. So nobody gets a receipt of one row beside the words of another.

internal import KimberliteCore

/// The view of a reader, asked about single events.
final class ViewedEvents {
  private let connection: Connection
  /// The statements made so far, by their text.
  private var statements: [String: Prepared] = [:]

  init(_ connection: Connection) { self.connection = connection }

  /// Demands that the view says of a record when it was made and what its hash is.
  func check(_ cursor: borrowing RecordCursor) throws(LogError) {
    let header = cursor.header
    try demand(
      "SELECT timestamp, hash FROM kb_records WHERE offset = ?1",
      [.integer(Int64(header.offset))],
      [.integer(Int64(header.timestamp)), .blob(cursor.hash.bytes)], cursor)
  }

  /// Demands that the view says who made a record, and why.
  func checkContext(_ cursor: borrowing RecordCursor) throws(LogError) {
    let first = cursor.events.isEmpty ? nil : View.context(cursor.event(0))
    let context = first ?? Context()
    try demand(
      "SELECT actor, reason, ticket, request, progress, last FROM kb_records WHERE offset = ?1",
      [.integer(Int64(cursor.header.offset))],
      [context.actor, context.reason, context.ticket, context.request].map {
        $0.map(Value.text) ?? .null
      } + [context.progress.map(Value.integer) ?? .null, .integer(context.isLast ? 1 : 0)], cursor)
  }

  /// Demands that the version of a row that began with event `place` has the values of the event.
  ///
  /// `table` is that of the event's moment. `personal`: the event of the personal values; of an
  /// erased one the view shows none.
  func check(
    _ place: Int, personal: Int?, of table: Table, _ cursor: borrowing RecordCursor
  ) throws(LogError) {
    let (shape, columns) = RowEvents.of(table)
    let ownCount = columns.count - shape.personalCount
    var values: [Value] = []
    do throws(CBORError) {
      values = try Self.values(of: cursor.event(place), columns[..<ownCount])
      if let personal, !cursor.events[personal].isEmpty {
        values += try Self.values(of: cursor.event(personal), columns[ownCount...])
      }
    } catch { throw Self.contradiction(cursor) }
    values += [Value](repeating: .null, count: columns.count - values.count)
    let names = columns.map { Storage.quote($0.storageName) }.joined(separator: ", ")
    let keys = table.keyColumns.map { table.columns[$0] }
    let conditions = keys.enumerated().map { index, column in
      " AND \(Storage.quote(column.storageName)) = ?\(index + 2)"
    }.joined()
    let key = keys.map { key in
      guard let place = columns.firstIndex(where: { $0.id == key.id }) else {
        preconditionFailure("a key is made of columns of its table")
      }
      return values[place]
    }
    try demand(
      """
      SELECT \(names) FROM \(Storage.quote(table.storageName))
      WHERE _live IN (0, 1)\(conditions) AND _from = ?1
      """, [.integer(Int64(cursor.header.offset))] + key, values, cursor)
  }

  /// Demands that the view finds an event of a stream where it is.
  func check(
    _ place: Int, sequence: UInt64, of stream: ObjectID, _ cursor: borrowing RecordCursor
  ) throws(LogError) {
    try demand(
      """
      SELECT _from, _place + ?1 - first FROM \(Storage.streamTable(stream)) WHERE first =
      (SELECT max(first) FROM \(Storage.streamTable(stream)) WHERE first <= ?1)
      """, [.integer(Int64(sequence))],
      [.integer(Int64(cursor.header.offset)), .integer(Int64(place))], cursor)
  }

  /// Demands that a query has one row, of these values.
  private func demand(
    _ sql: String, _ parameters: [Value], _ values: [Value], _ cursor: borrowing RecordCursor
  ) throws(LogError) {
    var isSame = false
    do throws(SQLiteError) {
      let statement =
        if let known = statements[sql] { known } else {
          try connection.prepare(sql, persistent: true)
        }
      statements[sql] = statement
      defer { statement.reset() }
      for (index, value) in parameters.enumerated() { try statement.bind(index + 1, value) }
      if try statement.step() { isSame = statement.row() == values }
      if isSame, try statement.step() { isSame = false }
    } catch {
      throw .damaged(
        Damage(
          file: View.name, offset: cursor.header.offset, what: "it cannot be read: \(error.message)"
        ))
    }
    if !isSame { throw Self.contradiction(cursor) }
  }

  /// The values of an event of a row, which belong to these columns.
  private static func values(
    of event: Span<UInt8>, _ columns: ArraySlice<Column>
  ) throws(CBORError) -> [Value] {
    var reader = CBORReader(event)
    _ = try reader.readEventHead()
    _ = try reader.readObjectID()
    try reader.readValuesHead(count: columns.count)
    var values: [Value] = []
    for column in columns { values.append(try reader.readValue(as: column.type)) }
    try reader.finish()
    return values
  }

  private static func contradiction(_ cursor: borrowing RecordCursor) -> LogError {
    .damaged(
      Damage(
        file: View.name,
        what: "it says another row than record \(cursor.header.offset) of the log; "
          + "delete it to have it rebuilt"))
  }
}
