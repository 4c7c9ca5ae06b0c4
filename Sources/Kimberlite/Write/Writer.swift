// SPDX-License-Identifier: Apache-2.0
// The one writer of a log. Events are applied to the view inside its open transaction, become a
// record, are made durable by the committer, and only then does the view commit: it may lag the
// log by `lagMax`, never lead it. If the log fails, the view rolls back with the process.

internal import Glibc
public import KimberliteCore

/// A log open for writing.
///
/// One per log; used by one thread.
public final class Writer {
  /// How long the view may lag behind acknowledged records while more arrive.
  ///
  /// Readers that need what was just acknowledged wait this long at most. Nanoseconds.
  private static let lagMax: UInt64 = 100_000_000
  /// How many statements are kept bound, at most: a program has few that it runs again and again.
  private static let statementCacheMax = 64

  let view: View
  let log: LogWriter
  /// Reads what is written.
  let reader: LogReader
  private let committer: Committer
  private let checkpointer: Checkpointer
  /// The offset of the next record.
  public private(set) var nextOffset: UInt64
  /// Whether rows may come back that were erased.
  public var readmits = false
  /// Who and why: the first event of every record.
  public var context = Context()
  /// Bytes that recovery cut from the log's end: an append that was never acknowledged.
  public let recoveredByteCount: UInt64

  /// Where reads are noted, if the log wants it.
  let accessLog: AccessLog
  /// Whether the log wanted it when the open record began: what the record says of that holds
  /// for those behind it.
  private var auditedReads = false

  /// Where receipts go, where they are wanted.
  public let proofs: ReceiptFolder?

  private var lastTimestamp: UInt64
  /// Whether the view's write transaction is open, as far as this writer has a say in it.
  private var holdsTransaction = false
  /// What the view failed with.
  ///
  /// It is behind the log from then on, and is not committed any more.
  private var viewFailure: DatabaseError?
  private var transactionBegan: UInt64 = 0
  /// What was opened by BEGIN, or by `begin()`.
  var transaction: Transaction?
  /// What PREPARE has named.
  let prepared = PreparedStatements()
  /// What of the open record is looked at when it ends.
  var deferred = DeferredChecks()
  /// Of records that were waited for while another was open: what `settle` has to note.
  private var early: [Receipt] = []
  private var constraintCache: [ObjectID: Constraints] = [:]
  private var statementCache: [ObjectIdentifier: CompiledStatement] = [:]
  /// The catalog that what is cached was made by.
  private var cachedCatalog = Catalog()
  private(set) var draft: RecordDraft?
  /// Why, of the open record, where a statement in it says so.
  var recordReason: String?
  /// The context that the draft's first event says.
  private var draftContext = Context()

