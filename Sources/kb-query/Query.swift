// SPDX-License-Identifier: Apache-2.0
// kb-query: ask. SQL about the present and any moment of the past; reads only. kb-query(1).

import ArgumentParser
import Kimberlite
import KimberliteCore
import KimberliteTool

@main
struct Query: Tool {
  static let configuration = CommandConfiguration(
    commandName: "kb-query",
    abstract: "Ask a log, about now or any moment of the past.",
    discussion: """
      On a terminal without SQL it is a shell.

      EXAMPLES
        kb-query ward.kb 'SELECT count(*) FROM patients'
        kb-query --as-of 2026-02-03T10:00:00Z ward.kb 'SELECT * FROM patients'

      See kb-query(1).
      """,
    version: toolVersion)

  @Option(
    help: ArgumentHelp(
      "Format of the rows; default: table on a terminal, else ndjson.",
      valueName: "table|ndjson|json|csv|tsv|markdown|html"))
  var format: OutputFormat?
  @Option(help: ArgumentHelp("The moment to ask about.", valueName: "time|offset"))
  var asOf: String?
  @Option(help: ArgumentHelp("The value of :name or $1.", valueName: "name=value"))
  var param: [String] = []
  @Option(
    name: .customShort("f"), help: ArgumentHelp("Read the SQL from a file.", valueName: "file"),
    completion: .file())
  var file: String?
  @Flag(help: "Show how the query would be run.")
  var explain = false
  @Flag(help: "Keep printing new rows as records arrive.")
  var follow = false
  @Option(
    help: ArgumentHelp(
      "Who asks, where the log audits reads; default: the login name.", valueName: "text"))
  var actor: String?
  @Option(help: ArgumentHelp("Why.", valueName: "text"))
  var reason: String?
  @Option(help: ArgumentHelp("The ticket that asks for it.", valueName: "text"))
  var ticket: String?
  @Option(
    help: ArgumentHelp("End a query that runs for longer.", valueName: "500ms|30s|5m"))
  var timeout: DurationArgument?
  @Option(help: ArgumentHelp("End a query that needs more memory.", valueName: "64M|1G"))
  var memory: SizeArgument?
  @OptionGroup var keys: KeyOptions
  @Option(
    help: ArgumentHelp("Put a receipt of each row's event into this folder.", valueName: "folder"),
    completion: .directory)
  var prove: String?
  @Flag(help: "With --prove: receipts show the events.")
  var disclose = false
  @Option(
    help: ArgumentHelp(
      "Put the rows, and what proves them to a stranger, into this tar.", valueName: "file"),
    completion: .file())
  var evidence: String?
  @Flag(name: [.long, .customShort("q")], help: "No messages but errors.")
  var quiet = false
  @Argument(help: "The log directory; default: $KB_LOG.", completion: .directory)
  var log: String?
  @Argument(help: "SQL; default: standard input.")
  var sql: String?

  mutating func perform() throws(Failure) {
    let (path, text) = try operands()
    if sql != nil, file != nil { throw Failure(.usage, "-f takes the place of the SQL operand") }
    if follow, asOf != nil {
      throw Failure(.usage, "--follow asks about the present, --as-of does not")
    }
    if prove != nil, follow || explain {
      throw Failure(.usage, "--prove goes neither with --follow nor with --explain")
    }
    if evidence != nil, prove != nil || follow || explain {
      throw Failure(.usage, "--evidence goes with none of --prove, --follow and --explain")
    }
    if evidence == "" { throw Failure(.usage, "--evidence wants the name of a file") }
    if evidence == "-", Output.isTerminal {
      throw Failure(
        .usage, "standard output is a terminal", hint: "send the evidence to a file or a pipe")
    }
    if disclose, prove == nil { throw Failure(.usage, "--disclose goes with --prove") }
    for (name, text) in [("actor", actor), ("reason", reason), ("ticket", ticket)]
    where (text?.utf8.count ?? 0) > Limits.contextBytesMax {
      throw Failure(.usage, "--\(name) is longer than \(Limits.contextBytesMax) bytes")
    }
    var parameters: [String: String?] = [:]
    for option in param {
      let (name, value) = try parameter(option)
      parameters[name] = .some(value)
    }
    let isTable = Output.isTerminal && !follow
    var settings = QuerySettings(
      path: path, key: try keys.key(of: path), format: format ?? (isTable ? .table : .ndjson),
      asOf: asOf,
      parameters: parameters, explains: explain, isQuiet: quiet,
      context: Context(actor: actor ?? User.loginName, reason: reason, ticket: ticket))
    settings.receipts = prove.map { ($0, disclose) }
    settings.evidence = evidence
    settings.bounds = QueryBounds(time: timeout?.duration, memory: memory?.bytes)
    if follow, !Follower.formats.contains(settings.format) {
      let known = Follower.formats.map(\.rawValue).joined(separator: ", ")
      throw Failure(
        .usage, "--follow has no end, and the format \(settings.format) needs one",
        hint: "its formats are \(known)")
    }
    if text == nil, file == nil, !follow, Output.inputIsTerminal, Output.isTerminal {
      if let option = prove.map({ _ in "--prove" }) ?? evidence.map({ _ in "--evidence" }) {
        throw Failure(.usage, "\(option) wants the SQL on the command line")
      }
      var shell = Shell(settings)
      return try shell.run()
    }
    let script = if let text { Script(text) } else { try read() }
    if follow {
      var follower = Follower(settings)
      return try follower.run(script)
    }
    let session = try Session(settings)
    if let evidence { try session.run(script, evidence: evidence) } else { try session.run(script) }
  }

  private func read() throws(Failure) -> Script {
    let path = file ?? "-"
    if path == "-", Output.inputIsTerminal, !quiet {
      Output.complain("kb-query: reading SQL from the terminal; Ctrl-D ends it")
    }
    return try Script(reading: path)
  }

  /// One operand is the log, unless the environment names it: then it is the SQL.
  private func operands() throws(Failure) -> (path: String, text: String?) {
    if let log, sql == nil, file == nil, !isDirectory(log),
      let path = try? logPath(nil), log.contains(where: \.isWhitespace)
    {
      return (path, log)
    }
    try checkOrder(log: log, others: sql.map { [$0] } ?? [], "SQL")
    return (try logPath(log), sql)
  }
}

/// What stands for a whole run.
struct QuerySettings {
  var path: String
  var key: MasterKey?
  var format: OutputFormat
  var asOf: String?
  var parameters: [String: String?]
  var explains: Bool
  var isQuiet: Bool
  /// Where receipts go, and whether they show the events.
  var receipts: (folder: String, discloses: Bool)?
  /// Where an evidence pack goes.
  var evidence: String?
  /// What a query may take.
  var bounds = QueryBounds()

  /// Whether the rows are to say where they come from.
  var proofs: RowProofs {
    if receipts != nil { return .required }
    return evidence != nil ? .ifPossible : .none
  }

  /// Collects where rows come from, where receipts are wanted.
  func prover() throws(DatabaseError) -> EventProver? {
    try receipts.map { (receipts) throws(DatabaseError) in
      try EventProver.makeFolder(receipts.folder)
      return EventProver(log: path, discloses: receipts.discloses, key: key)
    }
  }
  /// Who asks, and why.
  var context: Context
}
