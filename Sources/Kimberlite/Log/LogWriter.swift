// SPDX-License-Identifier: Apache-2.0
// The one writer of a log: numbers records, chains them, makes them durable together.
// kb-log(5), Writing.

internal import Glibc
public import KimberliteCore

/// The writer of a log.
///
/// One thread uses it; one process has it, by the lock.
///
/// After any error of write or sync the writer is dead and throws that error again: what the disk
/// holds is unknown until the log is opened anew.
public final class LogWriter {
  /// The log.
  public let logID: LogID
  /// Bytes of a torn tail that opening cut.
  ///
  /// Nothing in it was ever acknowledged.
  public let cutBytes: UInt64
  /// Why it is not known what this user has signed last of this log, though it was kept.
  let stateFault: String?
  /// The end of the log with the records not yet durable.
  public private(set) var head: Head
  /// The end of what is durable.
  public private(set) var durable: LogPosition

  private let directory: LogDirectory
  private let options: LogOptions
  private var lock: (any DiskFile)?
  private var active: ActiveSegment
  private var tree: CompactRange
  /// Leaves of the tree that the keeper has not heard of.
  private var leaves: [Digest] = []
  private let keeper: CheckpointKeeper
  private let sealing: SealingQueue
  private var death: LogError?

  /// Whether there is no log at a path: nothing at all, or what an interrupted creation left.
  public static func isVacant(_ path: String, disk: any Disk) throws(LogError) -> Bool {
    if try !disk.exists(path) { return true }
    return try LogDirectory(path: path, disk: disk).isVacant()
  }

  /// Makes a new, empty log and opens it.
  ///
  /// The directory must not exist or be empty.
  public static func create(
    directory path: String, disk: any Disk, logID: LogID, options: LogOptions = LogOptions()
  ) throws(LogError) -> LogWriter {
    let directory = LogDirectory(path: path, disk: disk, key: options.key)
    do throws(LogError) {
      if try !disk.exists(path) { try disk.createDirectory(path) }
    } catch {
      guard case .io(_, _, let code) = error else { throw error }
      // Another process may create the same log at this moment: the lock decides.
      if code != EEXIST { throw .cannotCreate(path: path, why: String(cString: strerror(code))) }
    }
    // In this order: what is vacant no more, since another made a log of it, is a log by then.
    let isVacant = try directory.isVacant()
    let isLog = try disk.exists(directory.checkpointPath)
    guard isVacant || isLog else {
      throw .cannotCreate(path: path, why: "the directory is not empty")
    }
    let lock = try disk.lock(directory.lockPath)
    // Whoever held the lock a moment ago may have made a log here.
    guard try directory.isVacant() else { throw .locked(path: directory.lockPath) }
    return try make(in: directory, lock: lock, logID: logID, options: options)
  }

  /// Makes a new log in a directory that is vacant and whose lock is held.
  static func make(
    in directory: LogDirectory, lock: any DiskFile, logID: LogID, options: LogOptions
  ) throws(LogError) -> LogWriter {
    let disk = directory.disk
    if try !disk.exists(directory.segmentsPath) {
      try disk.createDirectory(directory.segmentsPath)
    }
    try directory.keys.create(of: logID)
    let header = SegmentHeader(
      kind: .active, logID: logID, firstOffset: 0, previous: .zero, previousTimestamp: 0,
      nonce: options.nonce(), keyBlock: try directory.keys.newDataKey()?.block)
    _ = try directory.createSegment(header)
    // No crash may leave the checkpoint without the segments: that would be neither a log nor
    // what a creation goes on from.
    try disk.synchronizeDirectory(directory.path)
    let origin = LogOrigin(logID: logID, branch: options.branch)
    let key = try LogKeys(directory: directory).create(origin)
    // The checkpoint comes last: with it, the directory is a log.
    try directory.write(
      key.sign(Checkpoint(origin: origin, size: 0, root: .emptyRoot)), isDurable: true)
    try disk.synchronizeDirectory(directory.parentPath)
    return try LogWriter(directory, lock: lock, acknowledged: 0, options: options)
  }

  /// Opens a log: takes the lock, checks what is not sealed, cuts a torn tail.
  ///
  /// `acknowledged` is the number of records that the caller knows to have been durable (the
  /// view's applied count): cutting below it is damage, not a tear.
  public convenience init(
    directory path: String, disk: any Disk, acknowledged: UInt64,
    options: LogOptions = LogOptions()
  ) throws(LogError) {
    let directory = LogDirectory(path: path, disk: disk, key: options.key)
    try directory.requireLog()
    try directory.keys.require()
    let lock = try disk.lock(directory.lockPath)
    try self.init(directory, lock: lock, acknowledged: acknowledged, options: options)
  }