  /// Opens a log for writing and catches its view up.
  ///
  /// `create`: make the log if there is none. `onDurable` is told of each group of records once
  /// it is durable, on another thread. `key`: of an encrypted log; a log that is made with one is
  /// encrypted.
  ///
  /// `branch`: the log goes on under a new origin and key, though it was set back. `proofs` gets
  /// a receipt of each record. `stateFolder` is where what was signed last is kept, if anywhere.
  public init(
    opening directory: String, create: Bool = false, branch: Bool = false, key: MasterKey? = nil,
    proofs: ReceiptFolder? = nil, stateFolder: String? = defaultStateFolder,
    onDurable: @escaping @Sendable ([Receipt]) -> Void
  ) throws(DatabaseError) {
    let disk = PosixDisk()
    var options = LogOptions()
    options.key = key
    options.startsBranch = branch
    options.stateFolder = stateFolder
    options.onCheckpoint = proofs?.issue
    let isVacant = try DatabaseError.wrap { () throws(LogError) in
      try create ? LogWriter.isVacant(directory, disk: disk) : false
    }
    if isVacant {
      log = try DatabaseError.wrap { () throws(LogError) in
        try LogWriter.create(
          directory: directory, disk: disk, logID: LogID(Entropy.bytes(16).span),
          options: options)
      }
      reader = try Self.reader(directory, key)
      view = try Self.openView(directory, reader)
    } else {
      let reader = try Self.reader(directory, key)
      self.reader = reader
      try Self.requireWritable(directory)
      view = try Self.openView(directory, reader)
      let known = view.position
      log = try known.judged(by: reader) { () throws(LogError) in
        try LogWriter(
          directory: directory, disk: disk, acknowledged: known.head.count, options: options)
      }
    }
    let opening = reader
    accessLog = try DatabaseError.wrap { () throws(LogError) in
      try AccessLog(of: opening, key: key)
    }
    if branch {
      try DatabaseError.wrap { () throws(LogError) in
        try AccessLog.branch(in: directory, key: key, stateFolder: stateFolder)
      }
    }
    self.proofs = proofs
    recoveredByteCount = log.cutBytes
    nextOffset = log.head.count
    lastTimestamp = log.head.timestamp
    try view.catchUp(with: log, reader, directory: directory)
    checkpointer = Checkpointer(of: view.connection, path: View.path(in: directory))
    // Last, since its thread has to be stopped once it runs.
    let opened = log
    committer = try DatabaseError.wrap { () throws(LogError) in
      try Committer(opened, onDurable: onDurable)
    }
    let made = committer
    let connection = view.connection
    connection.sequences = SequenceState {
      [unowned connection] (id: ObjectID) throws(SQLError) -> SequencePosition? in
      try connection.sequencePosition(id)
    }
    view.connection.events = EventReader(
      reader, prepare: { () throws(LogError) in try made.waitUntilWritten() })
  }

  private static func reader(
    _ directory: String, _ key: MasterKey?
  ) throws(DatabaseError) -> LogReader {
    try DatabaseError.wrap { () throws(LogError) in
      try LogReader(directory: directory, disk: PosixDisk(), key: key)
    }
  }

  /// The view of a log, which is encrypted as the log is.
  private static func openView(
    _ directory: String, _ log: LogReader
  ) throws(DatabaseError) -> View {
    let pageKey = try DatabaseError.wrap { () throws(LogError) in
      try log.directory.keys.pageKey()
    }
    return try View.openForWriting(directory, logID: log.logID, pageKey: pageKey)
  }

  /// Whether there is no log in a directory, so that one may be made.
  public static func isVacant(_ directory: String) throws(DatabaseError) -> Bool {
    try DatabaseError.wrap { () throws(LogError) in
      try LogWriter.isVacant(directory, disk: PosixDisk())
    }
  }

  /// Where what was signed last is kept: `$XDG_STATE_HOME`, else `~/.local/state`.
  ///
  /// `nil` without a home.
  public static var defaultStateFolder: String? { SignedState.defaultFolder }

  /// Says what may not be written by its name: SQLite would open the view all the same and only
  /// later call it read-only.
  private static func requireWritable(_ directory: String) throws(DatabaseError) {
    for path in ["", "/segments", "/lock"].map({ directory + $0 }) + [View.path(in: directory)]
    where access(path, W_OK) != 0 && errno != ENOENT {
      throw DatabaseError(.io, "cannot write '\(path)': \(String(cString: strerror(errno)))")
    }
  }

  // No thread may outlive what it works on, however the writer is left.
  deinit {
    committer.stop()
    checkpointer.stop()
  }

  // MARK: Records

  /// Begins a record; events go into the answered draft, and through `apply` into the view.
  func beginRecord() throws(DatabaseError) -> RecordDraft {
    precondition(draft == nil, "a record is open already")
    if let viewFailure { throw viewFailure }
    if !holdsTransaction { try beginTransaction() }
    try requireTransaction()
    try sqlite { () throws(SQLiteError) in try view.beginRecord() }
    auditedReads = view.catalog.settings.auditsReads
    let draft = committer.draft()
    draft.events.appendEvent(context)
    draftContext = context
    recordReason = nil
    deferred = DeferredChecks()
    _ = try DatabaseError.wrap { () throws(SQLError) in try draft.endEvent() }
    self.draft = draft
    return draft
  }

  /// Whether what is read has to be noted before it is shown.
  var auditsReads: Bool {
    (draft != nil && auditedReads) || view.catalog.settings.auditsReads
  }

