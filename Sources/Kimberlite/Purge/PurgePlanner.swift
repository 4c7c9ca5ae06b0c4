// SPDX-License-Identifier: Apache-2.0
// From a condition to the events that it means. The view finds the rows, in the past and now; the
// log is walked only where it has their events.

internal import KimberliteCore

/// Makes plans of purges against one state of a log.
struct PurgePlanner {
  let connection: Connection
  let catalog: Catalog
  let binder: Binder
  let log: LogReader
  /// What retention is held against: microseconds since 1970.
  let now: Int64

  /// The plan of a request.
  func plan(_ request: PurgeRequest) throws(DatabaseError) -> PurgePlan {
    let filter = try DatabaseError.wrap { () throws(SQLError) in
      try Parser.parseExpression(request.condition)
    }
    switch request.target {
    case .table(let name):
      return try firstPlan(
        catalog.tables(everNamed: name),
        orElse: SQLError(
          .undefinedTable, "table \"\(name)\" does not exist",
          hint: nearestHint(to: name, among: catalog.tables.map(\.name)))
      ) { (table) throws(DatabaseError) in try plan(table, where: filter, request.scope) }
    case .stream(let name):
      return try firstPlan(
        catalog.streams(everNamed: name),
        orElse: SQLError(
          .undefinedTable, "stream \"\(name)\" does not exist",
          hint: nearestHint(to: name, among: catalog.streams.map(\.name)))
      ) { (stream) throws(DatabaseError) in
        let events = try DatabaseError.wrap { () throws(SQLError) in
          try binder.purgeEvents(of: stream, where: filter)
        }
        return try plan(stream, events: events.sql)
      }
    }
  }

  /// The first plan that erases anything: several things may have had one name, each dropped before
  /// the next was made.
  private func firstPlan<Object>(
    _ objects: [Object], orElse error: SQLError,
    _ plan: (Object) throws(DatabaseError) -> PurgePlan
  ) throws(DatabaseError) -> PurgePlan {
    var first: PurgePlan?
    for object in objects {
      let plan = try plan(object)
      if !plan.erasures.isEmpty { return plan }
      first = first ?? plan
    }
    guard let first else { throw DatabaseError(error) }
    return first
  }

  /// The plan for the rows of a table that a condition means.
  private func plan(
    _ table: Table, where filter: Expression, _ scope: PurgeScope
  ) throws(DatabaseError) -> PurgePlan {
    let predicate = try DatabaseError.wrap { () throws(SQLError) in
      try binder.predicate(filter, on: table, alias: KeySet.version)
    }
    let keys = try DatabaseError.wrap { () throws(SQLError) in
      try sqlError { () throws(SQLiteError) in
        try KeySet(of: table, in: connection, where: predicate)
      }
    }
    try loadPassing(into: keys)
    try DatabaseError.wrap { () throws(SQLError) in
      try sqlError { () throws(SQLiteError) in try keys.addPassing(where: predicate) }
    }
    try DatabaseError.wrap { () throws(SQLError) in try policy.requireErasable(keys) }
    return try plan(keys, scope)
  }

  private var policy: PolicyCheck { PolicyCheck(connection, catalog, now: now) }

  // MARK: Retention

  /// The plans for all rows whose time is over and that no hold covers.
  func due() throws(DatabaseError) -> [DuePurge] {
    var all: [DuePurge] = []
    for table in catalog.tables + catalog.droppedTables {
      guard let retention = catalog.retention(of: table.id) else { continue }
      var held: [PolicyCheck.HoldFinding] = []
      let keys = try DatabaseError.wrap { () throws(SQLError) in try policy.due(table) }
      guard let keys else { continue }
      try removeOrdered(from: keys)
      try loadPassing(into: keys)
      try DatabaseError.wrap { () throws(SQLError) in held = try policy.removeHeld(from: keys) }
      all.append(
        DuePurge(
          plan: try plan(keys, .all), retention: retention,
          held: held.map { ($0.hold.matter, $0.keys) }))
    }
    return all
  }

  // MARK: Orders

  /// The rows that an order is about, as far as their events are there; `nil` of a stream, and of a
  /// table that was dropped.
  func rows(of order: PurgeOrder) throws(DatabaseError) -> KeySet? {
    guard order.scope != .events, let table = catalog.table(order.object) else { return nil }
    var finder = try EventFinder(of: table.id, log, connection)
    var keys: Set<[UInt8]> = []
    var last: UInt64?
    for run in order.erasures.runs where run.offset != last {
      last = run.offset
      for event in try finder.events(of: run.offset)
      where event.places.contains(where: { order.erasures.contains($0, of: run.offset) }) {
        keys.insert(event.key)
      }
    }
    let set = try DatabaseError.wrap { () throws(SQLError) in
      try sqlError { () throws(SQLiteError) in
        try KeySet(of: table, in: connection, keys: keys.compactMap(table.decodedKey))
      }
    }
    try loadPassing(into: set)
    return set
  }

