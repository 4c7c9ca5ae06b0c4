// SPDX-License-Identifier: Apache-2.0
// Erasing: order, erase, sweep, done. Each step is durable before the next begins, and each may be
// done again: what a crash leaves, `resume` finishes. DESIGN §7, kb-purge(1).

internal import CSQLite
internal import Glibc
public import KimberliteCore

/// An order to erase that has no end yet.
public struct PendingPurge: Sendable, Equatable {
  /// The record of the order.
  public var offset: UInt64
  /// Before this nothing is erased: nanoseconds since 1970; `nil` for at once.
  public var notBefore: UInt64?

  /// Whether it may be carried out now.
  public var isDue: Bool { (notBefore ?? 0) <= Clock.realtime }
}

/// What was erased.
public struct PurgeOutcome: Sendable {
  /// The record of the order.
  public var order: UInt64
  /// The record of its completion.
  public var completion: UInt64
  /// What of the rows or events.
  public var scope: PurgeScope
  /// Events that are gone.
  public var events: Int
  /// Records that they were of.
  public var records: Int
  /// Segment files that were written anew.
  public var segments: Int
  /// Keys of subjects that are destroyed.
  public var subjectKeys: Int
  /// Bytes of all files of the log, searched for seeds and salts of what was erased.
  public var searchedBytes: UInt64
  /// Whose approval the log wanted.
  public var rule: ApprovalRule
  /// The keys whose owners approved.
  public var approvals: [String]
}

/// A log open for erasing: its one writer.
public final class Purge {
  private let directory: String
  private let writer: Writer

  /// Opens a log, an encrypted one with its key; its view is caught up.
  ///
  /// `onDurable` is told of the records of orders and completions.
  public init(
    opening directory: String, key: MasterKey? = nil, context: Context,
    onDurable: @escaping @Sendable ([Receipt]) -> Void = { _ in }
  ) throws(DatabaseError) {
    self.directory = directory
    writer = try Writer(opening: directory, key: key, onDurable: onDurable)
    writer.context = context
  }

  private var log: LogReader { writer.reader }

  /// Makes plans of the newest state.
  private var planner: PurgePlanner {
    PurgePlanner(
      connection: writer.view.connection, catalog: writer.view.catalog, binder: writer.binder(),
      log: log, now: Int64(Clock.realtime / 1000))
  }

  /// Ends the writer.
  public func close() throws(DatabaseError) { try writer.close() }

  /// The plan of a request on the log as it is now.
  public func plan(_ request: PurgeRequest) throws(DatabaseError) -> PurgePlan {
    try writer.accessLog.noting(
      request, audits: writer.auditsReads, writer.newestOffset, writer.context
    ) { () throws(DatabaseError) in try planner.plan(request) }
  }

  /// What retention makes due, and what of it must wait.
  public func due() throws(DatabaseError) -> [DuePurge] {
    try writer.accessLog.notingDue(
      audits: writer.auditsReads, writer.newestOffset, writer.context
    ) { () throws(DatabaseError) in try planner.due() }
  }

  // MARK: Order

  /// Orders what a plan says, durably.
  ///
  /// Throws `forbidden` where the log's settings want more approvals than there are. Where they
  /// want time to pass, the answer says until when.
  public func order(_ plan: PurgePlan, approvals: [Approval] = []) throws(DatabaseError)
    -> PendingPurge
  {
    precondition(!plan.erasures.isEmpty, "an order is of something")
    if !plan.subjectKeys.isEmpty {
      try DatabaseError.wrap { () throws(LogError) in
        try SubjectStore(of: log.logID).requireWritable()
      }
    }
    let settings = writer.view.catalog.settings
    let approved = (settings.purgeApprovals?.keys ?? []).filter { key in
      approvals.contains { $0.isBy(key, plan: plan.digest) }
    }
    if let needed = settings.purgeApprovals?.needed, approved.count < needed {
      throw DatabaseError(
        .forbidden,
        "the plan has \(approved.count.counted("approval")), and the log wants \(needed); each is a signature over its digest"
      )
    }
    let notBefore = try settings.purgeDelay.map { (delay) throws(DatabaseError) in
      try DatabaseError.wrap { () throws(SQLError) in
        UInt64(try Calendar.adding(delay, to: Int64(Clock.realtime / 1000))) * 1000
      }
    }
    var next: UInt64?
    if plan.scope == .events {
      do throws(SQLiteError) { next = try writer.view.nextSequence(of: plan.object) } catch {
        throw DatabaseError(writer.view.connection.sqlError(error))
      }
    }
    let order = PurgeOrder(
      scope: plan.scope, object: plan.object, erasures: plan.erasures, next: next,
      plan: plan.digest,
      notBefore: notBefore, approvals: approved.map(\.text), denied: try denied(by: plan),
      subjectKeys: plan.subjectKeys)
    let offset = try writer.appendRecord { $0.appendEvent(order) }
    return PendingPurge(offset: offset, notBefore: notBefore)
  }

