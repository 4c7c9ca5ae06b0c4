// SPDX-License-Identifier: Apache-2.0
// What a writer does before its first append: walk what is not sealed, hold it against the
// checkpoint, and cut a torn tail. kb-log(5), Recovery.

internal import KimberliteCore

/// Where a writer goes on.
struct RecoveredLog {
  var logID: LogID
  /// The active segment.
  var file: any DiskFile
  var segment: SegmentHeader
  /// Where the next frame goes.
  var position: UInt64
  /// Bytes of the active segment's file.
  var byteCount: UInt64
  var head: Head
  var tree: CompactRange
  var checkpoint: Checkpoint
  /// Earlier segments that a crash left unsealed.
  var unsealed: [UInt64]
  /// Bytes of a torn tail that were cut, without the zeros behind them.
  var cutBytes: UInt64
}

/// Opens a log for writing; the lock is held already.
struct Recovery {
  let directory: LogDirectory
  /// Records that somebody outside the log knows to be durable.
  let acknowledged: UInt64
  /// Whether the log may go on with fewer records than its checkpoint states.
  let startsBranch: Bool

  private var head = Head.start
  private var tree = CompactRange()
  private var checkpoint: Checkpoint

  init(
    directory: LogDirectory, acknowledged: UInt64, startsBranch: Bool = false
  ) throws(LogError) {
    self.directory = directory
    self.acknowledged = acknowledged
    self.startsBranch = startsBranch
    checkpoint = try directory.checkpoint()
  }

  /// Walks, checks, cuts.
  mutating func run() throws(LogError) -> RecoveredLog {
    try directory.removeTemporaries()
    let segments = try directory.segments()
    guard let last = segments.last, segments.first == 0 else {
      throw .damaged(
        Damage(file: LogDirectory.segmentName(0), what: "the first segment is missing"))
    }
    var unsealed = try skipSealed(segments)
    for first in unsealed.dropLast() { try walkFull(first) }
    unsealed.removeAll { $0 == last }
    try requireStart(last)
    return try walkActive(last, unsealed: unsealed)
  }

  /// Takes the state after the last sealed segment from its footer, without reading it.
  private mutating func skipSealed(_ segments: [UInt64]) throws(LogError) -> [UInt64] {
    var unsealed: [UInt64] = []
    for first in segments.reversed() {
      let (file, header) = try directory.openSegment(first)
      guard header.kind == .sealed else {
        unsealed.append(first)
        continue
      }
      let sealed = try SealedSegment(file: file, header: header)
      head = sealed.footer.head
      tree = sealed.footer.tree
      break
    }
    if checkpoint.size < head.count {
      throw .damaged(
        Damage(
          file: LogDirectory.checkpointName, offset: checkpoint.size,
          what: "\(checkpoint.size) records, but \(head.count) are sealed"))
    }
    if unsealed.isEmpty {
      throw .damaged(
        Damage(
          file: LogDirectory.segmentName(head.count), offset: head.count,
          what: "the active segment is missing"))
    }
    try compareWithCheckpoint()
    return unsealed.reversed()
  }

  private func requireStart(_ first: UInt64) throws(LogError) {
    guard first == head.count else {
      throw .damaged(
        Damage(
          file: LogDirectory.segmentName(head.count), offset: head.count,
          what: "the segment is missing"))
    }
  }

  private func open(_ first: UInt64, _ access: FileAccess) throws(LogError) -> FrameCursor {
    try requireStart(first)
    let (file, header) = try directory.openSegment(first, access)
    if let what = header.mismatch(after: head, logID: checkpoint.logID) {
      throw .damaged(LogDirectory.damage(first, at: what.position, what.what))
    }
    try directory.keys.requireKeystore(for: header)
    return FrameCursor(file: file, segment: header)
  }

  /// Walks an earlier segment: it was durable before the next one was made, so nothing is torn.
  private mutating func walkFull(_ first: UInt64) throws(LogError) {
    var cursor = try open(first, .read)
    if let fault = try walk(&cursor) { throw damaged(first, fault) }
    let byteCount = try cursor.file.byteCount()
    guard cursor.position == byteCount else {
      throw .damaged(
        LogDirectory.damage(
          first, offset: head.count, at: cursor.position, "bytes after the last frame"))
    }
  }

