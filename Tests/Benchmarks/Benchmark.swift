// SPDX-License-Identifier: Apache-2.0
// Ours beside SQLite, PostgreSQL and the bare work, on one machine in one run:
//   swift run -c release kb-benchmark [--rows N] [--only NAME,…] [--scale F] [--quick]
//     [--no-postgres]

internal import Glibc

struct Options {
  static let names = [
    "ingest", "commits", "points", "process", "scan", "output", "verify", "update", "storage",
    "encryption", "receipts", "purge", "snapshot", "tpch", "queries",
  ]
  /// Those that make logs of their own.
  static let alone: Set<String> = ["commits", "encryption", "receipts", "snapshot", "tpch"]
  var rows = 1_000_000
  /// The scale factor of TPC-H.
  var scale = 0.1
  /// The measurements that are wanted; empty is all.
  var only: [String] = []
  /// A tenth of the rows, fewer repeats.
  var quick = false
  var peers = true
  /// Where the files go; they need about 8 GB for a million rows.
  var directory = "/tmp"
  /// Leaves the files where they are.
  var keeps = false

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    var rows: Int?
    var scale: Double?
    func value(_ name: String) throws -> String {
      guard let value = rest.popFirst() else { throw BenchmarkError("\(name) wants a value") }
      return value
    }
    while let argument = rest.popFirst() {
      switch argument {
      case "--rows":
        guard let count = Int(try value(argument)), count >= 10_000 else {
          throw BenchmarkError("--rows wants a number of at least 10000")
        }
        rows = count
      case "--scale":
        guard let factor = Double(try value(argument)), (0.001...10).contains(factor) else {
          throw BenchmarkError("--scale wants a number of 0.001 to 10")
        }
        scale = factor
      case "--only":
        only = try value(argument).split(separator: ",").map(String.init)
        guard only.allSatisfy({ Self.names.contains($0) }) else {
          throw BenchmarkError("--only wants some of: \(Self.names.joined(separator: ","))")
        }
      case "--quick": quick = true
      case "--no-postgres": peers = false
      case "--directory": directory = try value(argument)
      case "--keep": keeps = true
      default:
        throw BenchmarkError(
          "unknown argument \(argument); there are --rows N, --only NAME,…, --scale F, "
            + "--quick, --no-postgres, --directory DIR, --keep")
      }
    }
    self.scale = scale ?? (quick ? 0.01 : 0.1)
    self.rows = rows ?? (quick ? 100_000 : 1_000_000)
  }
}

@main
enum Benchmark {
  static func main() {
    do {
      if CommandLine.arguments.dropFirst().first == Launcher.word {
        return try Launcher.run(Array(CommandLine.arguments.dropFirst(2)))
      }
      let options = try Options(Array(CommandLine.arguments.dropFirst()))
      try run(options)
    } catch let error as BenchmarkError {
      Report.say(error.message)
      exit(1)
    } catch {
      Report.say("\(error)")
      exit(1)
    }
  }

  private static func run(_ options: Options) throws {
    var template = Array("\(options.directory)/kb-benchmark.XXXXXX\0".utf8CString.dropLast())
    guard mkdtemp(&template) != nil else {
      throw BenchmarkError("cannot make a folder in \(options.directory)")
    }
    let folder = template.withUnsafeBufferPointer { text in
      text.baseAddress.map { String(cString: $0) } ?? ""
    }
    // The server of PostgreSQL runs as another user.
    chmod(folder, 0o755)
    var postgres: PostgresPeer?
    defer {
      postgres?.stop()
      if !options.keeps { _ = try? ChildProcess.run(["rm", "-rf", folder]) }
    }
    let bench = try Bench(options, folder: folder, tools: try toolsFolder())
    postgres = bench.postgres
    if bench.wants("commits") { try bench.measureCommits() }
    if options.only.isEmpty || !Options.alone.isSuperset(of: options.only) {
      try bench.measureIngest()
    }
    if bench.wants("points") { try bench.measurePoints() }
    if bench.wants("process") { try bench.measureProcess() }
    if bench.wants("scan") { try bench.measureScan() }
    if bench.wants("output") { try bench.measureOutput() }
    if bench.wants("queries") { try bench.measureQueries() }
    if bench.wants("verify") { try bench.measureVerify() }
    if bench.wants("encryption") { try bench.measureEncryption() }
    if bench.wants("receipts") { try bench.measureReceipts() }
    if bench.wants("purge") { try bench.measurePurge() }
    if bench.wants("tpch") { try bench.measureTPCH() }
    if bench.wants("snapshot") { try bench.measureSnapshot() }
    if ["update", "points", "storage", "queries"].contains(where: bench.wants) {
      try bench.measureUpdate()
    }
    if bench.wants("points") { try bench.measurePast() }
    if bench.wants("queries") { try bench.measurePastQueries() }
    if bench.wants("storage") { try bench.measureStorage() }
    bench.measureMemory()
    bench.report.print()
  }

  /// The tools stand beside this program.
  private static func toolsFolder() throws -> String {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &path, path.count - 1)
    guard count > 0 else { throw BenchmarkError("/proc is not there") }
    let own = path.withUnsafeBufferPointer { text in
      text.baseAddress.map { String(cString: $0) } ?? ""
    }
    let folder = own.split(separator: "/").dropLast().map { "/" + $0 }.joined()
    for tool in ["kb-append", "kb-query", "kb-verify", "kb-snapshot", "kb-purge"]
    where access("\(folder)/\(tool)", X_OK) != 0 {
      throw BenchmarkError("\(folder)/\(tool) is not there: swift build -c release")
    }
    return folder
  }
}
