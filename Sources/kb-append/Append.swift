// SPDX-License-Identifier: Apache-2.0
// kb-append: add to a log. Rows and events from NDJSON, CSV or TSV, or SQL that writes; one line
// on standard output for each record, once it is durable. kb-append(1).

import ArgumentParser
import Kimberlite
import KimberliteCore
import KimberliteTool

@main
struct Append: Tool {
  static let configuration = CommandConfiguration(
    commandName: "kb-append",
    abstract: "Add rows, events or SQL to a log.",
    discussion: """
      Prints one JSON line for each record, once it is durable.

      EXAMPLES
        kb-append --create --table patients --key id ward.kb patients.ndjson
        kb-append --sql -c "UPDATE patients SET name = 'Ann' WHERE id = 7" ward.kb

      See kb-append(1).
      """,
    version: toolVersion)

  @Option(help: ArgumentHelp("Append rows to this table.", valueName: "table"))
  var table: String?
  @Option(help: ArgumentHelp("Append events to this stream.", valueName: "stream"))
  var stream: String?
  @Flag(help: "Run SQL statements that write.")
  var sql = false
  @Option(name: .customShort("c"), help: ArgumentHelp("The SQL to run.", valueName: "sql"))
  var statements: String?
  @Option(help: ArgumentHelp("Format of the input.", valueName: "ndjson|csv|tsv"))
  var format = InputFormat.ndjson
  @Flag(help: "Create the log, and the table or stream, if not there.")
  var create = false
  @Option(help: ArgumentHelp("With --create: the primary key.", valueName: "name,…"))
  var key: String?
  @Option(help: ArgumentHelp("Input lines per record.", valueName: "n"))
  var batch = 1000
  @Flag(help: "Append the whole input as one record, or nothing.")
  var atomic = false
  @Option(
    help: ArgumentHelp("When the primary key exists.", valueName: "error|update|ignore"))
  var onConflict = IngestOptions.Conflict.error
  @Option(help: ArgumentHelp("Who appends; default: the login name.", valueName: "text"))
  var actor: String?
  @Option(help: ArgumentHelp("Why.", valueName: "text"))
  var reason: String?
  @Option(help: ArgumentHelp("The ticket that asks for it.", valueName: "text"))
  var ticket: String?
  @Option(help: ArgumentHelp("Append at most once, ever, under this id.", valueName: "id"))
  var requestID: String?
  @Option(help: ArgumentHelp("Only if this is the newest offset.", valueName: "offset"))
  var expect: UInt64?
  @Option(
    help: ArgumentHelp("Add bad lines to this file and go on.", valueName: "file"),
    completion: .file())
  var rejects: String?
  @Option(
    help: ArgumentHelp("Put a receipt of each record into this folder.", valueName: "folder"),
    completion: .directory)
  var receipts: String?
  @Flag(help: "Let rows come back that kb-purge(1) erased.")
  var readmit = false
  @Flag(help: "Go on as a new branch, under a new key, though the log was set back.")
  var branch = false
  @Option(
    help: ArgumentHelp("With --sql: the value of a parameter.", valueName: "name=value"))
  var param: [String] = []
  @OptionGroup var keys: KeyOptions
  @Flag(name: [.long, .customShort("q")], help: "No messages but errors.")
  var quiet = false
  @Argument(help: "The log directory; default: $KB_LOG.", completion: .directory)
  var log: String?
  @Argument(help: "Input files; default: standard input.", completion: .file())
  var files: [String] = []

  mutating func perform() throws(Failure) {
    try check()
    let path = try logPath(log)
    try checkOrder(log: log, others: files, "input files")
    let masterKey = try keys.key(toWrite: path, creates: create)
    let stop = Signals.install()
    let printer = ReceiptPrinter()
    let (create, branch) = (create, branch)
    let writer = try fail { () throws(DatabaseError) in
      let folder = try receipts.map { (folder) throws(DatabaseError) in
        try ReceiptFolder(folder, log: path)
      }
      return try Writer(
        opening: path, create: create, branch: branch, key: masterKey, proofs: folder
      ) {
        folder?.want($0)
        printer.print($0)
      }
    }
    if writer.recoveredByteCount > 0, !quiet {
      Output.complain(
        "kb-append: cut \(writer.recoveredByteCount) bytes of an append that was never acknowledged from the end of '\(path)'"
      )
    }
    let keyFile = try fail { () throws(DatabaseError) in try writer.subjectKeyFile() }
    writer.readmits = readmit
    if !quiet {
      for warning in try fail({ () throws(DatabaseError) in
        try writer.warnings(toTables: stream == nil)
      }) { Output.complain("kb-append: warning: \(warning)") }
    }
    writer.context = Context(
      actor: actor ?? User.loginName, reason: reason, ticket: ticket, request: requestID)
    var earlier = EarlierRun()
    if let requestID {
      earlier = try fail { () throws(DatabaseError) in try writer.earlierRun(requestID) }
      writer.proofs?.want(earlier.receipts)
      printer.print(earlier.receipts)
      if earlier.isComplete, !quiet {
        Output.complain(
          "kb-append: request \"\(requestID)\" is already in the log; nothing was appended")
      }
    }
    // A run that has begun met the expectation then; what it added itself does not count.
    if let expect, earlier.receipts.isEmpty, writer.newestOffset != expect {
      let newest = writer.newestOffset.map { "the newest offset is \($0)" } ?? "the log is empty"
      throw Failure(.tryAgain, "--expect \(expect) is not met: \(newest)")
    }
    var failure: Failure?
    do throws(Failure) {
      if !earlier.isComplete {
        if sql || statements != nil {
          try runSQL(writer, stop, skip: earlier.progress)
        } else {
          try ingest(writer, stop, skip: earlier.progress)
        }
      }
      try announceSubjectKeys(writer, before: keyFile)
    } catch { failure = error }
    try close(writer, after: failure)
    if let failure { throw failure }
    try printer.finish()
    Signals.endIfCaught()
  }

