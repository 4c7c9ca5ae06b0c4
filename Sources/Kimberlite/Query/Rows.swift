// SPDX-License-Identifier: Apache-2.0

internal import CSQLite
public import KimberliteCore

/// The rows of a query, one at a time.
///
/// Memory does not depend on how many there are.
public final class Rows {
  /// What the rows consist of.
  public let columns: [ResultColumn]
  /// The tables whose rows the rows come from, where somebody asked.
  let proven: [ProvenTable]
  /// Why they do not come from one row of each table, where it was asked whether they do.
  public let unproven: String?
  /// The tables that the query reads, each once.
  public let tables: [String]
  /// The tables and streams that the query reads, at every moment whose schema it reads them by.
  package let sources: [ObjectMoment]
  /// The last record that time clauses of the query's own reach to, where it has any.
  package let reach: UInt64?
  /// Whether they are SQLite's plan, and nothing of the data.
  public let isExplanation: Bool
  private let statement: Prepared
  /// The columns in which SQLite could show an overflowed integer as a float.
  ///
  /// Apart from `columns`: copying one of those counts references.
  private let areIntegers: [Bool]

  init(_ plan: QueryPlan, _ connection: Connection, _ texts: [String: String?])
    throws(DatabaseError)
  {
    columns = plan.columns
    proven = plan.proven
    unproven = plan.unproven
    tables = plan.tables
    sources = plan.sources
    reach = plan.reach
    isExplanation = false
    areIntegers = columns.map { $0.type.storageClass == .integer }
    statement = try Self.prepare(plan.sql, connection)
    try bind(plan.parameters, texts)
  }

  /// The rows of SQLite's plan for a query, as a tree in text.
  init(explaining plan: QueryPlan, _ connection: Connection, _ texts: [String: String?])
    throws(DatabaseError)
  {
    proven = []
    unproven = nil
    tables = plan.tables
    sources = plan.sources
    reach = plan.reach
    isExplanation = true
    columns = [
      ResultColumn(name: "id", type: .integer), ResultColumn(name: "parent", type: .integer),
      ResultColumn(name: "unused", type: .integer), ResultColumn(name: "detail", type: .text),
    ]
    areIntegers = columns.map { $0.type.storageClass == .integer }
    statement = try Self.prepare(Connection.explain + plan.sql, connection)
    try bind(plan.parameters, texts)
  }

  private static func prepare(_ sql: String, _ connection: Connection) throws(DatabaseError)
    -> Prepared
  {
    do throws(SQLiteError) { return try connection.prepare(sql) } catch {
      throw DatabaseError(connection.sqlError(error))
    }
  }

  /// Binds parameter values, given as text, by the types that their uses ask for.
  private func bind(_ slots: [ParameterSlot], _ texts: [String: String?]) throws(DatabaseError) {
    for (index, slot) in slots.enumerated() {
      let value = try DatabaseError.wrap { () throws(SQLError) in
        try Rows.value(of: slot, in: texts)
      }
      do throws(SQLiteError) { try statement.bind(index + 1, value) } catch {
        throw DatabaseError(statement.connection.sqlError(error))
      }
    }
  }

  /// The value of a parameter.
  static func value(of slot: ParameterSlot, in texts: [String: String?]) throws(SQLError) -> Value {
    guard let text = texts[slot.name] else {
      throw SQLError(
        .undefinedParameter, "parameter \"\(slot.name)\" has no value",
        hint: "--param \(slot.name)=VALUE")
    }
    return try text.map { (text) throws(SQLError) in try slot.type.parse(text) } ?? .null
  }

  /// Runs anew with other parameters, in the order of their numbers.
  public func rebind(_ values: [Value]) throws(DatabaseError) {
    statement.reset()
    do throws(SQLiteError) {
      for (index, value) in values.enumerated() { try statement.bind(index + 1, value) }
    } catch { throw DatabaseError(statement.connection.sqlError(error)) }
  }

  /// Makes ready to give the same rows again.
  public func restart() throws(DatabaseError) { try rebind([]) }

  /// Moves to the next row; false at the end.
  public func next() throws(DatabaseError) -> Bool {
    do throws(SQLiteError) { return try statement.step() } catch {
      throw DatabaseError(statement.connection.sqlError(error))
    }
  }

  /// A column of the current row.
  public func value(_ column: Int) throws(DatabaseError) -> Value {
    precondition(areIntegers.indices.contains(column), "the row has no such column")
    let value = statement.cell(column).value
    if case .real = value { try check(column) }
    return value
  }

  /// An output of the current row behind its columns.
  func hidden(_ output: Int) -> Value { statement.cell(output).value }

  /// SQLite turns an integer that overflows into a float; we do not.
  private func check(_ column: Int) throws(DatabaseError) {
    if areIntegers[column] {
      throw DatabaseError(
        SQLError(.numericOutOfRange, "\(columns[column].type.sqlName.lowercased()) out of range"))
    }
  }

  /// Appends the current row to a printer, straight from SQLite's memory.
  public func print(to printer: inout RowPrinter) throws(DatabaseError) {
    for index in columns.indices {
      let cell = statement.cell(index)
      switch cell.type {
      case SQLITE_INTEGER: printer.appendInteger(cell.integer)
      case SQLITE_FLOAT:
        try check(index)
        printer.appendReal(cell.real)
      case SQLITE_TEXT:
        cell.withBytes { bytes in printer.appendText(Span(_unsafeElements: bytes)) }
      case SQLITE_BLOB:
        cell.withBytes { bytes in printer.appendBlob(Span(_unsafeElements: bytes)) }
      default: printer.appendNull()
      }
    }
    printer.endRow()
  }
}
