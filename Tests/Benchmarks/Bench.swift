// SPDX-License-Identifier: Apache-2.0
// What all measurements share: the input, the peers, the tools, the report.

internal import Glibc

/// A run of the benchmark.
final class Bench {
  let options: Options
  let folder: String
  let tools: String
  let patients = Patients(seed: 2026)
  let postgres: PostgresPeer?
  var report = Report()
  /// The newest offset before every row was updated.
  var momentBeforeUpdate: UInt64?
  /// The most memory that each tool took in any run.
  private(set) var peaks: [(tool: String, bytes: Int)] = []

  var rows: Int { options.rows }
  var repeats: Int { options.quick ? 3 : 5 }
  var input: String { folder + "/patients.ndjson" }
  var tabbed: String { folder + "/patients.tsv" }
  /// The log that most measurements read.
  var log: String { folder + "/patients.kb" }
  var database: String { folder + "/patients.sqlite" }

  static let table = """
    CREATE TABLE patients (id BIGINT PRIMARY KEY, mrn TEXT NOT NULL, given TEXT, family TEXT,
      birth_date DATE, gender TEXT, address TEXT, city TEXT, phone TEXT, email TEXT,
      visits INTEGER)
    """

  /// Whether PostgreSQL holds the patients.
  private var postgresIsLoaded = false

  init(_ options: Options, folder: String, tools: String) throws {
    self.options = options
    self.folder = folder
    self.tools = tools
    Report.say("writing \(options.rows) rows to \(folder)")
    try patients.write(1...options.rows, version: 1, to: folder + "/patients.ndjson")
    if options.peers {
      postgres = try PostgresPeer(in: folder + "/postgres")
      if postgres == nil { Report.say("PostgreSQL is not installed: its column stays empty") }
    } else {
      postgres = nil
      Report.say("PostgreSQL is left out, as asked")
    }
    try patients.write(1...options.rows, version: 1, to: folder + "/patients.tsv", tabbed: true)
  }

  /// Runs a kb-* tool.
  @discardableResult
  func tool(
    _ arguments: [String], input: Int32 = -1, output: Int32 = -1
  ) throws -> ChildProcess.Outcome {
    let child = try start(arguments, input: input, output: output)
    return try finish(child, arguments[0])
  }

  func start(_ arguments: [String], input: Int32, output: Int32) throws -> LaunchedProcess {
    try LaunchedProcess(
      ["\(tools)/\(arguments[0])"] + arguments.dropFirst(), input: input, output: output)
  }

  func finish(_ child: LaunchedProcess, _ tool: String) throws -> ChildProcess.Outcome {
    let outcome = try child.finish()
    if let index = peaks.firstIndex(where: { $0.tool == tool }) {
      peaks[index].bytes = max(peaks[index].bytes, outcome.peakBytes)
    } else {
      peaks.append((tool, outcome.peakBytes))
    }
    return outcome
  }

  /// Runs a kb-* tool and answers what it printed.
  func answer(_ arguments: [String]) throws -> (text: String, cost: Cost) {
    let path = folder + "/answer"
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    if file < 0 { throw BenchmarkError("cannot create \(path)") }
    defer { close(file) }
    let cost = try tool(arguments, output: file).cost
    return (try Files.text(path), cost)
  }

  /// A new log with the table of patients, without rows.
  func makeLog(_ path: String, options: [String] = []) throws {
    try tool(["kb-append", "--create", "--sql", "-c", Self.table] + options + [path])
  }

  /// Bytes of the segments of a log.
  func logBytes(_ path: String) -> Int {
    Files.matching(path + "/segments/*").reduce(0) { $0 + Files.size($1) }
  }

  func remove(_ path: String) { _ = try? ChildProcess.run(["rm", "-rf", path]) }

  func wants(_ name: String) -> Bool { options.only.isEmpty || options.only.contains(name) }

  /// The peer with the patients in it.
  func loadedPostgres() throws -> PostgresPeer? {
    if let postgres, !postgresIsLoaded { _ = try loadPostgres(postgres) }
    return postgres
  }

  /// Loads the patients by one COPY, with a trigger that keeps what is replaced; its seconds.
  func loadPostgres(_ postgres: PostgresPeer) throws -> Double {
    postgresIsLoaded = true
    try postgres.createWithHistory("patients")
    return try postgres.run(["COPY patients FROM '\(tabbed)'"]).last ?? .nan
  }

  func measureMemory() {
    var line = Line(work: "memory, peak of each process")
    line.note = "the largest resident set of any kb-* process of this run, \(rows) rows of input"
    line.ours = peaks.map { "\($0.tool) \(Show.megabytes(Double($0.bytes)))" }
      .joined(separator: ", ")
    line.atMost(100e6, Double(peaks.map(\.bytes).max() ?? 0), Show.megabytes)
    report.add(line)
  }
}
