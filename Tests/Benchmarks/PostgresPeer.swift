// SPDX-License-Identifier: Apache-2.0
// A private PostgreSQL, reached through its own clients: psql for scripts, pgbench for what is
// asked again and again. Durable as it comes: fsync and synchronous_commit on.

internal import Glibc

final class PostgresPeer {
  private let programs: String
  private let folder: String
  private let runner: [String]
  private var isRunning = false

  static let columns = """
    id bigint PRIMARY KEY, mrn text NOT NULL, given text, family text, birth_date date,
    gender text, address text, city text, phone text, email text, visits integer
    """

  /// Starts a server of its own in `folder`; `nil` where PostgreSQL is not installed.
  init?(in folder: String) throws {
    guard let initdb = Files.matching("/usr/lib/postgresql/*/bin/initdb").last else { return nil }
    programs = String(initdb.dropLast("/initdb".count))
    self.folder = folder
    mkdir(folder, 0o755)
    // The server refuses to run as root.
    runner = getuid() == 0 ? ["runuser", "-u", "postgres", "--"] : []
    if getuid() == 0 { _ = try ChildProcess.run(["chown", "postgres", folder]) }
    _ = try ChildProcess.run(
      runner + ["\(programs)/initdb", "-D", "\(folder)/data", "-U", "postgres", "-A", "trust"],
      errors: -1)
    let options =
      "-k \(folder) -c listen_addresses='' -c shared_buffers=512MB -c max_wal_size=4GB "
      + "-c fsync=on -c synchronous_commit=on"
    _ = try ChildProcess.run(
      runner + [
        "\(programs)/pg_ctl", "-D", "\(folder)/data", "-o", options, "-l", "\(folder)/log", "-w",
        "start",
      ])
    isRunning = true
  }

  func stop() {
    guard isRunning else { return }
    isRunning = false
    _ = try? ChildProcess.run(
      runner + ["\(programs)/pg_ctl", "-D", "\(folder)/data", "-m", "immediate", "stop"])
  }

  private var connection: [String] { ["-h", folder, "-U", "postgres"] }

  /// Runs commands; answers seconds of each by psql's clock.
  @discardableResult
  func run(_ commands: [String]) throws -> [Double] {
    var arguments = ["\(programs)/psql"] + connection + ["-X", "-q", "-v", "ON_ERROR_STOP=1"]
    arguments += ["-c", "SET client_min_messages = warning"]
    arguments += ["-c", "\\timing on"] + commands.flatMap { ["-c", $0] }
    let output = try ChildProcess.text(arguments, in: folder + "/..")
    return output.split(separator: "\n").compactMap { line in
      guard line.hasPrefix("Time: ") else { return nil }
      return line.split(separator: " ").dropFirst().first.flatMap { Double($0) }.map { $0 / 1e3 }
    }
  }

  /// What psql prints.
  func text(_ arguments: [String]) throws -> String {
    try ChildProcess.text(
      ["\(programs)/psql"] + connection + ["-X", "-q", "-v", "ON_ERROR_STOP=1"] + arguments,
      in: folder + "/..")
  }

  /// Wall time of a query whose rows go to a client that drops them.
  func stream(_ query: String) throws -> Double {
    let arguments = ["\(programs)/psql"] + connection + ["-X", "-q", "-c", query]
    return try ChildProcess.run(arguments).cost.wall
  }

  /// Runs a statement `count` times over one connection; answers the seconds of each.
  func repeated(_ script: String, count: Int) throws -> Samples {
    let path = folder + "/../script.sql"
    try Files.write(Array(script.utf8), to: path)
    _ = try? ChildProcess.run(["sh", "-c", "rm -f '\(folder)'/../pgbench.*"])
    let arguments =
      ["\(programs)/pgbench"] + connection + [
        "-n", "-f", path, "-M", "prepared", "-c", "1", "-t", String(count), "-l",
        "--log-prefix=\(folder)/../pgbench", "postgres",
      ]
    _ = try ChildProcess.run(arguments, errors: -1)
    var samples = Samples()
    for log in Files.matching("\(folder)/../pgbench.*") {
      for line in try Files.text(log).split(separator: "\n") {
        let fields = line.split(separator: " ")
        if fields.count > 2, let time = Double(fields[2]) { samples.add(time / 1e6) }
      }
    }
    return samples
  }

  /// A table of patients with a trigger that writes each change to a table of JSON.
  func createAudited(_ name: String) throws {
    try run([
      """
      CREATE TABLE IF NOT EXISTS audit (
        at timestamptz NOT NULL DEFAULT clock_timestamp(), operation text, row jsonb)
      """,
      """
      CREATE OR REPLACE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO audit (operation, row)
        VALUES (TG_OP, to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END));
        RETURN NULL;
      END $$
      """,
      "CREATE TABLE \(name) (\(Self.columns))",
      """
      CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON \(name)
      FOR EACH ROW EXECUTE FUNCTION audit()
      """,
    ])
  }

  /// A table of patients with a trigger that keeps replaced rows, as SQLite's and ours do.
  func createWithHistory(_ name: String) throws {
    try run([
      "CREATE TABLE \(name) (\(Self.columns))",
      "CREATE TABLE \(name)_history AS SELECT *, now() AS ended FROM \(name)",
      """
      CREATE FUNCTION \(name)_keep() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO \(name)_history SELECT OLD.*, now(); RETURN NULL; END $$
      """,
      """
      CREATE TRIGGER keep AFTER UPDATE OR DELETE ON \(name)
      FOR EACH ROW EXECUTE FUNCTION \(name)_keep()
      """,
    ])
  }
}
