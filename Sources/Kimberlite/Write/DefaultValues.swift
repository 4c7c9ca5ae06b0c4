// SPDX-License-Identifier: Apache-2.0

internal import KimberliteCore

/// The values that columns absent from a line get.
///
/// Sendable: made on one thread, then used by the one that encodes.
final class DefaultValues: @unchecked Sendable {
  /// The CBOR of each column's default; `nil` without one.
  let constants: [[UInt8]?]
  /// Positions of columns whose default is another for each row: `gen_random_uuid()`, `now()`.
  private let volatile: [Int]
  private let table: Table
  /// Computes a whole row of defaults, on a connection of its own without any data.
  private let statement: Prepared?

  init(_ table: Table, binder: Binder) throws(SQLError) {
    self.table = table
    guard table.columns.contains(where: { $0.defaultText != nil }) else {
      constants = []
      volatile = []
      statement = nil
      return
    }
    let name = ObjectName(schema: nil, name: Name(table.name, at: 0))
    let insert = InsertStatement(
      table: name, alias: nil, columns: [], source: .defaultValues, conflict: nil, returning: nil,
      position: 0)
    guard case .insert(let plan) = try binder.bind(.insert(insert)) else {
      preconditionFailure("an INSERT is bound as one")
    }
    let connection: Connection
    let prepared: Prepared
    do throws(SQLiteError) {
      connection = try Connection(path: ":memory:", mode: .readWrite)
      try connection.registerFunctions()
      prepared = try connection.prepare(plan.source.sql, persistent: true)
    } catch { throw SQLError(.internalError, "a default does not run: \(error.message)") }
    statement = prepared
    let first = try Self.row(prepared)
    let second = try Self.row(prepared)
    constants = table.columns.indices.map { position in
      table.columns[position].defaultText == nil
        ? nil : Self.encode(first[position], table.columns[position].type)
    }
    // now() stands still within a microsecond: its text tells what comparing values may miss.
    volatile = table.columns.indices.filter { position in
      guard let text = table.columns[position].defaultText else { return false }
      return first[position] != second[position] || text.contains("(") || text.contains("current")
    }
  }

  /// The defaults that have to be computed anew for each row.
  func fresh() -> [(position: Int, value: [UInt8])] {
    guard let statement, !volatile.isEmpty, let row = try? Self.row(statement) else { return [] }
    return volatile.map { ($0, Self.encode(row[$0], table.columns[$0].type)) }
  }

  private static func row(_ statement: Prepared) throws(SQLError) -> [Value] {
    defer { statement.reset() }
    statement.connection.now = Int64(Clock.realtime / 1000)
    do throws(SQLiteError) {
      _ = try statement.step()
      return statement.row()
    } catch { throw statement.connection.sqlError(error) }
  }

  private static func encode(_ value: Value, _ type: SQLType) -> [UInt8] {
    var buffer = ByteBuffer(capacity: 32)
    buffer.appendCBOR(value, as: type)
    return buffer.array()
  }
}
