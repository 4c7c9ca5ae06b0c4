// SPDX-License-Identifier: Apache-2.0
// Erasure in the view: what a fold of the log without the erased events would not have made goes,
// so that the view stays the fold of the log (V1) without being made anew.

internal import KimberliteCore

/// A version of a row.
struct RowVersion: Equatable, Sendable {
  /// The values of the primary key, in its order.
  var key: [Value]
  /// The offset of the record that made it.
  var from: UInt64
}

/// A record in which versions of a row began and ended, so that no version in the view tells of
/// all its events there.
struct RowTrace: Equatable, Sendable {
  /// The primary key, encoded.
  var key: [UInt8]
  var offset: UInt64
}

/// Where an event is in the log.
struct EventPlace: Comparable, Hashable {
  /// The offset of its record.
  var offset: UInt64
  /// Its number in the record.
  var place: Int

  static func < (a: EventPlace, b: EventPlace) -> Bool {
    (a.offset, a.place) < (b.offset, b.place)
  }
}

/// Takes erased events out of a view.
///
/// All of it happens inside an open write transaction. What was deleted is overwritten by SQLite
/// (`secure_delete`); its write-ahead log is the caller's to empty.
struct ViewEraser {
  let view: View

  /// Deletes versions whose events were erased; answers how many there were.
  ///
  /// A fold that misses a version makes the next update of its row an insert, but it cannot end
  /// the version before: so a version goes together with all that came before it since its row
  /// was inserted, and the event that deletes a row goes only with the version that it ends.
  ///
  /// - Parameter table: as it was when the events were made; it may have been dropped since.
  func erase(_ versions: [RowVersion], of table: Table) throws(SQLiteError) -> Int {
    try change(
      versions, of: table, "DELETE FROM \(Storage.quote(table.storageName))", words: \.deletion)
  }

  /// Makes the personal values of versions NULL whose personal events were erased; answers how
  /// many versions there were.
  ///
  /// - Parameter table: as it was when the events were made, which says what was personal then.
  func erasePersonal(_ versions: [RowVersion], of table: Table) throws(SQLiteError) -> Int {
    let personal = table.columns.filter(\.personal).map { Storage.quote($0.storageName) }
    if personal.isEmpty { return 0 }
    let nulls = personal.map { "\($0) = NULL" }.joined(separator: ", ")
    return try change(
      versions, of: table, "UPDATE \(Storage.quote(table.storageName)) SET \(nulls)"
    ) { $0.blanking(personal) }
  }

  /// Forgets records of whose events of a row all were erased that are of no version.
  func erase(_ traces: [RowTrace], of table: ObjectID) throws(SQLiteError) {
    let delete = try view.connection.prepare(
      "DELETE FROM kb_traces WHERE object = ?1 AND key = ?2 AND offset = ?3")
    for trace in traces {
      try delete.bind(1, Int64(table))
      try delete.bind(2, blob: trace.key)
      try delete.bind(3, Int64(trace.offset))
      try delete.run()
    }
  }

  private func change(
    _ versions: [RowVersion], of table: Table, _ what: String, words: (WordTable) -> String?
  ) throws(SQLiteError) -> Int {
    view.noteHoles()
    let key = table.keyColumns.enumerated().map {
      "\(Storage.quote(table.columns[$1].storageName)) = ?\($0 + 2)"
    }.joined(separator: " AND ")
    let statement = try view.connection.prepare(
      "\(what) WHERE _live IN (0, 1) AND \(key) AND _from = ?1")
    var count = 0
    for version in versions {
      try statement.bind(1, Int64(version.from))
      try statement.bind(from: 2, version.key)
      try statement.run()
      count += view.connection.changes
    }
    for index in view.wordTables(of: table.id) {
      guard
        let statement = try words(index).map({ (sql) throws(SQLiteError) in
          try view.connection.prepare(sql)
        })
      else { continue }
      for version in versions {
        try statement.bind(1, Int64(version.from))
        try statement.bind(from: 2, version.key)
        try statement.run()
      }
      try view.connection.execute(index.renewal)
    }
    return count
  }

