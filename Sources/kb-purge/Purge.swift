// SPDX-License-Identifier: Apache-2.0
// kb-purge: erase. First the plan and its digest, then exactly that plan; never a prompt.
// kb-purge(1).

import ArgumentParser
import Kimberlite
import KimberliteCore
import KimberliteTool

@main
struct PurgeTool: Tool {
  static let configuration = CommandConfiguration(
    commandName: "kb-purge",
    abstract: "Erase rows and events from a log, and prove it.",
    discussion: """
      Prints a plan and its digest; with --execute and that digest performs it.

      EXAMPLES
        kb-purge --table patients --where 'id = 7' --reason 'GDPR art. 17' ward.kb
        kb-purge --table patients --where 'id = 7' --reason 'GDPR art. 17' \\
          --execute DIGEST ward.kb

      See kb-purge(1).
      """,
    version: toolVersion)

  @Option(help: ArgumentHelp("Erase rows of this table.", valueName: "table"))
  var table: String?
  @Option(help: ArgumentHelp("Erase events of this stream.", valueName: "stream"))
  var stream: String?
  @Option(
    name: .customLong("where"),
    help: ArgumentHelp("Which: SQL over the columns.", valueName: "sql"))
  var condition: String?
  @Flag(help: "Only versions that are not live any more.")
  var superseded = false
  @Flag(help: "Only the values of PERSONAL columns.")
  var personal = false
  @Option(help: ArgumentHelp("Why.", valueName: "text"))
  var reason: String?
  @Option(help: ArgumentHelp("The ticket that asks for it.", valueName: "text"))
  var ticket: String?
  @Option(help: ArgumentHelp("Who purges; default: the login name.", valueName: "text"))
  var actor: String?
  @Option(help: ArgumentHelp("Perform the plan with this digest.", valueName: "digest"))
  var execute: String?
  @Flag(help: "Finish what an interrupted purge began, or what was ordered for now.")
  var resume = false
  @Flag(name: [.long, .customShort("q")], help: "No messages but errors.")
  var quiet = false
  @Argument(help: "The log directory; default: $KB_LOG.", completion: .directory)
  var log: String?

  mutating func perform() throws(Failure) {
    let request = try request()
    let path = try logPath(log)
    let printer = ReceiptPrinter()
    let context = Context(actor: actor ?? User.loginName, reason: reason, ticket: ticket)
    if let request, execute == nil {
      let plan = try fail { () throws(DatabaseError) in try Reader(opening: path).plan(request) }
      return try Output.write(plan.line)
    }
    let purge = try fail { () throws(DatabaseError) in
      try Purge(opening: path, context: context, onDurable: { printer.print($0) })
    }
    do throws(Failure) {
      if let request { try run(purge, request) } else { try finishPending(purge) }
    } catch {
      try? purge.close()
      throw error
    }
    try fail { () throws(DatabaseError) in try purge.close() }
    try printer.finish()
  }

  /// What to erase; `nil` with --resume.
  private func request() throws(Failure) -> PurgeRequest? {
    if resume {
      guard table == nil, stream == nil, condition == nil, execute == nil else {
        throw Failure(.usage, "--resume takes no new plan")
      }
      return nil
    }
    guard (table == nil) != (stream == nil) else {
      throw Failure(
        .usage, "exactly one of --table, --stream and --resume is wanted",
        hint: "see kb-purge --help")
    }
    guard let condition else {
      throw Failure(.usage, "--where is missing", hint: "--where true means every row")
    }
    guard let reason, !reason.isEmpty else {
      throw Failure(.usage, "--reason is missing: an erasure without a reason cannot be defended")
    }
    if superseded, personal {
      throw Failure(.usage, "--superseded and --personal exclude each other")
    }
    if let table {
      return PurgeRequest(
        target: .table(table), condition: condition,
        scope: superseded ? .superseded : personal ? .personal : .all)
    }
    if superseded || personal {
      throw Failure(.usage, "--superseded and --personal go with --table")
    }
    return PurgeRequest(target: .stream(stream ?? ""), condition: condition, scope: .events)
  }

  private func run(_ purge: Purge, _ request: PurgeRequest) throws(Failure) {
    let plan = try fail { () throws(DatabaseError) in try purge.plan(request) }
    let digest = plan.digest.hex
    guard digest == execute else {
      throw Failure(
        .tryAgain, "the plan is another one now: its digest is \(digest)",
        hint: "run kb-purge without --execute and look at it")
    }
    if plan.erasures.isEmpty {
      if !quiet { Output.complain("kb-purge: nothing to erase") }
      return
    }
    let outcome = try fail { () throws(DatabaseError) in
      try purge.perform(try purge.order(plan), plan)
    }
    try Output.write(outcome.line)
  }

  private func finishPending(_ purge: Purge) throws(Failure) {
    let pending = try fail { () throws(DatabaseError) in try purge.pending() }
    if pending.isEmpty, !quiet { Output.complain("kb-purge: no purge is unfinished") }
    for order in pending {
      let outcome = try fail { () throws(DatabaseError) in try purge.resume(order.offset) }
      try Output.write(outcome.line)
    }
  }
}