  /// Whether the open record holds anything but its context.
  var recordIsEmpty: Bool { (draft?.count ?? 0) <= 1 }

  /// Ends the record: it goes to the committer.
  ///
  /// Durable when `onDurable` says so.
  ///
  /// - Parameter evenIfEmpty: keep a record that holds its context alone.
  func endRecord(evenIfEmpty: Bool = false) throws(DatabaseError) {
    guard let draft else { preconditionFailure("no record is open") }
    if recordIsEmpty, !evenIfEmpty { return try abandonRecord() }
    try DatabaseError.wrap { () throws(SQLError) in try look(at: deferred.take()) }
    try sealSubjects(of: draft)
    // How far a request has come is known only now, and so is what the statements gave as reason.
    var context = context
    context.reason = recordReason ?? context.reason
    if context != draftContext { draft.replaceFirst(with: context) }
    self.draft = nil
    // Whole microseconds: what SQL shows and takes is then the exact moment.
    let timestamp = max(Clock.realtime / 1000, lastTimestamp / 1000 + 1) * 1000
    lastTimestamp = timestamp
    let offset = nextOffset
    let eventCount = draft.count - 1
    nextOffset += 1
    try DatabaseError.wrap { () throws(LogError) in
      try committer.submit(draft, timestamp: timestamp)
    }
    // While the disk works. If it fails, the view stays behind the log, uncommitted.
    try sqlite { () throws(SQLiteError) in
      try view.recordDone(
        offset: offset, timestamp: timestamp, context: context, events: eventCount, hash: nil)
      try view.keepRecord()
    }
    if Clock.monotonic - transactionBegan > Self.lagMax { try settle() }
  }

  /// Drops the open record and what it did to the view.
  func abandonRecord() throws(DatabaseError) {
    draft = nil
    transaction = nil
    try sqlite { () throws(SQLiteError) in try view.rollbackRecord() }
  }

  /// Whether the view holds records that it has not committed.
  var isUnsettled: Bool { holdsTransaction && draft == nil }

  /// Waits until all records are durable and commits the view.
  public func settle() throws(DatabaseError) {
    guard isUnsettled else { return }
    if let viewFailure { throw viewFailure }
    try requireTransaction()
    let (receipts, position) = try DatabaseError.wrap { () throws(LogError) in
      try committer.drain()
    }
    try sqlite { () throws(SQLiteError) in
      for receipt in early + receipts { try view.setHash(receipt.hash, of: receipt.offset) }
    }
    early = []
    if let position { view.position = position }
    try commitView()
  }

  /// Notes the hashes of the records so far while another is open, whose reads may ask for them.
  func noteHashes() throws(DatabaseError) {
    let (receipts, _) = try DatabaseError.wrap { () throws(LogError) in try committer.drain() }
    // The record that is open may be dropped, and this with it.
    early += receipts
    try sqlite { () throws(SQLiteError) in
      for receipt in early { try view.setHash(receipt.hash, of: receipt.offset) }
    }
  }

  /// Settles, ends the commit thread and closes the log.
  public func close() throws(DatabaseError) {
    var failure = viewFailure
    do throws(DatabaseError) {
      if draft != nil { try abandonRecord() }
      try settle()
      updateStatistics()
    } catch { failure = failure ?? error }
    committer.stop()
    checkpointer.stop()
    do throws(LogError) { try log.close() } catch { failure = failure ?? DatabaseError(error) }
    // A view that missed anything stays where it was: the next to open it catches it up.
    if let failure {
      view.rollback()
      throw failure
    }
    view.position = log.durable
    try beginTransaction()
    try commitView()
  }

  /// Helps later queries to good plans; what hinders it hinders no write.
  ///
  /// While the log's lock is held, so that the next writer does not wait for the view.
  private func updateStatistics() {
    do throws(SQLiteError) {
      let tables = try view.uncountedTables()
      if tables.isEmpty { return }
      try view.begin()
      try view.count(tables)
      try view.commit()
    } catch { view.rollback() }
  }

