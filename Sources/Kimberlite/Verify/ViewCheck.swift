// SPDX-License-Identifier: Apache-2.0
// The view held against a fresh fold of the log. Nothing of the existing view is trusted but how
// far it says it is.

internal import Glibc
internal import KimberliteCore

/// What folding the log anew found.
public struct ViewReport: Sendable {
  /// Records folded.
  public var records: UInt64 = 0
  /// Rows compared; 0 where only the fold was wanted.
  public var rows: UInt64 = 0
  /// What differs; empty when all is well.
  public var differences: [String] = []
  /// Whether there is no view yet to compare, or one from before a subject's key was destroyed,
  /// which nobody is shown: nothing is lost with it.
  public var isMissing = false
  /// The order of a purge that began and is not finished, which what differs is put down to: the
  /// view lets go of what is erased before the log does.
  public private(set) var unfinishedPurge: UInt64?

  /// Whether something differs that no purge explains.
  public var isBad: Bool { !differences.isEmpty && unfinishedPurge == nil }

  /// Puts what differs down to purges that are not finished, where there are any.
  public mutating func excuse(by purges: [PendingPurge]) {
    guard !differences.isEmpty, let purge = purges.first(where: \.isDue) else { return }
    unfinishedPurge = purge.offset
  }
}

/// Rebuilds a log's view beside the one it has.
public struct ViewCheck {
  private let directory: String
  private let log: LogReader
  private let pageKey: PageKey?

  /// A check of the log in a directory; of an encrypted one with its key.
  public init(directory: String, key: MasterKey? = nil) throws(DatabaseError) {
    self.directory = directory
    let log = try DatabaseError.wrap { () throws(LogError) in
      try LogReader(directory: directory, disk: PosixDisk(), key: key)
    }
    self.log = log
    pageKey = try DatabaseError.wrap { () throws(LogError) in try log.directory.keys.pageKey() }
  }

  /// Folds the whole log, which proves that every event is well-formed and fits; with `compares`
  /// holds the view against the result.
  public func run(compares: Bool) throws(DatabaseError) -> ViewReport {
    var report = ViewReport()
    let existing = compares ? try snapshot(&report) : nil
    if !report.differences.isEmpty { return report }
    let fresh = try View.scratch(in: directory, logID: log.logID, pageKey: pageKey)
    do throws(DatabaseError) {
      try fresh.catchUp(log, upTo: existing?.position.head.count)
    } catch {
      guard error.kind == .damaged else { throw error }
      report.differences.append(error.message)
      return report
    }
    report.records = fresh.position.head.count
    guard let existing else { return report }
    defer { report.records = fresh.position.head.count }
    if fresh.position.head != existing.position.head {
      report.differences.append(
        existing.position.head.count > fresh.position.head.count
          ? "the view holds \(existing.position.head.count.counted("record")), the log \(fresh.position.head.count)"
          : "the view's record hash at \(existing.position.head.count) is not the log's")
    } else if try DatabaseError.wrap({ () throws(LogError) in
      try log.confirms(existing.position) == false
    }) {
      report.differences.append(LogPosition.viewIsWrong)
    }
    do throws(SQLiteError) {
      try compare(fresh.connection, existing.connection, &report)
    } catch {
      report.differences.append("the view cannot be read: \(error.message)")
    }
    // What the view does not hold yet must fold as well.
    do throws(DatabaseError) { try fresh.catchUp(log) } catch {
      guard error.kind == .damaged else { throw error }
      report.differences.append(error.message)
    }
    return report
  }

  /// The existing view, in a read transaction.
  private func snapshot(_ report: inout ViewReport) throws(DatabaseError)
    -> (connection: Connection, position: LogPosition)?
  {
    if access(View.path(in: directory), F_OK) != 0 {
      report.isMissing = true
      return nil
    }
    guard let connection = try View.openForReading(directory, pageKey: pageKey) else {
      report.differences.append("the view is no database; kb-query rebuilds it")
      return nil
    }
    let position: LogPosition?
    do throws(SQLiteError) {
      try connection.execute("BEGIN")
      position = try View.storedPosition(connection, log.logID)
    } catch {
      report.differences.append("the view cannot be read: \(error.message)")
      return nil
    }
    guard let position else {
      report.differences.append(
        "the view is of another log or layout, or contradicts itself; kb-query rebuilds it")
      return nil
    }
    if try View.isSwept(connection, log.logID) { return (connection, position) }
    report.isMissing = true
    return nil
  }

