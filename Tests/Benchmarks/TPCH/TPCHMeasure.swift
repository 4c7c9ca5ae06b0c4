// SPDX-License-Identifier: Apache-2.0
// The 22 queries of TPC-H on ours, on plain SQLite and on PostgreSQL, and whether all say the
// same. Not a TPC result: no refresh functions, no streams, data of our own making.

internal import Glibc
internal import Kimberlite
internal import KimberliteCore

extension Bench {
  func measureTPCH() throws {
    let place = folder + "/tpch"
    mkdir(place, 0o755)
    defer { if !options.keeps { remove(place) } }
    let data = TPCHData(scale: options.scale)
    try data.write(to: place)
    let log = place + "/tpch.kb"
    let database = try SQLitePeer(place + "/tpch.sqlite")
    let loads = (
      ours: try loadTPCH(log, from: place), sqlite: try loadTPCH(database, from: place),
      postgres: try postgres.map { try loadTPCH($0, from: place) }
    )
    var line = Line(work: "TPC-H, scale \(Show.digits(options.scale)): load")
    line.note =
      "\(data.orders) orders and their lines; primary keys, and indexes made after the load; "
      + "SQLite has REAL where ours and PostgreSQL have NUMERIC(15,2), and texts for dates; "
      + "ANALYZE on SQLite and PostgreSQL; wall time"
    line.ours = Show.seconds(loads.ours)
    line.sqlite = Show.seconds(loads.sqlite)
    line.postgres = loads.postgres.map(Show.seconds) ?? ""
    line.measured = Show.ratio(loads.ours / loads.sqlite)
    report.add(line)
    try runTPCH(try Reader(opening: log), database)
  }

  private func loadTPCH(_ log: String, from place: String) throws -> Double {
    let began = Timing.now
    let tables = TPCHSchema.tables.flatMap { $0.create(isPlain: false) }
    try tool(["kb-append", "--create", "--sql", "-c", tables.joined(separator: ";"), log])
    for table in TPCHSchema.tables {
      try tool([
        "kb-append", "--table", table.name, "--format", "tsv", log, "\(place)/\(table.name).tsv",
      ])
    }
    let indexes = TPCHSchema.tables.flatMap { $0.createIndexes() }
    try tool(["kb-append", "--sql", "-c", indexes.joined(separator: ";"), log])
    return Timing.now - began
  }

  private func loadTPCH(_ database: SQLitePeer, from place: String) throws -> Double {
    let began = Timing.now
    for table in TPCHSchema.tables {
      for sql in table.create(isPlain: true) { try database.execute(sql) }
      try database.load(table, "\(place)/\(table.name).tsv")
      for sql in table.createIndexes() { try database.execute(sql) }
    }
    try database.execute("ANALYZE")
    return Timing.now - began
  }

  private func loadTPCH(_ postgres: PostgresPeer, from place: String) throws -> Double {
    let tables = TPCHSchema.tables.flatMap { table in
      table.create(isPlain: false) + [
        "COPY \(table.name) FROM '\(place)/\(table.name).tsv' (HEADER)"
      ] + table.createIndexes()
    }
    return try postgres.run(tables + ["VACUUM ANALYZE"]).reduce(0, +)
  }

  private func runTPCH(_ reader: Reader, _ database: SQLitePeer) throws {
    var ratios: [Double] = []
    var sums = (ours: 0.0, sqlite: 0.0, postgres: 0.0)
    let texts = zip(TPCHQueries.all(.standard), TPCHQueries.all(.sqlite))
    for (number, (standard, plain)) in zip(1..., texts) {
      var line = Line(work: "TPC-H Q\(number)")
      let theirs = try database.answer(plain)
      var ours: (rows: [[String]], cost: Cost)?
      do { ours = try reader.answer(standard) } catch let error as DatabaseError {
        line.ours = "fails"
        line.note = "\(error)"
      }
      line.sqlite = Show.milliseconds(theirs.cost.wall)
      sums.sqlite += theirs.cost.wall
      if let ours {
        let ratio = ours.cost.cpu / theirs.cost.cpu
        ratios.append(ratio)
        sums.ours += ours.cost.wall
        line.ours = Show.milliseconds(ours.cost.wall)
        line.measured = Show.ratio(ratio)
        if !Answers.agree(ours.rows, theirs.rows) { line.measured += ", SQLite differs" }
      }
      if let postgres {
        let seconds = try postgres.run([standard, standard]).min() ?? .nan
        sums.postgres += seconds
        line.postgres = Show.milliseconds(seconds)
        if let ours, !Answers.agree(ours.rows, try postgres.answer(standard)) {
          line.measured += ", PostgreSQL differs"
        }
      }
      report.add(line)
    }
    var line = Line(work: "TPC-H, all that ran")
    line.note =
      "sums of wall times, the better of two runs each; ours with binding; measured is the CPU "
      + "time of ours against SQLite's, here the geometric mean; answers are compared, numbers "
      + "to nine digits"
    line.ours = Show.seconds(sums.ours)
    line.sqlite = Show.seconds(sums.sqlite)
    if postgres != nil { line.postgres = Show.seconds(sums.postgres) }
    let logarithms = ratios.map { Glibc.log($0) }.reduce(0, +)
    line.measured = Show.ratio(exp(logarithms / Double(ratios.count)))
    report.add(line)
  }
}