  /// The keyed hashes of the rows that are gone with all their versions.
  ///
  /// A table without a primary key has none that could come back.
  private func denied(by plan: PurgePlan) throws(DatabaseError) -> [[UInt8]] {
    guard plan.scope == .all, let table = writer.view.catalog.table(plan.object),
      !table.columns[table.keyColumns[0]].hidden
    else { return [] }
    let denylist = try DatabaseError.wrap { () throws(LogError) in
      try Denylist.open(of: log.directory)
    }
    return plan.keys.map { denylist.hash(plan.object, $0) }
      .sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// Withdraws an order of which nothing is erased yet; answers the record that says so.
  public func withdraw(_ offset: UInt64) throws(DatabaseError) -> UInt64 {
    guard try pending().contains(where: { $0.offset == offset }) else {
      throw DatabaseError(.data, "record \(offset) is no order that waits")
    }
    let order = try DatabaseError.wrap { () throws(LogError) in try log.purgeOrder(at: offset) }
    guard try DatabaseError.wrap({ () throws(LogError) in try log.holdsAll(order.erasures) }) else {
      throw DatabaseError(
        .forbidden, "the purge of record \(offset) has begun: what is erased does not come back")
    }
    let completion = PurgeCompletion(
      order: offset, outcome: .withdrawn, events: 0, segments: 0, searchedBytes: 0)
    return try writer.appendRecord { $0.appendEvent(completion) }
  }

  /// The orders without an end, oldest first.
  public func pending() throws(DatabaseError) -> [PendingPurge] {
    try DatabaseError.wrap { () throws(SQLError) in
      try writer.view.run { () throws(SQLiteError) in try writer.view.pendingPurges() }
    }
  }

  // MARK: Erase, sweep, done

  /// Carries out an order whose plan is at hand: its rows leave the view by number.
  public func perform(_ offset: UInt64, _ plan: PurgePlan) throws(DatabaseError) -> PurgeOutcome {
    // Nobody can ask for the rows any more, before their bytes go.
    try writer.view.sweep(plan)
    return try finish(
      offset, try DatabaseError.wrap { () throws(LogError) in try log.purgeOrder(at: offset) })
  }

  /// Carries out an order that a crash interrupted: whatever it had done, the view is computed
  /// anew from what the log still holds.
  ///
  /// Throws `forbidden` where a hold covers what is left.
  ///
  /// What came of its rows since, where they were deleted, is erased by an order of its own.
  public func resume(_ offset: UInt64) throws(DatabaseError) -> [PurgeOutcome] {
    let order = try DatabaseError.wrap { () throws(LogError) in try log.purgeOrder(at: offset) }
    var rest: PurgePlan?
    if let rows = try planner.rows(of: order) {
      try planner.requireErasable(rows)
      rest = try planner.rest(of: order, rows)
    }
    var outcomes = [try finish(offset, order, rebuilds: true)]
    if let rest { outcomes.append(try perform(rest, after: order)) }
    if let orphans = try planner.orphans(of: order) {
      outcomes.append(try perform(orphans, after: order))
    }
    return outcomes
  }

  /// Orders and carries out what follows from an order that was approved.
  private func perform(
    _ plan: PurgePlan, after order: PurgeOrder
  ) throws(DatabaseError) -> PurgeOutcome {
    let more = PurgeOrder(
      scope: plan.scope, object: plan.object, erasures: plan.erasures, plan: plan.digest,
      approvals: order.approvals, subjectKeys: plan.subjectKeys)
    return try perform(try writer.appendRecord { $0.appendEvent(more) }, plan)
  }

  private func finish(
    _ offset: UInt64, _ order: PurgeOrder, rebuilds: Bool = false
  ) throws(DatabaseError) -> PurgeOutcome {
    let remnants = try DatabaseError.wrap { () throws(LogError) in
      try Remnants(of: order.erasures, in: log)
    }
    // Before the bytes: what copies hold is gone at once, however long these take.
    try destroy(order.subjectKeys)
    let segments = try DatabaseError.wrap { () throws(LogError) in
      try writer.log.erase(order.erasures)
    }
    if rebuilds { try writer.view.rebuild(from: log) }
    try writer.view.compact(in: directory)
    let searched = try DatabaseError.wrap { () throws(LogError) in
      try remnants.requireNone(in: directory) + remnants.requireNone(in: log)
    }
    let completion = PurgeCompletion(
      order: offset, outcome: .done, events: order.erasures.eventCount, segments: segments,
      searchedBytes: searched)
    let rule = try DatabaseError.wrap { () throws(SQLError) in
      try writer.view.run { () throws(SQLiteError) in try writer.view.approvalRule(at: offset) }
    }
    let done = try writer.appendRecord { $0.appendEvent(completion) }
    return PurgeOutcome(
      order: offset, completion: done, scope: order.scope, events: order.erasures.eventCount,
      records: order.erasures.recordCount, segments: segments,
      subjectKeys: order.subjectKeys.count, searchedBytes: searched, rule: rule,
      approvals: order.approvals)
  }

  /// Destroys keys of subjects whose rows the view shows no longer.
  private func destroy(_ keys: [SubjectKeyID]) throws(DatabaseError) {
    if keys.isEmpty { return }
    let (before, after) = try DatabaseError.wrap { () throws(LogError) in
      try SubjectStore(of: log.logID).destroy(keys)
    }
    // Who destroyed a key in between, by a purge of a copy, left rows in this view: it is then made
    // anew by the next to open it.
    guard writer.view.subjectGeneration == before else { return }
    try writer.view.state(subjectGeneration: after)
  }
}

extension LogReader {
  /// The order that a record holds.
  func purgeOrder(at offset: UInt64) throws(LogError) -> PurgeOrder {
    var cursor = try records(from: offset)
    guard try cursor.next(), cursor.header.offset == offset,
      cursor.events.count == PurgeOrder.eventCount, let order = PurgeOrder(event: cursor.event(1))
    else {
      throw .damaged(
        Damage(
          file: LogDirectory.segmentName(cursor.position.segment), offset: offset,
          what: "the purge order that the view knows is not in the record"))
    }
    return order
  }
}

extension LogReader {
  /// Whether none of some events is erased.
  fileprivate func holdsAll(_ erasures: Erasures) throws(LogError) -> Bool {
    var last: UInt64?
    for run in erasures.runs where run.offset != last {
      last = run.offset
      var cursor = try records(from: run.offset)
      guard try cursor.next(), cursor.header.offset == run.offset else { return false }
      for events in erasures.events(of: run.offset) {
        for event in events where cursor.events[event].isEmpty { return false }
      }
    }
    return true
  }
}

extension Writer {
  /// Appends a record of one event, and waits until it is durable; answers its offset.
  fileprivate func appendRecord(_ write: (inout ByteBuffer) -> Void) throws(DatabaseError) -> UInt64
  {
    let offset = nextOffset
    let draft = try beginRecord()
    write(&draft.events)
    _ = try DatabaseError.wrap { () throws(SQLError) in try draft.endEvent() }
    do throws(ApplyError) {
      let place = draft.count - 1
      try draft.withEvents(from: place) { (events, bytes) throws(ApplyError) in
        try view.apply(events, of: bytes, offset: offset, place: place)
      }
    } catch { throw DatabaseError(view.sqlError(error)) }
    try endRecord()
    try settle()
    return offset
  }
}
