// SPDX-License-Identifier: Apache-2.0
// Asking. A reader sees one moment of the view: everything that was acknowledged when it was
// opened, nothing later. It holds no lock and never stops the writer.

internal import CSQLite
internal import Glibc
public import KimberliteCore

/// A log open for queries at its newest state.
///
/// Used by one thread.
public final class Reader {
  let connection: Connection
  private let log: LogReader
  /// Where queries are noted, if the log wants it.
  let accessLog: AccessLog
  /// The catalog at `newest`.
  public let catalog: Catalog
  /// The offset of the newest record; `nil` when there is none.
  public let newest: UInt64?
  /// The timestamp of the newest record in microseconds since 1970.
  private let newestTimestamp: Int64

  /// Opens a log, bringing its view up to what is acknowledged; an encrypted one with its key.
  public init(opening directory: String, key: MasterKey? = nil) throws(DatabaseError) {
    let log = try DatabaseError.wrap { () throws(LogError) in
      try LogReader(directory: directory, disk: PosixDisk(), key: key)
    }
    let pageKey = try DatabaseError.wrap { () throws(LogError) in
      try log.directory.keys.pageKey()
    }
    var opened = try Self.snapshot(directory, log, pageKey)
    if opened == nil {
      let count = try CatchUp(directory: directory, log: log, pageKey: pageKey).run()
      // A writer that goes on may be ahead again, with what nobody knew of when this began.
      opened = try Self.snapshot(directory, log, pageKey, atLeast: count)
    }
    guard let (connection, position) = opened else {
      throw DatabaseError(
        .tryAgain, "the view of '\(directory)' is being rebuilt by another process")
    }
    self.connection = connection
    self.log = log
    connection.events = EventReader(log)
    accessLog = try DatabaseError.wrap { () throws(LogError) in try AccessLog(of: log, key: key) }
    connection.accesses = AccessSource(accessLog)
    newest = position.head.count == 0 ? nil : position.head.count - 1
    newestTimestamp = Int64(position.head.timestamp / 1000)
    do throws(SQLiteError) {
      catalog = try View.catalog(connection, at: nil)
    } catch { throw DatabaseError(connection.sqlError(error)) }
  }

  /// A read transaction on the view if it is not behind the log, or holds `atLeast` records.
  private static func snapshot(
    _ directory: String, _ log: LogReader, _ pageKey: PageKey?, atLeast count: UInt64 = .max
  ) throws(DatabaseError) -> (Connection, LogPosition)? {
    guard let connection = try View.openForReading(directory, pageKey: pageKey) else { return nil }
    let position: LogPosition?
    do throws(SQLiteError) {
      try connection.execute("BEGIN")
      position = try View.storedPosition(connection, log.logID)
    } catch {
      if View.isRebuildable(error) { return nil }
      throw DatabaseError(connection.sqlError(error))
    }
    guard let position, try View.isSwept(connection, log.logID) else { return nil }
    if position.head.count >= count { return (connection, position) }
    let isBehind = try position.judged(by: log) { () throws(LogError) in
      try log.hasRecords(after: position)
    }
    return isBehind ? nil : (connection, position)
  }

  /// Binds a statement; writes are refused.
  ///
  /// `moment`: the offset that every table reference without a time of its own reads at.
  /// `proofs`: whether an `EventProver` shall be told of the rows.
  public func prepare(
    _ statement: ParsedStatement, moment: UInt64? = nil, parameters: [String: String?] = [:],
    proofs: RowProofs = .none
  ) throws(DatabaseError) -> Rows {
    connection.deadline?.begin()
    connection.now = Int64(Clock.realtime / 1000)
    let plan = try DatabaseError.wrap { () throws(SQLError) in
      let past = try moment.map { (moment) throws(SQLError) in try self.catalog(at: moment) }
      return try Binder(
        catalog: past ?? catalog, timeline: timeline, moment: moment, nextOffset: 0,
        parameters: statement.parameterTypes, parameterTexts: parameters, proofs: proofs
      ).bind(statement.statement)
    }
    if case .query(let query) = plan, query.movesSequences {
      throw DatabaseError(
        SQLError(
          .readOnlyStatement, "this statement moves a sequence; kb-query only reads",
          at: statement.range.lowerBound))
    }
    switch plan {
    case .query(let query): return try Rows(query, connection, parameters)
    case .explain(let query): return try Rows(explaining: query, connection, parameters)
    case .insert, .update, .delete, .merge, .combined, .schema, .transaction:
      throw DatabaseError(
        SQLError(
          .readOnlyStatement, "this statement writes; kb-query only reads",
          at: statement.range.lowerBound))
    }
  }

