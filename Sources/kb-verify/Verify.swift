// SPDX-License-Identifier: Apache-2.0
// kb-verify: check. Reads every byte of a log and holds it against its hashes; made for cron.
// kb-verify(1).

import ArgumentParser
import Kimberlite
import KimberliteArchive
import KimberliteCore
import KimberliteTool

/// How the result is told.
enum ReportFormat: String, CaseIterable, ExpressibleByArgument {
  case text, json, prometheus
}

@main
struct Verify: Tool {
  static let configuration = CommandConfiguration(
    commandName: "kb-verify",
    abstract: "Check that nothing in a log was altered.",
    discussion: """
      Exit status 0: all is well; 1: checked, and bad; anything else: could not check.

      EXAMPLES
        kb-verify ward.kb
        kb-verify --view --format json ward.kb

      See kb-verify(1).
      """,
    version: toolVersion)

  @Flag(help: "Also fold every event anew, which proves that each fits the ones before.")
  var deep = false
  @Flag(help: "Also compare the view with a fresh one.")
  var view = false
  @Option(
    help: ArgumentHelp(
      "Prove that the log only grew since this checkpoint.", valueName: "checkpoint"),
    completion: .file())
  var since: String?
  @Option(
    help: ArgumentHelp("Check this receipt in place of a log.", valueName: "file"),
    completion: .file())
  var receipt: [String] = []
  @Option(
    name: .customLong("key"),
    help: ArgumentHelp("The log's verifier key, or a file of keys.", valueName: "vkey"),
    completion: .file())
  var verifierKey: String?
  @Option(
    help: ArgumentHelp("Check an archive of kb-snapshot(1) where it lies.", valueName: "file|-"),
    completion: .file())
  var snapshot: String?
  @OptionGroup var anchors: AnchorOptions
  @Option(help: ArgumentHelp("Threads; default: one a processor.", valueName: "n"))
  var jobs: Int?
  @Option(help: ArgumentHelp("Format of the result.", valueName: "text|json|prometheus"))
  var format = ReportFormat.text
  @OptionGroup var keys: KeyOptions
  @Flag(name: [.long, .customShort("q")], help: "Say nothing when all is well.")
  var quiet = false
  @Argument(help: "The log directory; default: $KB_LOG.", completion: .directory)
  var log: String?

  mutating func perform() throws(Failure) {
    if let jobs, !(1...1024).contains(jobs) {
      throw Failure(.usage, "--jobs must be from 1 to 1024")
    }
    let verifiers = try verifierKey.map { (key) throws(Failure) in try verifierKeys(key) }
    if !receipt.isEmpty { return try checkReceipts(verifiers) }
    if let snapshot { return try verify(archive: snapshot, verifiers) }
    if anchors.asks, deep || view || since != nil {
      throw Failure(
        .usage, "--anchor and --import check nothing else: no --deep, --view or --since")
    }
    let path = try logPath(log)
    let masterKey = try keys.key(of: path)
    if try anchors.perform(path, masterKey, format: format) { return }
    let trust = try anchors.trust()
    let kept = try since.map { (file) throws(Failure) in try KeptCheckpoint.read(file) }
    let progress = quiet ? nil : Progress(name: "kb-verify")
    var report = try logFailure { () throws(LogError) in
      try Verifier(
        directory: path, disk: PosixDisk(), jobs: jobs ?? Progress.processors, key: masterKey
      ).run(since: kept, keys: verifiers, trust: trust) { done, total in
        progress?.show(done, of: total)
      }
    }
    progress?.clear()
    var viewReport: ViewReport?
    // A damaged log has no right view.
    if report.isGood, deep || view {
      viewReport = try fail { () throws(DatabaseError) in
        try ViewCheck(directory: path, key: masterKey).run(compares: view)
      }
      viewReport?.excuse(by: report.pendingPurges)
    }
    let accesses = try logFailure { () throws(LogError) in
      try verifyAccesses(of: path, masterKey)
    }
    if let accesses { report.include(accesses.findings, under: AccessLog.directoryName) }
    let (lacksView, lacksAccesses) = (viewReport?.isMissing == true, accesses == nil)
    try logFailure { () throws(LogError) in
      try report.noteAbsences(in: path, lacksView: lacksView, lacksAccesses: lacksAccesses)
    }
    try finish(VerifyResult(path: path, report: report, accesses: accesses, view: viewReport))
  }

  private func verify(archive path: String, _ verifiers: [VerifierKey]?) throws(Failure) {
    if log != nil || deep || view || since != nil || anchors.asks {
      throw Failure(.usage, "--snapshot is verified by itself: no log, --deep, --view or --since")
    }
    let archive = try logFailure { () throws(LogError) in try SnapshotFile(path: path) }
    let key = archive.isEncrypted ? try keys.key() : nil
    let progress = quiet ? nil : Progress(name: "kb-verify")
    let report = try logFailure { () throws(LogError) in
      try archive.verify(jobs: jobs ?? Progress.processors, key: key, verifiers: verifiers) {
        done, total in
        progress?.show(done, of: total)
      }
    }
    progress?.clear()
    try finish(
      VerifyResult(
        path: path, report: report.log, accesses: nil, view: nil, snapshot: report.manifest))
  }

  private func finish(_ result: VerifyResult) throws(Failure) {
    try result.print(format, quiet: quiet)
    if result.isBad { throw Failure(.bad, "'\(result.path)' is damaged: \(result.summary)") }
    if let purge = result.view?.unfinishedPurge {
      throw Failure(
        .tryAgain,
        "the view cannot be judged: the purge ordered at offset \(purge) is not finished",
        hint: "run kb-purge --resume, then again")
    }
  }

  /// The log of who looked, where there is one.
  private func verifyAccesses(of path: String, _ key: MasterKey?) throws(LogError)
    -> VerifyReport?
  {
    guard try AccessLog.exists(in: path) else { return nil }
    return try Verifier(
      directory: AccessLog.path(in: path), disk: PosixDisk(),
      jobs: jobs ?? Progress.processors, key: key
    ).run()
  }

  /// Checks receipts, all of them, and ends with the worst.
  private func checkReceipts(_ keys: [VerifierKey]?) throws(Failure) {
    if log != nil || deep || view || since != nil || anchors.asks || anchors.authorities != nil {
      throw Failure(.usage, "--receipt needs no log, and goes with --key and --policy alone")
    }
    let policy = try anchors.trust().policy
    guard let keys = keys ?? policy?.logs, !keys.isEmpty else {
      throw Failure(
        .usage, "--receipt goes with --key", hint: "the key is the file 'vkey' of the log")
    }
    var worst: Failure?
    for path in receipt {
      do throws(Failure) {
        try ReceiptResult(path, keys: keys, policy: policy).print(format, quiet: quiet)
      } catch {
        if receipt.count > 1 { Output.complain("kb-verify: \(error.message)") }
        if worst == nil || worst?.status == .bad { worst = error }
      }
    }
    if let worst { throw worst }
  }

  private func logFailure<R>(_ body: () throws(LogError) -> R) throws(Failure) -> R {
    do throws(LogError) { return try body() } catch { throw Failure(error) }
  }
}
