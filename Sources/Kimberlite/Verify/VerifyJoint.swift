// SPDX-License-Identifier: Apache-2.0
// What joins the segments: each begins where and as the one before ended, and together they have
// the roots that footers and checkpoints state.

internal import KimberliteCore

/// Joins the checks of segments, in order, into a report.
struct VerifyJoint {
  let directory: LogDirectory
  var report = VerifyReport()
  private var tree: CompactRange?
  private(set) var roots: [UInt64: Digest] = [:]
  private var lastIsSealed = false
  /// Records at the end that checkpoints state and that are not there.
  private var missingAtEnd: UInt64 = 0
  private var firsts: [UInt64] = []
  private var keptOrders: [Erasures] = []
  private var hasKeystore = false

  /// Joins what continues the log behind `start`.
  init(directory: LogDirectory, after start: LogEdge = LogEdge()) {
    self.directory = directory
    tree = start.tree
    report.head = start.head
  }

  mutating func add(_ kind: Finding.Kind, _ damage: Damage) {
    report.findings.append(Finding(kind, damage))
  }

  /// Reads the checkpoint; one that is damaged or missing is a finding.
  mutating func readCheckpoint() throws(LogError) -> SignedCheckpoint? {
    do {
      let stated = try directory.signedCheckpoint()
      report.logID = stated.checkpoint.logID
      return stated
    } catch .damaged(let damage) {
      add(.checkpoint, damage)
      return nil
    }
  }

  /// Reads the keystore, where there is one; one that is damaged is a finding.
  mutating func readKeystore() throws(LogError) {
    hasKeystore = try directory.keys.isEncrypted()
    guard hasKeystore else { return }
    do {
      let keystore = try directory.keys.read()
      report.masterKey = keystore.masterKey
      if keystore.logKeys.count > 1 {
        add(
          .note,
          Damage(file: Keystore.name, what: "a change of the log key did not come to its end"))
      }
    } catch .damaged(let damage) {
      add(.tampered, damage)
    }
  }

  /// Reads the receipts of orders that are not in the log; one that proves none is a finding.
  mutating func readOrders(_ keys: [VerifierKey]) throws(LogError) {
    let (orders, damages) = try directory.keptOrders(keys)
    keptOrders = orders
    for damage in damages { add(.tampered, damage) }
  }

  /// Tells of what stands in the log directory and no tool made.
  mutating func listDirectory() throws(LogError) {
    for name in try directory.disk.list(directory.path) where !LogDirectory.mayHold(name) {
      add(.note, Damage(file: name, what: "a file that no tool makes; find out who put it there"))
    }
  }

  /// Lists the segments; other files among them are findings.
  mutating func listSegments() throws(LogError) -> [UInt64] {
    var segments: [UInt64] = []
    for name in try directory.disk.list(directory.segmentsPath) {
      let file = "\(LogDirectory.segmentsName)/\(name)"
      if let first = LogDirectory.firstOffset(of: name) {
        segments.append(first)
      } else if name.hasSuffix(LogDirectory.temporarySuffix) {
        add(.note, Damage(file: file, what: "a file that was being written"))
      } else {
        add(.stray, Damage(file: file, what: "a file that does not belong here"))
      }
    }
    report.segments = segments.count
    firsts = segments.sorted()
    return firsts
  }

  /// Joins the next segment.
  mutating func add(_ check: SegmentCheck) {
    if let header = check.header {
      if report.logID == nil { report.logID = header.logID }
      if check.first > report.head.count {
        let count = check.first - report.head.count
        report.missing += count
        tree = nil
        add(
          .missing,
          Damage(
            file: LogDirectory.segmentName(report.head.count), offset: report.head.count,
            what:
              "\(count.counted("record")) missing before '\(LogDirectory.segmentName(check.first))'"
          ))
      } else if let what = header.mismatch(
        after: report.head, logID: report.logID ?? header.logID)
      {
        tree = nil
        add(.tampered, LogDirectory.damage(check.first, at: what.position, what.what))
      }
      lastIsSealed = header.kind == .sealed
      checkKeys(header)
    }
    report.findings += check.findings
    report.holes.append(check.holes)
    report.trail.append(check.trail)
    report.good += check.good
    report.tampered += check.tampered
    report.records += check.good + check.tampered
    report.events += check.events
    report.unread += check.unread
    report.destroyed += check.destroyed
    report.locked += check.locked
    report.bytes += check.byteCount
    join(check)
    if check.header != nil { report.head = check.head }
  }