/// Rows as texts.
enum Answers {
  static func agree(_ left: [[String]], _ right: [[String]]) -> Bool {
    guard left.count == right.count else { return false }
    return zip(left, right).allSatisfy { left, right in
      left.count == right.count && zip(left, right).allSatisfy(same)
    }
  }

  /// The same text but for blanks at the end, which CHAR has, or nearly the same number.
  private static func same(_ left: String, _ right: String) -> Bool {
    if let left = Double(left), let right = Double(right) {
      return abs(left - right) <= 1e-9 * max(abs(left), abs(right), 1)
    }
    return trimmed(left) == trimmed(right)
  }

  private static func trimmed(_ text: String) -> Substring {
    var text = text[...]
    while text.last == " " { text.removeLast() }
    return text
  }

  /// Runs something twice; the better cost, and the rows.
  static func twice(_ work: () throws -> [[String]]) throws -> (rows: [[String]], cost: Cost) {
    var rows: [[String]] = []
    let first = try Timing.measure { rows = try work() }
    // What takes long needs no second run to be believed.
    if first.wall > 20 { return (rows, first) }
    let second = try Timing.measure { rows = try work() }
    return (
      rows, Cost(wall: min(first.wall, second.wall), cpu: min(first.cpu, second.cpu))
    )
  }
}

extension Reader {
  /// Binds and runs a query, twice.
  func answer(_ sql: String) throws -> (rows: [[String]], cost: Cost) {
    try Answers.twice {
      var parser = Parser(sql)
      guard let statement = try parser.next() else { throw BenchmarkError("no statement") }
      let rows = try prepare(statement)
      var found: [[String]] = []
      while try rows.next() {
        found.append(
          try rows.columns.indices.map { column in
            let value = try rows.value(column)
            return value == .null ? "" : rows.columns[column].type.format(value)
          })
      }
      return found
    }
  }
}

extension SQLitePeer {
  /// Prepares and runs a query, twice.
  func answer(_ sql: String) throws -> (rows: [[String]], cost: Cost) {
    try Answers.twice {
      let statement = try prepare(sql)
      var found: [[String]] = []
      while try statement.step() { found.append(statement.texts()) }
      return found
    }
  }

  /// Loads rows that `TPCHData` wrote; what a column is makes numbers of texts.
  func load(_ table: TPCHSchema.Table, _ path: String) throws {
    let marks = (1...table.columns.count).map { "?\($0)" }.joined(separator: ", ")
    let insert = try prepare("INSERT INTO \(table.name) VALUES (\(marks))")
    try execute("BEGIN")
    try Files.bytes(path).withUnsafeBufferPointer { bytes in
      var index = (bytes.firstIndex(of: 0x0a) ?? bytes.count) + 1
      var column = 1
      var start = index
      while index < bytes.count {
        if bytes[index] == 0x09 || bytes[index] == 0x0a {
          insert.bind(column, bytes, start..<index)
          column += 1
          start = index + 1
          if bytes[index] == 0x0a {
            _ = try insert.step()
            insert.reset()
            column = 1
          }
        }
        index += 1
      }
    }
    try execute("COMMIT")
  }
}

extension PostgresPeer {
  /// The rows of a query as psql prints them.
  func answer(_ sql: String) throws -> [[String]] {
    try text(["-A", "-t", "-F", "\t", "-c", sql]).split(separator: "\n").map { line in
      line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
  }
}
