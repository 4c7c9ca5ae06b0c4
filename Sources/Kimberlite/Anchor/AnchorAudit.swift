// SPDX-License-Identifier: Apache-2.0
// The anchors of a log within its verification: before the records are read it says at which sizes
// their roots are wanted, after that it holds the anchors against them.

internal import KimberliteCore

/// What others state about a log, held against the log.
struct AnchorAudit {
  private let folder: AnchorFolder
  private let trust: AnchorTrust
  private let listing: AnchorFolder.Listing
  private var checkpoints: [SignedCheckpoint] = []
  private var findings: [Finding] = []

  /// Sizes at which an anchored checkpoint states a root.
  var sizes: [UInt64] { checkpoints.map(\.checkpoint.size) }

  /// Reads the checkpoints; damaged and stray files are findings.
  init(_ directory: LogDirectory, trust: AnchorTrust) throws(LogError) {
    folder = AnchorFolder(directory: directory)
    self.trust = trust
    listing = try folder.list()
    for size in listing.checkpoints {
      do {
        checkpoints.append(try folder.checkpoint(size))
      } catch .damaged(let damage) {
        findings.append(Finding(.anchor, damage))
      }
    }
    for name in listing.temporaries {
      findings.append(Finding(.note, Damage(file: name, what: "a file that was being written")))
    }
    for name in listing.strays {
      findings.append(
        Finding(.stray, Damage(file: name, what: "a file that does not belong here")))
    }
    try checkParts()
  }

  /// Requests are of their checkpoints, and no answer is there without its checkpoint.
  private mutating func checkParts() throws(LogError) {
    for size in Set(listing.answers.keys).union(listing.requests).sorted()
    where !listing.checkpoints.contains(size) {
      let file = listing.requests.contains(size) ? AnchorFolder.File.request : .answer(1)
      findings.append(
        Finding(
          .stray,
          Damage(
            file: AnchorFolder.fileName(size, file),
            what: "the checkpoint that it belongs to is not there")))
    }
    for signed in checkpoints where listing.requests.contains(signed.checkpoint.size) {
      let size = signed.checkpoint.size
      do throws(LogError) {
        if try folder.request(size).digest == signed.stampedDigest { continue }
        findings.append(
          Finding(
            .anchor,
            Damage(
              file: AnchorFolder.fileName(size, .request),
              what: "it asks for a stamp of something else than the checkpoint")))
      } catch {
        guard case .damaged(let damage) = error else { throw error }
        findings.append(Finding(.anchor, damage))
      }
    }
  }

  /// Adds what is wrong, and a summary, to the report of a log that was read.
  ///
  /// `start`: records before the ones that were read, which an increment does not hold.
  mutating func finish(
    _ joint: inout VerifyJoint, after start: UInt64, logKeys: [VerifierKey]
  ) throws(LogError) {
    var report = AnchorReport()
    report.checksAuthorities = trust.authorities != nil
    report.checksWitnesses = trust.policy != nil
    var cosigned: (file: String, witnesses: Set<Int>)?
    for signed in checkpoints {
      let size = signed.checkpoint.size
      let file = AnchorFolder.fileName(size, .checkpoint)
      var check = AnchorCheck(folder, trust: trust, logKeys: logKeys)
      try check.run(signed, answers: listing.answers[size]?.sorted() ?? [])
      findings += check.findings.map { Finding(.anchor, $0) }
      let isOurs = size < start || joint.compare(signed.checkpoint, file: file, kind: .missing)
      report.stamps += UInt64(check.stamps.count)
      report.cosignatures += UInt64(check.witnesses.count)
      if !check.witnesses.isEmpty { cosigned = (file, check.witnesses) }
      if check.stamps.isEmpty, signed.foreignSignatures.isEmpty {
        report.waiting += 1
      } else {
        report.anchored += 1
        if isOurs, check.findings.isEmpty {
          report.newestSize = size
          report.newestTime = check.time
        }
      }
    }
    checkQuorum(cosigned)
    joint.add(findings, anchors: report)
  }

  /// The newest checkpoint with a witness must have as many as the policy wants.
  private mutating func checkQuorum(_ newest: (file: String, witnesses: Set<Int>)?) {
    guard let policy = trust.policy else { return }
    let witnesses = newest?.witnesses ?? []
    if policy.isMet(witnesses.contains) { return }
    findings.append(
      Finding(
        .anchor,
        Damage(
          file: newest?.file ?? AnchorFolder.name,
          what: newest == nil
            ? "no checkpoint is cosigned by a witness of the policy"
            : "\(witnesses.count) of the policy's \(policy.witnesses.count) witnesses cosigned it, which is not its quorum '\(policy.quorumName)'"
        )))
  }
}
