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
  /// Columns that take their values from sequences.
  let fed: [Int]
  /// How far the sequences are that rows took values from.
  private let sequences: SequenceState?

  /// - Parameter positions: how far the sequences are that feed the table.
  init(_ table: Table, binder: Binder, positions: [SequencePosition] = []) throws(SQLError) {
    self.table = table
    fed = table.columns.indices.filter { table.columns[$0].source?.sequence != nil }
    let sequences =
      fed.isEmpty ? nil : SequenceState { id in positions.first { $0.id == id } }
    self.sequences = sequences
    guard table.columns.contains(where: \.hasDefault) else {
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
      connection.sequences = sequences
      prepared = try connection.prepare(plan.source.sql, persistent: true)
    } catch { throw SQLError(.internalError, "a default does not run: \(error.message)") }
    statement = prepared
    let mark = sequences?.mark
    let first = try Self.row(prepared)
    let second = try Self.row(prepared)
    if let mark { sequences?.mark = mark }
    constants = table.columns.indices.map { position in
      !table.columns[position].hasDefault
        ? nil : Self.encode(first[position], table.columns[position].type)
    }
    // now() stands still within a microsecond: its text tells what comparing values may miss.
    volatile = table.columns.indices.filter { position in
      if table.columns[position].source?.sequence != nil { return true }
      guard let text = table.columns[position].defaultText else { return false }
      return first[position] != second[position] || text.contains("(") || text.contains("current")
    }
  }

  /// What rows took from sequences so far, to go back to where a row takes nothing after all.
  var mark: [SequencePosition] {
    get { sequences?.mark ?? [] }
    set { sequences?.mark = newValue }
  }

  /// The defaults that have to be computed anew for each row.
  func fresh() throws(SQLError) -> [(position: Int, value: [UInt8])] {
    guard let statement, !volatile.isEmpty else { return [] }
    let row = try Self.row(statement)
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

extension Column {
  /// Whether a row that gives it no value still has one, or NULL in spite of NOT NULL for now: a
  /// generated column is computed later.
  fileprivate var hasDefault: Bool { defaultText != nil || source != nil }
}