  private init(
    _ directory: LogDirectory, lock: any DiskFile, acknowledged: UInt64, options: LogOptions
  ) throws(LogError) {
    var recovery = try Recovery(
      directory: directory, acknowledged: acknowledged, startsBranch: options.startsBranch)
    let recovered = try recovery.run()
    let opened = CheckpointKeeper.Durable(head: recovered.head, tree: recovered.tree)
    let notary = try Notary.open(directory, after: recovered, options: options)
    self.directory = directory
    self.options = options
    self.lock = lock
    logID = recovered.logID
    cutBytes = recovered.cutBytes
    stateFault = notary.stateFault
    head = recovered.head
    tree = recovered.tree
    keeper = CheckpointKeeper(notary, at: opened, options: options)
    sealing = SealingQueue(
      Sealer(directory: directory, options: options), waiting: recovered.unsealed)
    active = ActiveSegment(
      file: recovered.file, header: recovered.segment, position: recovered.position,
      byteCount: recovered.byteCount, key: try directory.keys.dataKey(of: recovered.segment),
      options: options)
    durable = LogPosition(
      segment: recovered.segment.firstOffset, position: recovered.position, head: recovered.head)
    // What nobody acknowledged yet is durable as well now.
    _ = try notary.publish(
      size: head.count, root: tree.root, isDurable: options.startsBranch)
    try sealing.start()
  }

  deinit {
    keeper.stop()
    sealing.finishThreads()
  }

  /// Gives a record its place.
  ///
  /// It is durable, and may be acknowledged, only after `sync`.
  ///
  /// `timestamp` is nanoseconds since 1970; where the clock did not move on, the record gets the
  /// next nanosecond after the record before.
  public func append(
    _ record: PreparedRecord, timestamp: UInt64
  ) throws(LogError) -> Receipt {
    if let death { throw death }
    if active.isFull(with: record) { try live { () throws(LogError) in try rollOver() } }
    let header = RecordHeader(
      logID: logID, offset: head.count, timestamp: max(timestamp, head.timestamp + 1),
      eventCount: UInt32(record.eventCount), previous: head.hash, eventsRoot: record.eventsRoot)
    let hash = active.append(record, header, durable: durable.head.count)
    head.advance(past: header, hash: hash)
    tree.append(hash)
    leaves.append(hash)
    return Receipt(
      offset: header.offset, events: record.eventCount, timestamp: header.timestamp, hash: hash)
  }

  /// Makes all appended records durable by one write and one sync.
  ///
  /// The checkpoint follows within `checkpointInterval`.
  @discardableResult
  public func sync() throws(LogError) -> LogPosition {
    if let death { throw death }
    try live { () throws(LogError) in
      try sealing.check()
      try flush()
      if !leaves.isEmpty { try keeper.advance(to: whole, leaves: &leaves) }
    }
    return durable
  }

  /// Makes everything durable, gives back what was written ahead, leaves a fresh checkpoint.
  public func close() throws(LogError) {
    if let death { throw death }
    try live { () throws(LogError) in
      try flush()
      try active.trim()
      durable.position = active.position
      keeper.stop()
      try keeper.renew(to: whole, leaves: &leaves)
      try sealing.finish(leaving: options.unsealedMax)
    }
    death = .io(operation: "write", path: directory.path, code: EBADF)
    lock = nil
  }

  /// Erases events from the segments that hold them; answers how many segments were written anew.
  ///
  /// Durable when it returns. All records must be synchronised. What is erased already stays so.
  func erase(_ erasures: Erasures) throws(LogError) -> Int {
    if let death { throw death }
    var count = 0
    try live { () throws(LogError) in
      precondition(durable.head == head, "an erasure follows what is durable")
      if erasures.touches(active.header.firstOffset..<head.count) { try rollOver() }
      try sealing.drain()
      let segments = try directory.segments()
      let sealer = Sealer(directory: directory, options: options)
      for (first, next) in zip(segments, segments.dropFirst())
      where erasures.touches(first..<next) {
        try sealer.erase(erasures, from: first)
        count += 1
      }
    }
    return count
  }

  /// Runs disk work; an error kills the writer.
  private func live(_ work: () throws(LogError) -> Void) throws(LogError) {
    do {
      try work()
    } catch {
      death = error
      throw error
    }
  }

  private func flush() throws(LogError) {
    try active.flush()
    durable = LogPosition(
      segment: active.header.firstOffset, position: active.position, head: head)
  }

  /// All of the log, which is durable.
  private var whole: CheckpointKeeper.Durable {
    precondition(durable.head == head, "a checkpoint never states what is not durable")
    return CheckpointKeeper.Durable(head: head, tree: tree)
  }

  /// Closes the active segment and begins the next one.
  private func rollOver() throws(LogError) {
    try flush()
    try active.trim()
    // Durable, so that no sealed record is ever ahead of the checkpoint.
    try keeper.renew(to: whole, leaves: &leaves)
    let full = active.header.firstOffset
    let key = try directory.keys.newDataKey()
    let header = SegmentHeader(
      kind: .active, logID: logID, firstOffset: head.count, previous: head.hash,
      previousTimestamp: head.timestamp, nonce: options.nonce(), keyBlock: key?.block)
    let file = try directory.createSegment(header)
    active = ActiveSegment(
      file: file, header: header, position: UInt64(header.byteCount),
      byteCount: UInt64(header.byteCount), key: key?.secret, options: options)
    durable.segment = header.firstOffset
    durable.position = active.position
    try sealing.add(full)
  }
}
