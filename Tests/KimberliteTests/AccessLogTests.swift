// SPDX-License-Identifier: Apache-2.0
// The access log over many segments, and under a lock that stays.

import Kimberlite
import KimberliteCore
import Testing

@Suite struct AccessLogTests {
  private let folder = Folder()
  private var random = Random(seed: 7)

  /// A statement of names that do not compress.
  private mutating func entry(bytes: Int, rows: Int) -> AccessEntry {
    let names = (0..<bytes / 18).map { _ in "n" + String(random.next(), radix: 16) }
    return AccessEntry(
      query: QueryFingerprint("SELECT " + names.joined(separator: ", ")), tables: ["t"],
      rows: rows, asOf: nil, newest: nil)
  }

  @Test mutating func `entries fill segments, are sealed, and are all there in order`() throws {
    let path = folder.path + "/log"
    let writer = try Writer(opening: path, create: true) { _ in }
    try writer.close()
    let accesses = AccessLog(of: path, logID: testLogID)
    for number in 0..<30 {
      try accesses.append(
        entry(bytes: 200_000, rows: number), context: Context(actor: "a\(number)"))
    }
    let segments = try PosixDisk().list(accesses.path + "/segments")
    #expect(segments.count >= 4)
    #expect(try AccessLog.exists(in: path))
    var parser = Parser(
      "SELECT actor, rows FROM kb.accesses WHERE \"offset\" > 20 ORDER BY \"offset\"")
    let rows = try Reader(opening: path).prepare(try #require(try parser.next()))
    var seen: [[Value]] = []
    while try rows.next() { seen.append([try rows.value(0), try rows.value(1)]) }
    #expect(seen == (20..<30).map { [.text("a\($0)"), .integer(Int64($0))] })
    let report = try Verifier(directory: accesses.path, disk: PosixDisk()).run()
    #expect(report.isGood && report.records == 31)
  }

  @Test mutating func `a lock that stays is given up after a while, and nothing is noted`() throws {
    let path = folder.path + "/log"
    let writer = try Writer(opening: path, create: true) { _ in }
    try writer.close()
    let accesses = AccessLog(of: path, logID: testLogID, patience: 20_000_000)
    try accesses.append(entry(bytes: 100, rows: 1), context: Context())
    let lock = try PosixDisk().lock(accesses.path + "/lock")
    do throws(DatabaseError) {
      try accesses.append(entry(bytes: 100, rows: 2), context: Context())
      Issue.record("an entry was made under another's lock")
    } catch {
      #expect(error.kind == .tryAgain && error.message.contains("so nothing is shown"))
    }
    withExtendedLifetime(lock) {}
    #expect(try LogReader(directory: accesses.path, disk: PosixDisk()).end().head.count == 2)
  }

  @Test(arguments: [
    ("SELECT 1", "select ?"), ("select\n22 -- x", "select ?"),
    (
      "SELECT a.\"B c\", -1.5e3 FROM t a WHERE b = 'x''y' AND c = $$z$$ AND d = X'00'",
      "select a.\"B c\", - ? from t a where b = ? and c = ? and d = ?"
    ),
    ("SELECT :name, $1, DATE '2026-01-01', count(*)", "select :name, $1, date ?, count (*)"),
  ])
  func `a fingerprint keeps the shape and none of the values`(sql: String, text: String) {
    let print = QueryFingerprint(sql)
    #expect(print.text == text && print.hex.utf8.count == 32)
    #expect(print == QueryFingerprint(sql + " /* again */ ;"))
  }
}