  private func beginTransaction() throws(DatabaseError) {
    try sqlite { () throws(SQLiteError) in try view.begin() }
    holdsTransaction = true
    transactionBegan = Clock.monotonic
  }

  private func commitView() throws(DatabaseError) {
    try sqlite { () throws(SQLiteError) in try view.commit() }
    holdsTransaction = false
  }

  /// SQLite ends a transaction of its own accord when the disk is full: what was applied is gone,
  /// and a later transaction must not pretend to follow it.
  private func requireTransaction() throws(DatabaseError) {
    if view.connection.inTransaction { return }
    let failure = DatabaseError(.io, "the view's transaction was rolled back by SQLite")
    viewFailure = failure
    throw failure
  }

  func sqlite<R>(_ body: () throws(SQLiteError) -> R) throws(DatabaseError) -> R {
    do throws(SQLiteError) { return try body() } catch {
      let failure = DatabaseError(view.connection.sqlError(error))
      viewFailure = failure
      throw failure
    }
  }

  // MARK: What statements need

  /// The constraints of a table as the catalog is now.
  func constraints(_ table: Table) throws(SQLError) -> Constraints {
    dropStaleCaches()
    if let known = constraintCache[table.id] { return known }
    let program = try binder().checkProgram(for: table)
    let generation = try binder().generationProgram(for: table)
    let denylist = try denylist()
    let made = try view.run { () throws(SQLiteError) in
      try Constraints(
        table, view: view, checkProgram: program, generation: generation, denylist: denylist)
    }
    constraintCache[table.id] = made
    return made
  }

  /// What keeps erased rows away; `nil` where nothing was erased here, or they may come back.
  private func denylist() throws(SQLError) -> Denylist? {
    if readmits { return nil }
    do throws(LogError) { return try Denylist(of: reader.directory) } catch {
      throw SQLError(.dataCorrupted, error.message)
    }
  }

  /// A statement, bound.
  ///
  /// One with parameters is kept, to be run again with other values. Only where neither a moment
  /// nor a value was needed to bind it: it is first tried without any, so it cannot depend on one.
  func compile(_ statement: ParsedStatement, _ parameters: [String: String?]) throws(SQLError)
    -> CompiledStatement
  {
    dropStaleCaches()
    let id = ObjectIdentifier(statement)
    if let known = statementCache[id] { return known }
    if !statement.parameterNames.isEmpty,
      // Whatever is wrong with it, binding it in full finds as well.
      let plan = try? Binder(
        catalog: view.catalog, timeline: .empty, parameters: statement.parameterTypes
      ).bind(statement.statement),
      plan.changesRows
    {
      if statementCache.count == Self.statementCacheMax { statementCache = [:] }
      let made = CompiledStatement(
        statement: statement, plan: plan, programs: Programs(view.connection))
      statementCache[id] = made
      return made
    }
    let plan = try binder(parameters: parameters, types: statement.parameterTypes)
      .bind(statement.statement)
    return CompiledStatement(
      statement: statement, plan: plan, programs: Programs(view.connection))
  }

  private func dropStaleCaches() {
    if cachedCatalog == view.catalog { return }
    constraintCache = [:]
    statementCache = [:]
    cachedCatalog = view.catalog
  }

  /// A binder of the present.
  func binder(
    parameters: [String: String?] = [:], types: [String: SQLType] = [:]
  ) -> Binder {
    Binder(
      catalog: view.catalog,
      timeline: view.timeline(newest: nextOffset == 0 ? nil : nextOffset - 1), moment: nil,
      nextOffset: nextOffset, parameters: types, parameterTexts: parameters)
  }
}

extension View {
  /// Folds what the view lacks of the log that a writer has just opened.
  fileprivate func catchUp(
    with log: LogWriter, _ reader: LogReader, directory: String
  ) throws(DatabaseError) {
    let path = View.path(in: directory)
    try View.orIOError(path) { () throws(SQLiteError) in
      try begin()
      try refresh(logID: log.logID)
    }
    try catchUp(reader)
    try View.requireSameEnd(position.head, log.head)
    position = log.durable
    try View.orIOError(path) { () throws(SQLiteError) in try commit() }
  }