  /// What is to be run for a statement of a session, and with which parameters; `nil`: nothing,
  /// since it is about the names of statements alone.
  public func resolve(
    _ statement: ParsedStatement, in session: PreparedStatements, moment: UInt64? = nil,
    parameters: [String: String?] = [:]
  ) throws(DatabaseError) -> (statement: ParsedStatement, parameters: [String: String?])? {
    connection.now = Int64(Clock.realtime / 1000)
    return try DatabaseError.wrap { () throws(SQLError) in
      let past = try moment.map { (moment) throws(SQLError) in try self.catalog(at: moment) }
      return try session.resolve(statement, parameters, on: connection) { types in
        Binder(
          catalog: past ?? catalog, timeline: timeline, moment: moment, parameters: types,
          parameterTexts: parameters)
      }
    }
  }

  /// What a purge would erase.
  ///
  /// It says how many rows meet a condition, so it is noted like a query.
  public func plan(_ request: PurgeRequest, context: Context = Context()) throws(DatabaseError)
    -> PurgePlan
  {
    try accessLog.noting(request, audits: auditsReads, newest, context) {
      () throws(DatabaseError) in try planner.plan(request)
    }
  }

  /// What retention makes due, and what of it must wait; noted like a query.
  public func due(context: Context = Context()) throws(DatabaseError) -> [DuePurge] {
    try accessLog.notingDue(audits: auditsReads, newest, context) {
      () throws(DatabaseError) in try planner.due()
    }
  }

  private var planner: PurgePlanner {
    PurgePlanner(
      connection: connection, catalog: catalog,
      binder: Binder(catalog: catalog, timeline: timeline), log: log,
      now: Int64(Clock.realtime / 1000))
  }

  /// The offset that a moment means: digits are an offset, anything else is a time.
  public func moment(_ text: String) throws(DatabaseError) -> UInt64 {
    try DatabaseError.wrap { () throws(SQLError) in
      guard let newest else { throw SQLError(.snapshotOutOfRange, "the log has no record yet") }
      if let offset = UInt64(text) {
        if offset <= newest { return offset }
        throw SQLError(
          .snapshotOutOfRange, "offset \(offset) is beyond the newest offset \(newest)")
      }
      guard case .integer(let time) = try SQLType.timestamptz.parse(text),
        let offset = try timeline.offset(time)
      else { throw SQLError(.snapshotOutOfRange, "the log begins after \(text)") }
      return offset
    }
  }

  private var timeline: Timeline {
    let reference = UncheckedReference(self)
    return Timeline(
      newest: newest,
      offset: { (microseconds: Int64) throws(SQLError) -> UInt64? in
        try reference.value.offset(at: microseconds)
      },
      catalog: { (offset: UInt64) throws(SQLError) -> Catalog in
        try reference.value.catalog(at: offset)
      },
      evaluate: { (sql: String) throws(SQLError) -> Value in
        try reference.value.connection.evaluate(sql)
      })
  }

  /// The catalog after a record that rows came from.
  func catalogOfRecord(_ offset: UInt64) throws(LogError) -> Catalog {
    do throws(SQLError) { return try catalog(at: offset) } catch {
      throw .damaged(Damage(file: "view.sqlite", offset: offset, what: error.message))
    }
  }

  private func catalog(at offset: UInt64) throws(SQLError) -> Catalog {
    if offset == newest { return catalog }
    do throws(SQLiteError) { return try View.catalog(connection, at: offset) } catch {
      throw connection.sqlError(error)
    }
  }

  private func offset(at microseconds: Int64) throws(SQLError) -> UInt64? {
    if microseconds > newestTimestamp, microseconds > Int64(Clock.realtime / 1000) {
      throw SQLError(
        .snapshotOutOfRange,
        "\(SQLType.timestamptz.format(.integer(microseconds))) is in the future: what will be true then is not known"
      )
    }
    return try connection.offset(at: microseconds)
  }

  /// Ends a running query from another thread or a signal handler's pipe.
  public var interrupter: Interrupter { Interrupter(connection) }
}

/// Ends a running query; may be used from any thread while the reader lives.
public struct Interrupter: @unchecked Sendable {
  // Sendable: sqlite3_interrupt is made to be called from other threads.
  private let connection: Connection
  init(_ connection: Connection) { self.connection = connection }

  /// Makes the running query fail with SQLSTATE 57014.
  public func interrupt() { sqlite3_interrupt(connection.handle) }
}