  /// Throws where a hold or a locked retention keeps rows that an order is about.
  ///
  /// Between an order and its execution may lie days in which a matter came up.
  func requireErasable(_ rows: KeySet) throws(DatabaseError) {
    try DatabaseError.wrap { () throws(SQLError) in try policy.requireErasable(rows) }
  }

  /// What came of the rows of an order since, where they are no more: what ends a row repeats its
  /// key, and without a version nothing would lead to it.
  ///
  /// `nil` where there is nothing.
  /// Rows that were written to and live are in use again; they stay.
  func rest(of order: PurgeOrder, _ rows: KeySet) throws(DatabaseError) -> PurgePlan? {
    guard order.scope == .all else { return nil }
    try DatabaseError.wrap { () throws(SQLError) in
      try sqlError { () throws(SQLiteError) in
        try rows.remove(
          where: "EXISTS (SELECT 1 FROM \(rows.versions) AND \(KeySet.version)._live = 1)")
      }
    }
    var plan = try plan(rows, .all)
    plan.erasures = plan.erasures.before(.max, without: order.erasures)
    plan.subjectKeys.removeAll { order.subjectKeys.contains($0) }
    // The order denied them already.
    plan.keys = []
    return plan.erasures.isEmpty ? nil : plan
  }

  /// The subjects of an order's table of whom nothing is left: what ended their rows since may have
  /// given them another key.
  ///
  /// `nil` where there are none.
  func orphans(of order: PurgeOrder) throws(DatabaseError) -> PurgePlan? {
    guard order.scope == .all, let table = catalog.table(order.object), table.subject != nil else {
      return nil
    }
    let none = try DatabaseError.wrap { () throws(SQLError) in
      try sqlError { () throws(SQLiteError) in try KeySet(of: table, in: connection, keys: []) }
    }
    try loadPassing(into: none)
    let plan = try plan(none, .all)
    return plan.erasures.isEmpty ? nil : plan
  }

  /// Drops rows that are ordered to be erased already.
  private func removeOrdered(from keys: KeySet) throws(DatabaseError) {
    var offsets: [UInt64] = []
    do throws(SQLiteError) {
      let find = try connection.prepare(
        """
        SELECT offset FROM kb_purges WHERE object = ?1 AND scope = ?2
        AND offset NOT IN (SELECT purge FROM kb_purge_ends)
        """)
      try find.bind(1, Int64(keys.table.id))
      try find.bind(2, PurgeScope.all.rawValue)
      while try find.step() { offsets.append(UInt64(find.integer(0))) }
    } catch { throw DatabaseError(connection.sqlError(error)) }
    for offset in offsets {
      let order = try DatabaseError.wrap { () throws(LogError) in try log.purgeOrder(at: offset) }
      guard let ordered = try rows(of: order) else { continue }
      do throws(SQLiteError) { try keys.remove(ordered) } catch {
        throw DatabaseError(connection.sqlError(error))
      }
    }
  }

  // MARK: Tables

  /// What the view knows of the rows that are meant.
  private struct Rows {
    /// Where each row's live version began; `nil` where none is live.
    var live: [[UInt8]: UInt64?] = [:]
    var versions: [RowVersion] = []
    /// Records that began or ended a version, one that the view shows or one that it never did.
    var offsets: Set<UInt64> = []
    var traces: [RowTrace] = []
  }

  /// The plan for some rows of a table.
  func plan(_ keys: KeySet, _ scope: PurgeScope) throws(DatabaseError) -> PurgePlan {
    let table = keys.table
    let rows = try DatabaseError.wrap { () throws(SQLError) in
      try sqlError { () throws(SQLiteError) in try self.rows(keys, scope) }
    }
    var finder = try EventFinder(of: table.id, log, connection)
    var erasures = Erasures()
    var personal: [(table: Table, versions: [RowVersion])] = []
    for offset in rows.offsets.sorted() {
      let events = try finder.events(of: offset).filter { rows.live[$0.key] != nil }
      var last: [[UInt8]: Int] = [:]
      for event in events where event.kind != .delete { last[event.key] = event.place }
      for event in events
      where scope == .personal && event.personal != nil && last[event.key] == event.place {
        if personal.last?.table != event.table { personal.append((event.table, [])) }
        guard let key = event.table.decodedKey(event.key) else { throw Self.contradiction }
        personal[personal.count - 1].versions.append(RowVersion(key: key, from: offset))
      }
      for event in events {
        let isLive = rows.live[event.key] == .some(offset) && last[event.key] == event.place
        if scope == .superseded, isLive { continue }
        let places = scope == .personal ? event.personal.map { [$0] } ?? [] : event.places
        for place in places { erasures.append(place, of: offset) }
      }
    }
    let subjects = try subjects(of: keys, scope)
    // What says whose the keys are goes with them.
    erasures = Erasures(union: [erasures, Erasures(of: subjects.map(\.event))])
    return try plan(
      scope, table.id, table.name, erasures, rowCount: rows.live.count,
      subjectKeys: subjects.map(\.id),
      keys: scope == .all ? Array(rows.live.keys) : [],
      versions: scope == .personal ? personal : [(table, rows.versions)],
      traces: scope == .personal ? [] : rows.traces,
      indexes: catalog.indexes.filter { $0.table == table.id }.map(\.name))
  }

