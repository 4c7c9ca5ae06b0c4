// SPDX-License-Identifier: Apache-2.0
// What the front end costs, and queries of many rows against raw SQLite on a plain table of the
// same rows.

internal import Glibc
internal import Kimberlite
internal import KimberliteCore

extension Bench {
  /// Ten lines with a bit of everything.
  private static let longQuery = """
    WITH recent AS (SELECT city, gender, visits, birth_date FROM patients WHERE visits > 3)
    SELECT r.city, count(*) AS number, sum(r.visits) AS total,
      avg(r.visits) FILTER (WHERE r.gender = 'female') AS women,
      max(CASE WHEN r.birth_date < DATE '1970-01-01' THEN r.visits ELSE 0 END) AS older
    FROM recent r JOIN patients p ON p.id = r.visits AND p.city IS NOT NULL
    WHERE r.city LIKE 'B%' AND r.visits BETWEEN 1 AND 50
      AND EXISTS (SELECT 1 FROM patients q WHERE q.id = r.visits AND q.gender <> r.gender)
    GROUP BY r.city
    HAVING count(*) > 10 ORDER BY total DESC, r.city LIMIT 20
    """

  /// In the dialect of both.
  private static let queries = [
    (
      "join",
      "SELECT count(*), max(b.family) FROM patients a JOIN patients b ON b.id = a.visits + a.id / 2"
    ),
    (
      "aggregates",
      """
      SELECT city, gender, count(*), min(birth_date), max(visits), count(DISTINCT family)
      FROM patients GROUP BY city, gender ORDER BY city, gender
      """
    ),
    (
      "window",
      """
      SELECT max(place), max(before) FROM (SELECT
        row_number() OVER (PARTITION BY city ORDER BY visits, id) AS place,
        lag(visits) OVER (PARTITION BY city ORDER BY visits, id) AS before FROM patients) w
      """
    ),
  ]

  func measureQueries() throws {
    let reader = try Reader(opening: log)
    try measureBinding(reader)
    let database = try SQLitePeer(database)
    for (name, sql) in Self.queries {
      var (ours, theirs) = (Samples(), Samples())
      for _ in 0..<min(3, repeats) {
        ours.add(try run(sql, reader).cpu)
        theirs.add(
          try Timing.measure {
            let statement = try database.prepare(sql)
            while try statement.step() {}
          }.cpu)
      }
      var line = Line(work: "query of all rows: \(name)")
      line.note =
        "\(sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")), in process, "
        + "binding included; least CPU time of \(min(3, repeats))"
      line.ours = Show.milliseconds(ours.least)
      line.sqlite = Show.milliseconds(theirs.least)
      if let postgres = try loadedPostgres() {
        let times = try postgres.run([sql, sql])
        line.postgres = Show.milliseconds(times.min() ?? .nan)
      }
      line.atMost(1.15, ours.least / theirs.least, Show.ratio)
      report.add(line)
    }
  }

  /// Parse, bind and emit; what SQLite makes of the text is its own time.
  private func measureBinding(_ reader: Reader) throws {
    let count = options.quick ? 200 : 1000
    let binder = Binder(catalog: reader.catalog, timeline: .empty)
    var times = Samples()
    for _ in 0..<repeats {
      let cost = try Timing.measure {
        for _ in 0..<count {
          var parser = Parser(Self.longQuery)
          guard let statement = try parser.next() else { throw BenchmarkError("no statement") }
          _ = try binder.bind(statement.statement)
        }
      }
      times.add(cost.cpu / Double(count))
    }
    var line = Line(work: "parse, bind and emit ten lines")
    line.note = "a WITH, a join, EXISTS, five aggregates; least CPU time of \(repeats) × \(count)"
    line.ours = Show.microseconds(times.least)
    line.atMost(100e-6, times.least, Show.microseconds)
    report.add(line)
  }

  /// Every row was updated once; the past is as many rows as the present.
  func measurePastQueries() throws {
    guard let before = momentBeforeUpdate else { throw BenchmarkError("nothing was updated") }
    let reader = try Reader(opening: log)
    for (name, sql) in Self.queries {
      var (now, then) = (Samples(), Samples())
      for _ in 0..<min(3, repeats) {
        now.add(try run(sql, reader).cpu)
        then.add(try run(sql, reader, moment: before).cpu)
      }
      var line = Line(work: "the same as of the past: \(name)")
      line.note = "as of the offset before every row was updated, against the present"
      line.ours = "\(Show.milliseconds(then.least)), now \(Show.milliseconds(now.least))"
      line.atMost(3, then.least / now.least, Show.ratio)
      report.add(line)
    }
  }

  private func run(_ sql: String, _ reader: Reader, moment: UInt64? = nil) throws -> Cost {
    try Timing.measure {
      var parser = Parser(sql)
      guard let statement = try parser.next() else { throw BenchmarkError("no statement") }
      let rows = try reader.prepare(statement, moment: moment)
      var count = 0
      while try rows.next() { count += 1 }
      if count == 0 { throw BenchmarkError("the query finds nothing") }
    }
  }
}