  private func damaged(_ segment: UInt64, _ fault: FrameCursor.Fault) -> LogError {
    .damaged(
      LogDirectory.damage(segment, offset: head.count, at: fault.position, fault.what))
  }

  /// Walks the frames, keeping head and tree; answers what stopped it other than the end.
  private mutating func walk(_ cursor: inout FrameCursor) throws(LogError) -> FrameCursor.Fault? {
    while true {
      switch try cursor.next() {
      case .frame:
        head = cursor.head
        tree.append(head.hash)
        try compareWithCheckpoint()
      case .end: return nil
      case .bad(let fault): return fault
      }
    }
  }

  private func compareWithCheckpoint() throws(LogError) {
    if head.count == checkpoint.size, tree.root != checkpoint.root {
      throw .damaged(
        Damage(
          file: LogDirectory.checkpointName, offset: checkpoint.size,
          what: "the Merkle root of \(checkpoint.size) records differs"))
    }
  }

  private mutating func walkActive(
    _ first: UInt64, unsealed: [UInt64]
  ) throws(LogError) -> RecoveredLog {
    var cursor = try open(first, .update)
    let fault = try walk(&cursor)
    var byteCount = try cursor.file.byteCount()
    let tail = try TornTail(file: cursor.file, from: cursor.position, to: byteCount)
    if let fault = fault ?? tail.fault {
      guard fault.mayBeTorn else { throw damaged(first, fault) }
      let durable = max(
        checkpoint.size, acknowledged, try tail.durable(in: cursor.segment))
      if durable > head.count {
        var fault = fault
        fault.what += ", with \(durable.counted("record")) acknowledged"
        throw damaged(first, fault)
      }
    } else if max(checkpoint.size, acknowledged) > head.count, !startsBranch {
      throw .damaged(
        LogDirectory.damage(
          first, offset: head.count, at: cursor.position,
          "\(max(checkpoint.size, acknowledged).counted("record")) acknowledged, \(head.count) here"
        )
      )
    }
    var file = cursor.file
    let knownDurable = max(checkpoint.size, head.count > first ? cursor.frame.durable : 0)
    if tail.usedByteCount > 0 || knownDurable < head.count {
      file = try copy(cursor)
      byteCount = cursor.position
    }
    try directory.disk.synchronizeDirectory(directory.segmentsPath)
    return RecoveredLog(
      logID: checkpoint.logID, file: file, segment: cursor.segment,
      position: cursor.position, byteCount: byteCount, head: head, tree: tree,
      checkpoint: checkpoint, unsealed: unsealed, cutBytes: tail.usedByteCount)
  }
}

extension Recovery {
  /// Copies the good frames into a new file that takes the segment's name.
  ///
  /// Frames that nothing shows to be durable may be in the page cache alone: after a failed sync
  /// the kernel holds such pages to be clean, and a further sync would not write them. Writing
  /// them again in place could tear what is durable already.
  private func copy(_ cursor: borrowing FrameCursor) throws(LogError) -> any DiskFile {
    let name = directory.segmentPath(cursor.segment.firstOffset)
    let temporary = name + LogDirectory.temporarySuffix
    let file = try directory.disk.open(temporary, .replace)
    var position: UInt64 = 0
    var buffer = ByteBuffer(capacity: 1 << 20)
    while position < cursor.position {
      buffer.removeAll()
      let count = min(1 << 20, cursor.position - position)
      try cursor.file.read(at: position, count: Int(count), into: &buffer)
      try file.write(buffer.span, at: position)
      position += count
    }
    try file.synchronize()
    try directory.disk.rename(temporary, to: name)
    return file
  }
}

extension SegmentHeader {
  /// Why a segment does not continue the log behind `head`; `nil` where it does.
  func mismatch(after head: Head, logID: LogID) -> FormatError? {
    if self.logID != logID { return FormatError(at: 16, "the segment is of another log") }
    if firstOffset != head.count {
      return FormatError(at: 32, "the segment begins at offset \(firstOffset)")
    }
    if previous != head.hash { return FormatError(at: 40, "the previous record hash differs") }
    if previousTimestamp != head.timestamp {
      return FormatError(at: 72, "the previous timestamp differs")
    }
    return nil
  }
}