  private func rows(_ keys: KeySet, _ scope: PurgeScope) throws(SQLiteError) -> Rows {
    let width = keys.table.keyColumns.count
    let list = (0..<width).map { "\(KeySet.key).k\($0)" }.joined(separator: ", ")
    let find = try connection.prepare(
      """
      SELECT \(list), _live, _from, _to + \(Int64(1) << 62)
      FROM \(keys.name) AS \(KeySet.key), \(keys.versions)
      """)
    var rows = Rows()
    try keys.forEach { rows.live[keys.table.encodedKey($0)] = .some(nil) }
    while try find.step() {
      let key = (0..<width).map { find.value($0) }
      let encoded = keys.table.encodedKey(key)
      let isLive = find.integer(width) == 1
      let from = UInt64(find.integer(width + 1))
      if isLive { rows.live[encoded] = .some(from) }
      if !(isLive && scope == .superseded) {
        rows.versions.append(RowVersion(key: key, from: from))
      }
      rows.offsets.insert(from)
      if !isLive { rows.offsets.insert(UInt64(find.integer(width + 2))) }
    }
    let traces = try connection.prepare(
      "SELECT offset FROM kb_traces WHERE object = ?1 AND key = ?2")
    for key in rows.live.keys {
      try traces.bind(1, Int64(keys.table.id))
      try traces.bind(2, blob: key)
      while try traces.step() {
        let offset = UInt64(traces.integer(0))
        rows.offsets.insert(offset)
        rows.traces.append(RowTrace(key: key, offset: offset))
      }
      traces.reset()
    }
    return rows
  }

  private static let contradiction = DatabaseError(.damaged, Storage.contradiction.message)

  func sqlError<R>(_ body: () throws(SQLiteError) -> R) throws(SQLError) -> R {
    do throws(SQLiteError) { return try body() } catch { throw connection.sqlError(error) }
  }

  // MARK: Streams

  private func plan(_ stream: Stream, events: String) throws(DatabaseError) -> PurgePlan {
    var places: [EventPlace] = []
    do throws(SQLiteError) {
      let find = try connection.prepare(
        """
        WITH e (n) AS (\(events)) SELECT r._from, r._place + e.n - r.first FROM e
        JOIN \(Storage.streamTable(stream.id)) AS r ON r.first = (
          SELECT max(first) FROM \(Storage.streamTable(stream.id)) WHERE first <= e.n)
        """)
      while try find.step() {
        places.append(EventPlace(offset: UInt64(find.integer(0)), place: Int(find.integer(1))))
      }
    } catch { throw DatabaseError(connection.sqlError(error)) }
    let erasures = Erasures(of: places)
    return try plan(
      .events, stream.id, stream.name, erasures, rowCount: places.count, subjectKeys: [], keys: [],
      versions: [],
      traces: [], indexes: [])
  }

  // MARK: Places

  private func plan(
    _ scope: PurgeScope, _ object: ObjectID, _ name: String, _ erasures: Erasures, rowCount: Int,
    subjectKeys: [SubjectKeyID], keys: [[UInt8]],
    versions: [(table: Table, versions: [RowVersion])], traces: [RowTrace],
    indexes: [String]
  ) throws(DatabaseError) -> PurgePlan {
    let (segments, bytes) = try DatabaseError.wrap { () throws(LogError) in
      try log.segments(holding: erasures)
    }
    return PurgePlan(
      logID: log.logID, scope: scope, object: object, name: name, erasures: erasures,
      rowCount: rowCount,
      versionCount: versions.reduce(0) { $0 + $1.versions.count }, segments: segments,
      segmentBytes: bytes, indexes: indexes, subjectKeys: subjectKeys,
      keys: keys, versions: versions, traces: traces)
  }
}

extension LogReader {
  /// The segment files that hold any of some events, and their bytes.
  func segments(holding erasures: Erasures) throws(LogError) -> (names: [String], bytes: UInt64) {
    let firsts = try directory.segments()
    var names: [String] = []
    var bytes: UInt64 = 0
    for (index, first) in firsts.enumerated() {
      let next = index + 1 < firsts.count ? firsts[index + 1] : UInt64.max
      guard erasures.touches(first..<next) else { continue }
      names.append(LogDirectory.segmentName(first))
      bytes += try directory.disk.open(directory.segmentPath(first), .read).byteCount()
    }
    return (names, bytes)
  }
}