  /// Forgets where erased events of a stream are, and breaks the runs that they stood in.
  ///
  /// The stream may have been dropped since.
  func erase(_ places: [EventPlace], of stream: ObjectID) throws(SQLiteError) {
    view.noteHoles()
    let places = Set(places).sorted()
    guard let first = places.first, let last = places.last else { return }
    let table = Storage.streamTable(stream)
    // Runs are in the order of the log by their numbers as well.
    let find = try view.connection.prepare(
      """
      SELECT first, count, _from, _place FROM \(table) WHERE _from BETWEEN ?1 AND ?2
      ORDER BY first
      """)
    try find.bind(1, Int64(first.offset))
    try find.bind(2, Int64(last.offset))
    var broken: [(run: StreamRun, rest: [StreamRun])] = []
    var next = places[...]
    while let wanted = next.first, try find.step() {
      let run = StreamRun(
        first: find.integer(0), count: find.integer(1), record: find.integer(2),
        place: find.integer(3))
      let begin = EventPlace(offset: UInt64(run.record), place: Int(run.place))
      let end = EventPlace(offset: begin.offset, place: Int(run.place + run.count))
      if end <= wanted { continue }
      // What is before this run is in none.
      next = next.drop { $0 < begin }
      let erased = next.prefix { $0 < end }
      next = next.dropFirst(erased.count)
      if !erased.isEmpty { broken.append((run, run.broken(at: erased.map(\.place)))) }
    }
    find.reset()
    let delete = try view.connection.prepare("DELETE FROM \(table) WHERE first = ?1")
    let insert = try view.connection.prepare("INSERT INTO \(table) VALUES (?1, ?2, ?3, ?4)")
    for (run, rest) in broken {
      try delete.bind(1, run.first)
      try delete.run()
      for part in rest {
        for (index, value) in [part.first, part.count, part.record, part.place].enumerated() {
          try insert.bind(index + 1, value)
        }
        try insert.run()
      }
    }
  }
}

/// Events that follow one another in a stream and in a record, as the view notes them.
private struct StreamRun {
  var first: Int64
  var count: Int64
  var record: Int64
  var place: Int64

  /// What is left of it without the events at some places, which are in order.
  func broken(at places: [Int]) -> [StreamRun] {
    var rest: [StreamRun] = []
    var begin = place
    for hole in places.map(Int64.init) + [place + count] {
      if hole > begin {
        rest.append(
          StreamRun(
            first: first + begin - place, count: hole - begin, record: record, place: begin))
      }
      begin = hole + 1
    }
    return rest
  }
}

extension View {
  /// The number that the next event of a stream gets.
  func nextSequence(of stream: ObjectID) throws(SQLiteError) -> UInt64 {
    let find = try connection.prepare(
      """
      SELECT coalesce((SELECT first + count FROM \(Storage.streamTable(stream))
        ORDER BY first DESC LIMIT 1), 0),
      coalesce((SELECT next FROM kb_streams WHERE id = ?1), 0)
      """)
    try find.bind(1, Int64(stream))
    guard try find.step() else { throw Storage.contradiction }
    let range = 0..<Int64(1) << 62
    guard range.contains(find.integer(0)), range.contains(find.integer(1)) else {
      throw Storage.contradiction
    }
    return UInt64(max(find.integer(0), find.integer(1)))
  }

  /// Sees to it that the numbers of a stream's events below `next` are not given again, though the
  /// events were erased.
  ///
  /// A fold cannot know them: the record that orders an erasure says them, and has this called.
  func reserveSequences(of stream: ObjectID, below next: UInt64) throws(SQLiteError) {
    let reserve = try connection.prepare(
      """
      INSERT INTO kb_streams VALUES (?1, ?2)
      ON CONFLICT (id) DO UPDATE SET next = max(next, excluded.next)
      """)
    try reserve.bind(1, Int64(stream))
    try reserve.bind(2, Int64(next))
    try reserve.run()
  }
}