  /// A log is encrypted throughout, or not at all.
  private mutating func checkKeys(_ header: SegmentHeader) {
    let isEncrypted = hasKeystore
    if header.isEncrypted == isEncrypted { return }
    // One keystore is missing, however many segments miss it.
    if report.findings.contains(where: { $0.damage.file == Keystore.name }) { return }
    if isEncrypted {
      add(
        .tampered,
        LogDirectory.damage(header.firstOffset, at: 9, "the log is encrypted, this segment is not"))
    } else {
      add(.missing, Damage(file: Keystore.name, what: "the keystore is missing"))
    }
  }

  private mutating func join(_ check: SegmentCheck) {
    guard let before = tree, before.end == check.first, let range = check.range else {
      tree = nil
      return
    }
    for (size, part) in check.ranges {
      var upTo = before
      upTo.append(part)
      roots[size] = upTo.root
    }
    var after = before
    after.append(range)
    tree = after
    if let footer = check.footer, footer.tree != after {
      add(
        .tampered,
        Damage(
          file: LogDirectory.segmentName(check.first), offset: footer.tree.end,
          what: "the footer states another Merkle tree"))
    }
  }

  /// Holds what is erased against the orders to erase: a hole that none covers is a loss.
  mutating func judgeHoles() {
    let holes = report.holes
    let ordered = Erasures(union: report.trail.ordered + keptOrders)
    var offset: UInt64?
    for run in holes.runs where run.offset != offset {
      offset = run.offset
      report.good -= 1
      let missing = holes.events(of: run.offset).flatMap { $0 }
        .filter { !ordered.contains($0, of: run.offset) }
      guard let first = missing.first else {
        report.purged += 1
        continue
      }
      report.missing += 1
      add(
        .missing,
        Damage(
          file: segment(of: run.offset), offset: run.offset,
          what: missing.count == 1
            ? "event \(first) is not there, and no purge order covers it"
            : "\(missing.count) events from \(first) on are not there, and no purge order covers them"
        ))
    }
  }

  /// Tells of the orders that have no end yet.
  mutating func notePurges() {
    for purge in report.pendingPurges {
      let until = SQLType.timestamptz.format(.integer(Int64((purge.notBefore ?? 0) / 1000)))
      add(
        .note,
        Damage(
          file: segment(of: purge.offset), offset: purge.offset,
          what: purge.isDue
            ? "the purge ordered here is not finished; run kb-purge --resume"
            : "the purge ordered here waits until \(until)"))
    }
  }

  /// The file that holds a record.
  private func segment(of offset: UInt64) -> String {
    LogDirectory.segmentName(firsts.last { $0 <= offset } ?? 0)
  }

  /// Looks at the end of the log.
  mutating func finish(last: UInt64?) throws(LogError) {
    report.root = tree?.root
    let next = report.head.count
    // A writer may have gone on to a segment that was not there when the names were read.
    let goesOn = try directory.segments().contains(next)
    if last == nil || (lastIsSealed && !goesOn) {
      add(
        .missing,
        Damage(
          file: LogDirectory.segmentName(next), offset: next, what: "the segment is missing"))
    }
  }

  /// Holds a checkpoint against the records; answers whether it is of this log.
  @discardableResult
  mutating func compare(_ checkpoint: Checkpoint, file: String, kind: Finding.Kind) -> Bool {
    let what: String
    if checkpoint.logID != report.logID {
      what = "it is of another log"
    } else if checkpoint.size > report.head.count {
      // A record that differs is there: it is not missing as well.
      let seen = max(report.head.count, report.records)
      let missing = kind == .missing ? checkpoint.size - min(checkpoint.size, seen) : 0
      // What several checkpoints prove is missing once.
      report.missing += missing - min(missing, missingAtEnd)
      missingAtEnd = max(missingAtEnd, missing)
      add(
        kind,
        Damage(
          file: file, offset: report.head.count,
          what: "it states \(checkpoint.size.counted("record")), \(report.head.count) can be read"))
      return false
    } else if let root = roots[checkpoint.size] {
      if root == checkpoint.root { return true }
      what = "the Merkle root of \(checkpoint.size.counted("record")) differs"
    } else {
      // Damage before this size is reported already.
      what = "the Merkle root of \(checkpoint.size.counted("record")) cannot be computed"
    }
    add(.checkpoint, Damage(file: file, offset: checkpoint.size, what: what))
    return false
  }

  /// Adds what was found about the anchors.
  mutating func add(_ findings: [Finding], anchors: AnchorReport) {
    report.findings += findings
    report.anchors = anchors
  }
}
