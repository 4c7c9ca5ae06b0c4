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

  /// The plan of a request.
  func plan(_ request: PurgeRequest) throws(DatabaseError) -> PurgePlan {
    let filter = try DatabaseError.wrap { () throws(SQLError) in
      try Parser.parseExpression(request.condition)
    }
    switch request.target {
    case .table(let name):
      guard let table = catalog.table(named: name) else {
        throw DatabaseError(
          SQLError(
            .undefinedTable, "table \"\(name)\" does not exist",
            hint: nearestHint(to: name, among: catalog.tables.map(\.name))))
      }
      let keys = try DatabaseError.wrap { () throws(SQLError) in
        try binder.purgeKeys(of: table, where: filter)
      }
      return try plan(table, request.scope, keys: keys.sql)
    case .stream(let name):
      guard let stream = catalog.stream(named: name) else {
        throw DatabaseError(
          SQLError(
            .undefinedTable, "stream \"\(name)\" does not exist",
            hint: nearestHint(to: name, among: catalog.streams.map(\.name))))
      }
      let events = try DatabaseError.wrap { () throws(SQLError) in
        try binder.purgeEvents(of: stream, where: filter)
      }
      return try plan(stream, events: events.sql)
    }
  }

  // MARK: Tables

  /// What the view knows of the rows that are meant.
  private struct Rows {
    /// Where each row's live version began; `nil` where none is live.
    var live: [[UInt8]: UInt64?] = [:]
    var versions: [PurgePlan.RowVersion] = []
    /// Records that began or ended a version.
    var offsets: Set<UInt64> = []
  }

  /// The plan for the rows whose keys a query yields.
  func plan(_ table: Table, _ scope: PurgeScope, keys: String) throws(DatabaseError) -> PurgePlan {
    let rows = try self.rows(of: table, scope, keys: keys)
    var finder = try EventFinder(of: table.id, log, connection)
    var erasures = Erasures()
    for offset in rows.offsets.sorted() {
      let events = try finder.events(of: offset).filter { rows.live[$0.key] != nil }
      var last: [[UInt8]: Int] = [:]
      for event in events where event.kind != .delete { last[event.key] = event.place }
      for event in events {
        let isLive = rows.live[event.key] == .some(offset) && last[event.key] == event.place
        if scope == .superseded, isLive { continue }
        erasures.append(event.place, of: offset)
      }
    }
    return try plan(
      scope, table.id, table.name, erasures, rowCount: rows.live.count,
      keys: scope == .all ? Array(rows.live.keys) : [], versions: rows.versions,
      indexes: catalog.indexes.filter { $0.table == table.id }.map(\.name))
  }

  private func rows(of table: Table, _ scope: PurgeScope, keys: String) throws(DatabaseError)
    -> Rows
  {
    let names = table.keyColumns.map { Storage.quote(table.columns[$0].storageName) }
    let list = names.joined(separator: ", ")
    var rows = Rows()
    do throws(SQLiteError) {
      let find = try connection.prepare(
        """
        SELECT \(list), _live, _from, _to + \(Int64(1) << 62)
        FROM \(Storage.quote(table.storageName))
        WHERE _live IN (0, 1) AND (\(list)) IN (\(keys))
        """)
      while try find.step() {
        let key = names.indices.map { find.value($0) }
        let encoded = table.encodedKey(key)
        let isLive = find.integer(names.count) == 1
        let from = UInt64(find.integer(names.count + 1))
        if rows.live[encoded] == nil { rows.live[encoded] = .some(nil) }
        if isLive { rows.live[encoded] = .some(from) }
        if !(isLive && scope == .superseded) {
          rows.versions.append(PurgePlan.RowVersion(key: key, from: from))
        }
        rows.offsets.insert(from)
        if !isLive { rows.offsets.insert(UInt64(find.integer(names.count + 2))) }
      }
    } catch { throw DatabaseError(connection.sqlError(error)) }
    return rows
  }

  // MARK: Streams

  private func plan(_ stream: Stream, events: String) throws(DatabaseError) -> PurgePlan {
    var places: [(offset: UInt64, place: Int)] = []
    do throws(SQLiteError) {
      let find = try connection.prepare(
        """
        WITH e (n) AS (\(events)) SELECT r._from, r._place + e.n - r.first FROM e
        JOIN \(Storage.streamTable(stream.id)) AS r ON r.first = (
          SELECT max(first) FROM \(Storage.streamTable(stream.id)) WHERE first <= e.n)
        """)
      while try find.step() { places.append((UInt64(find.integer(0)), Int(find.integer(1)))) }
    } catch { throw DatabaseError(connection.sqlError(error)) }
    var erasures = Erasures()
    for event in places.sorted(by: { ($0.offset, $0.place) < ($1.offset, $1.place) }) {
      erasures.append(event.place, of: event.offset)
    }
    return try plan(
      .events, stream.id, stream.name, erasures, rowCount: places.count, keys: [], versions: [],
      indexes: [])
  }

  // MARK: Places

  private func plan(
    _ scope: PurgeScope, _ object: ObjectID, _ name: String, _ erasures: Erasures, rowCount: Int,
    keys: [[UInt8]], versions: [PurgePlan.RowVersion], indexes: [String]
  ) throws(DatabaseError) -> PurgePlan {
    let (segments, bytes) = try DatabaseError.wrap { () throws(LogError) in
      try log.segments(holding: erasures)
    }
    return PurgePlan(
      logID: log.logID, scope: scope, object: object, name: name, erasures: erasures,
      rowCount: rowCount,
      versionCount: versions.count, segments: segments, segmentBytes: bytes, indexes: indexes,
      keys: keys, versions: versions)
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