  /// The view folded the log that is there.
  private static func requireSameEnd(_ view: Head, _ log: Head) throws(DatabaseError) {
    if view == log { return }
    throw DatabaseError(
      .damaged,
      view.count > log.count
        ? "the end of the log is missing: the view holds \(view.count.counted("record")), the log \(log.count); \(LogPosition.endIsMissing)"
        : "the view is not of this log's records; delete its view.sqlite to rebuild it")
  }

  /// What the binder may ask about time.
  func timeline(newest: UInt64?) -> Timeline {
    let connection = UncheckedReference(connection)
    return Timeline(
      newest: newest,
      offset: { (microseconds: Int64) throws(SQLError) -> UInt64? in
        // A record that is newer than the clock is there all the same.
        if microseconds > Int64(Clock.realtime / 1000),
          try connection.value.offset(at: microseconds)
            == connection.value.offset(at: Int64(Clock.realtime / 1000))
        {
          throw SQLError(
            .snapshotOutOfRange,
            "\(SQLType.timestamptz.format(.integer(microseconds))) is in the future: what will be true then is not known"
          )
        }
        return try connection.value.offset(at: microseconds)
      },
      catalog: { (offset: UInt64) throws(SQLError) -> Catalog in
        do throws(SQLiteError) {
          return try View.catalog(connection.value, at: offset)
        } catch { throw connection.value.sqlError(error) }
      },
      evaluate: { (sql: String) throws(SQLError) -> Value in
        try connection.value.evaluate(sql)
      })
  }
}

/// Lets a closure that has to be `Sendable` hold what one thread alone uses.
struct UncheckedReference<T: AnyObject>: @unchecked Sendable {
  let value: T
  init(_ value: T) { self.value = value }
}

extension Connection {
  /// The value of a constant expression.
  func evaluate(_ sql: String) throws(SQLError) -> Value {
    do throws(SQLiteError) {
      let statement = try prepare("SELECT \(sql)")
      return try statement.step() ? statement.value(0) : .null
    } catch { throw sqlError(error) }
  }

  /// The newest record at or before a time; `nil` when the log begins later.
  func offset(at microseconds: Int64) throws(SQLError) -> UInt64? {
    do throws(SQLiteError) {
      let find = try prepare(
        "SELECT offset FROM kb_records WHERE timestamp <= ?1 ORDER BY timestamp DESC LIMIT 1")
      let (nanoseconds, overflow) = microseconds.multipliedReportingOverflow(by: 1000)
      try find.bind(1, overflow ? (microseconds < 0 ? 0 : Int64.max) : nanoseconds)
      return try find.step() ? UInt64(find.integer(0)) : nil
    } catch { throw sqlError(error) }
  }
}

/// What an earlier run with a request id left in the log.
public struct EarlierRun: Sendable {
  /// What is durable.
  public var receipts: [Receipt] = []
  /// Units of input (lines, statements) that its records hold.
  public var progress: Int64 = 0
  /// Whether it came to its end.
  public var isComplete = false

  /// No earlier run.
  public init() {}
}

extension Writer {
  /// The offset of the newest record; `nil` when there is none.
  public var newestOffset: UInt64? { nextOffset == 0 ? nil : nextOffset - 1 }

  /// What runs with a request id have appended.
  public func earlierRun(_ request: String) throws(DatabaseError) -> EarlierRun {
    do throws(SQLiteError) {
      let find = try view.connection.prepare(
        """
        SELECT offset, events, timestamp, hash, progress, last FROM kb_records
        WHERE request = ?1 ORDER BY offset
        """)
      try find.bind(1, request)
      var run = EarlierRun()
      while try find.step() {
        run.receipts.append(
          Receipt(
            offset: UInt64(find.integer(0)), events: Int(find.integer(1)),
            timestamp: UInt64(find.integer(2)), hash: Digest(find.blob(3).span)))
        run.progress = find.integer(4)
        run.isComplete = find.integer(5) != 0
      }
      return run
    } catch { throw DatabaseError(view.connection.sqlError(error)) }
  }
}