  /// Whoever declares the first SUBJECT KEY has one more file to keep, which no copy of the log holds.
  private func announceSubjectKeys(_ writer: Writer, before: String?) throws(Failure) {
    let file = try fail { () throws(DatabaseError) in try writer.subjectKeyFile() }
    guard before == nil, let file, !quiet else { return }
    Output.complain(
      "kb-append: the keys of subjects are in '\(file)' and in no copy or archive of the log; without them their rows cannot be read"
    )
  }

  /// What was acknowledged is durable already; closing keeps the log tidy for the next one.
  private func close(_ writer: Writer, after failure: Failure?) throws(Failure) {
    do throws(DatabaseError) { try writer.close() } catch {
      throw failure ?? Failure(error)
    }
  }

  private func check() throws(Failure) {
    let modes = [table != nil, stream != nil, sql || statements != nil].filter { $0 }.count
    guard modes == 1 else {
      throw Failure(
        .usage, "exactly one of --table, --stream and --sql is wanted", hint: "see kb-append --help"
      )
    }
    if batch < 1 { throw Failure(.usage, "--batch must be at least 1") }
    if key != nil, !create || table == nil {
      throw Failure(.usage, "--key goes with --create and --table")
    }
    if table == nil, onConflict != .error {
      throw Failure(.usage, "--on-conflict goes with --table")
    }
    if table == nil, format != .ndjson { throw Failure(.usage, "--format goes with --table") }
    if sql || statements != nil {
      if rejects != nil { throw Failure(.usage, "--rejects goes with --table and --stream") }
    } else if !param.isEmpty {
      throw Failure(.usage, "--param goes with --sql")
    }
    if let name = table ?? stream, name.hasPrefix("kb.") {
      throw Failure(.usage, "'\(name)' is a name of the system's tables")
    }
    if statements != nil, !files.isEmpty {
      throw Failure(.usage, "-c takes the place of input files")
    }
    for (name, text) in [
      ("actor", actor), ("reason", reason), ("ticket", ticket), ("request-id", requestID),
    ] where (text?.utf8.count ?? 0) > Limits.contextBytesMax {
      throw Failure(.usage, "--\(name) is longer than \(Limits.contextBytesMax) bytes")
    }
    if requestID == "" { throw Failure(.usage, "--request-id must not be empty") }
  }

  // MARK: Lines

  private func ingest(_ writer: Writer, _ stop: Int32, skip: Int64) throws(Failure) {
    var options = IngestOptions(target: table.map { .table($0) } ?? .stream(stream ?? ""))
    options.format = format
    options.paths = files
    options.batchLines = batch
    options.isAtomic = atomic
    options.creates = create
    options.key = key.map { $0.split(separator: ",").map(String.init) } ?? []
    options.conflict = onConflict
    options.stopDescriptor = stop
    options.skipLines = skip
    options.notesProgress = requestID != nil
    let file = try rejects.map { (path) throws(Failure) in
      try RejectsFile(path, inputs: files, log: try logPath(log))
    }
    if let file {
      options.onReject = { (reject) throws(DatabaseError) in try file.write(reject) }
    }
    if !quiet { options.onInference = { Output.complain("kb-append: inferred \($0)") } }
    let progress = quiet ? nil : InputProgress(files)
    options.onRead = progress?.read
    defer { progress?.clear() }
    let summary = try fail { () throws(DatabaseError) in try writer.ingest(options) }
    if summary.rejected > 0 {
      throw Failure(
        .data,
        "\(summary.rejected.counted("bad line")) went to '\(rejects ?? "")', all others to the log")
    }
  }

  // MARK: SQL

  private func runSQL(_ writer: Writer, _ stop: Int32, skip: Int64) throws(Failure) {
    var parameters: [String: String?] = [:]
    for text in param {
      let (name, value) = try parameter(text)
      parameters[name] = .some(value)
    }
    var run = try SQLRun(
      writer: writer, parameters: parameters, skip: skip, notesProgress: requestID != nil,
      isAtomic: atomic)
    if let statements {
      try run.feed(statements, name: "-c")
    } else {
      try run.read(files, stopDescriptor: stop)
    }
    try run.finish()
  }
}
