// SPDX-License-Identifier: Apache-2.0
// kb-purge: erase. First the plan and its digest, then exactly that plan; never a prompt.
// kb-purge(1).

import ArgumentParser
internal import Glibc
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
  @Option(
    help: ArgumentHelp("A signature over the digest, by one who approves.", valueName: "file"),
    completion: .file())
  var approval: [String] = []
  @Option(
    help: ArgumentHelp("Put a signed certificate of the purge here.", valueName: "file"),
    completion: .file())
  var certificate: String?
  @Flag(help: "What retention makes due; with --execute do it.")
  var due = false
  @Flag(help: "Finish what an interrupted purge began, or what was ordered for now.")
  var resume = false
  @Option(help: ArgumentHelp("Withdraw an order that waits.", valueName: "offset"))
  var withdraw: UInt64?
  @Flag(help: "Have the key that --new-key-file names open the log from now on.")
  var rotate = false
  @Flag(help: "Encrypt everything anew, and forget the keys of before.")
  var rekey = false
  @Flag(help: "Put a new chain in place of the one that says what was erased.")
  var rechain = false
  @Option(
    help: ArgumentHelp("The log with the old chain goes here.", valueName: "directory"),
    completion: .directory)
  var archive: String?
  @OptionGroup var keys: KeyOptions
  @OptionGroup var newKeys: NewKeyOptions
  @Flag(name: [.long, .customShort("q")], help: "No messages but errors.")
  var quiet = false
  @Argument(help: "The log directory; default: $KB_LOG.", completion: .directory)
  var log: String?

  /// With --due, --execute takes no digest: the rules that the log states are the plan.
  static func normalized(_ arguments: [String]) -> [String] {
    guard arguments.contains("--due") else { return arguments }
    return arguments.map { $0 == "--execute" ? "--execute=due" : $0 }
  }

  mutating func perform() throws(Failure) {
    let verb = try verb()
    let path = try logPath(log)
    let key = try keys.key(of: path)
    let context = Context(actor: actor ?? User.loginName, reason: reason, ticket: ticket)
    switch verb {
    case .plan(let request) where execute == nil:
      return try Output.write(
        try fail { () throws(DatabaseError) in
          try Reader(opening: path, key: key).plan(request, context: context)
        }.line)
    case .due where execute == nil:
      return try Output.write(
        try fail { () throws(DatabaseError) in
          try Reader(opening: path, key: key).due(context: context)
        }.map(\.lines).joined())
    case .rotate: return try KeyChange.run(log: path, from: keys, to: newKeys)
    case .rekey: return try KeyChange.run(log: path, from: keys, to: nil)
    case .rechain(let archive):
      let link = try fail { () throws(DatabaseError) in
        try Rechaining.run(log: path, archive: archive, key: key, context: context)
      }
      return try Output.write(link.line(archive: archive))
    default: break
    }
    // What has begun is carried out, though nobody reads of it any more.
    signal(SIGPIPE, SIG_IGN)
    var certificate = try certificate.map { (path) throws(Failure) in try CertificateFile(path) }
    let printer = ReceiptPrinter()
    let purge = try fail { () throws(DatabaseError) in
      try Purge(opening: path, key: key, context: context, onDurable: { printer.print($0) })
    }
    let outcomes: [PurgeOutcome]
    var lines = ""
    // What keeps one order from being carried out keeps no other.
    var refusal: Failure?
    do throws(Failure) { outcomes = try run(verb, purge, &lines, &refusal) } catch {
      // The first failure is the one to tell of.
      try? purge.close()
      throw error
    }
    try fail { () throws(DatabaseError) in try purge.close() }
    // Before what printing failed with is told: the erasure cannot be done again.
    try certificate?.write(outcomes, log: path, key: key)
    try printer.finish()
    try Output.write(lines)
    if let refusal { throw refusal }
  }

  // MARK: Verbs

  private enum Verb {
    case plan(PurgeRequest)
    case due
    case resume
    case withdraw(UInt64)
    case rotate
    case rekey
    case rechain(archive: String)
  }

  private func verb() throws(Failure) -> Verb {
    let modes = [
      table != nil, stream != nil, due, resume, withdraw != nil, rotate, rekey, rechain,
    ].filter { $0 }.count
    if (archive != nil) != rechain {
      throw Failure(.usage, "--rechain and --archive go together")
    }
    guard modes == 1 else {
      throw Failure(
        .usage,
        "exactly one of --table, --stream, --due, --resume, --withdraw, --rotate, --rekey and --rechain is wanted",
        hint: "see kb-purge --help")
    }
    if newKeys.isGiven, !rotate { throw Failure(.usage, "a new key goes with --rotate") }
    if certificate != nil, execute == nil, !resume {
      throw Failure(.usage, "--certificate goes with --execute and --resume: nothing else erases")
    }
    if table != nil || stream != nil { return .plan(try request()) }
    guard condition == nil, !superseded, !personal, approval.isEmpty, due || execute == nil else {
      throw Failure(.usage, "only --table and --stream take a plan of their own")
    }
    if let execute, execute != "due" {
      throw Failure(.usage, "with --due, --execute takes no digest")
    }
    if let withdraw {
      try requireReason("a withdrawal")
      return .withdraw(withdraw)
    }
    if let archive {
      try requireReason("a new chain")
      return .rechain(archive: archive)
    }
    if rotate { return .rotate }
    if rekey { return .rekey }
    return due ? .due : .resume
  }

  private func requireReason(_ what: String) throws(Failure) {
    if reason?.isEmpty != false {
      throw Failure(.usage, "--reason is missing: \(what) without a reason cannot be defended")
    }
  }

  private func request() throws(Failure) -> PurgeRequest {
    guard let condition else {
      throw Failure(.usage, "--where is missing", hint: "--where true means every row")
    }
    try requireReason("an erasure")
    if let execute, Digest(hex: execute) == nil {
      throw Failure(.usage, "--execute wants the digest of a plan: 64 hex digits")
    }
    if execute == nil, !approval.isEmpty {
      throw Failure(.usage, "--approval goes with --execute: a plan needs none")
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

  private func run(
    _ verb: Verb, _ purge: Purge, _ lines: inout String, _ refusal: inout Failure?
  ) throws(Failure) -> [PurgeOutcome] {
    switch verb {
    case .plan(let request):
      let plan = try fail { () throws(DatabaseError) in try purge.plan(request) }
      guard plan.digest.hex == execute else {
        throw Failure(
          .tryAgain, "the plan is another one now: its digest is \(plan.digest.hex)",
          hint: "run kb-purge without --execute and look at it")
      }
      return try carryOut(plan, purge, &lines).map { [$0] } ?? []
    case .due:
      var outcomes: [PurgeOutcome] = []
      for due in try fail({ () throws(DatabaseError) in try purge.due() }) {
        lines += due.lines
        if let outcome = try carryOut(due.plan, purge, &lines) { outcomes.append(outcome) }
      }
      return outcomes
    case .resume: return try finishPending(purge, &lines, &refusal)
    case .rotate, .rekey, .rechain: preconditionFailure("they are done without a purge")
    case .withdraw(let order):
      _ = try fail { () throws(DatabaseError) in try purge.withdraw(order) }
      return []
    }
  }

  private func carryOut(
    _ plan: PurgePlan, _ purge: Purge, _ lines: inout String
  ) throws(Failure) -> PurgeOutcome? {
    if plan.erasures.isEmpty {
      if !quiet, !due { Output.complain("kb-purge: nothing to erase") }
      return nil
    }
    var approvals: [Approval] = []
    for path in approval { approvals.append(try ApprovalFile.read(path)) }
    let order = try fail { () throws(DatabaseError) in
      try purge.order(plan, approvals: approvals)
    }
    guard order.isDue else {
      lines += order.line
      return nil
    }
    let outcome = try fail { () throws(DatabaseError) in try purge.perform(order.offset, plan) }
    lines += outcome.line
    return outcome
  }

  private func finishPending(
    _ purge: Purge, _ lines: inout String, _ refusal: inout Failure?
  ) throws(Failure) -> [PurgeOutcome] {
    let pending = try fail { () throws(DatabaseError) in try purge.pending() }
    if pending.isEmpty, !quiet { Output.complain("kb-purge: no purge is unfinished") }
    var outcomes: [PurgeOutcome] = []
    for order in pending {
      guard order.isDue else {
        lines += order.line
        continue
      }
      do throws(Failure) {
        for outcome in try fail({ () throws(DatabaseError) in try purge.resume(order.offset) }) {
          lines += outcome.line
          outcomes.append(outcome)
        }
      } catch {
        guard error.status == .forbidden else { throw error }
        refusal = refusal ?? error
      }
    }
    return outcomes
  }
}