  private func compare(
    _ fresh: Connection, _ existing: Connection, _ report: inout ViewReport
  ) throws(SQLiteError) {
    let schema =
      "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name"
    try compare("the structure", schema, fresh, existing, &report)
    let tables = try fresh.prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'kb_state' AND name NOT LIKE 'sqlite%' ORDER BY name"
    )
    while try tables.step() {
      let name = tables.text(0)
      // How FTS5 keeps the words depends on when they came: what it finds does not.
      if WordTable.isBehind(name) { continue }
      if name.hasPrefix("kb_fts_") {
        try compareWords(of: name, fresh, existing, &report)
        continue
      }
      try compare(
        "table \(Storage.quote(name))", "SELECT * FROM \(Storage.quote(name))", fresh, existing,
        &report)
    }
    let check = try existing.prepare("PRAGMA integrity_check(1)")
    if try check.step(), check.text(0) != "ok" {
      report.differences.append("the view's database is damaged: \(check.text(0))")
    }
  }

  /// Holds an index of words against the one of a fresh fold: its texts, and each word where it is.
  private func compareWords(
    of name: String, _ fresh: Connection, _ existing: Connection, _ report: inout ViewReport
  ) throws(SQLiteError) {
    let columns = try fresh.prepare("SELECT name FROM pragma_table_info('\(name)')")
    var names: [String] = []
    while try columns.step() { names.append(Storage.quote(columns.text(0))) }
    let keys = names.filter { $0.hasPrefix("\"kb_") }.joined(separator: ", ")
    let list = names.joined(separator: ", ")
    try compare(
      "index \(name)", "SELECT \(list) FROM \(name) ORDER BY \(keys)", fresh, existing, &report)
    try compare(
      "the lengths of index \(name)",
      "SELECT \(keys), sz FROM \(name) LEFT JOIN \(name)_docsize ON id = \(name).rowid ORDER BY \(keys)",
      fresh, existing, &report)
    // The table of the words is one of this connection alone.
    try existing.execute("PRAGMA query_only = OFF")
    for side in [fresh, existing] {
      try side.execute(
        "CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, \(name), instance)")
    }
    try compare(
      "the words of index \(name)",
      """
      SELECT \(keys), term, col, "offset" FROM temp.words JOIN \(name) ON \(name).rowid = doc
      ORDER BY \(keys), term, col, "offset"
      """, fresh, existing, &report)
    for side in [fresh, existing] { try side.execute("DROP TABLE temp.words") }
    // Where words are is not how they are found: each is searched for on both sides.
    try fresh.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, \(name), row)")
    let words = try fresh.prepare("SELECT term FROM temp.words")
    let search = "SELECT count(*) FROM \(name) WHERE \(name) MATCH ?1"
    let sides = (try fresh.prepare(search), try existing.prepare(search))
    while try words.step() {
      let word = Storage.quote(words.text(0))
      if try Self.count(word, sides.0) == Self.count(word, sides.1) { continue }
      report.differences.append("index \(name) does not find every word that it holds")
      break
    }
    words.reset()
    try fresh.execute("DROP TABLE temp.words")
    try existing.execute("PRAGMA query_only = ON")
  }

  /// How many texts a search finds.
  private static func count(_ word: String, _ search: Prepared) throws(SQLiteError) -> Int64 {
    defer { search.reset() }
    try search.bind(1, word)
    _ = try search.step()
    return search.integer(0)
  }

  /// Both sides answer in the order of the same primary key.
  private func compare(
    _ what: String, _ sql: String, _ fresh: Connection, _ existing: Connection,
    _ report: inout ViewReport
  ) throws(SQLiteError) {
    let left = try fresh.prepare(sql)
    let right: Prepared
    do throws(SQLiteError) { right = try existing.prepare(sql) } catch {
      report.differences.append("\(what) is not in the view")
      return
    }
    var row = 0
    while true {
      let (more, other) = (try left.step(), try right.step())
      if !more && !other { return }
      row += 1
      report.rows += 1
      guard more == other, left.columnCount == right.columnCount,
        (0..<left.columnCount).allSatisfy({ left.value($0) == right.value($0) })
      else {
        report.differences.append("\(what) differs at its row \(row)")
        return
      }
    }
  }
}
