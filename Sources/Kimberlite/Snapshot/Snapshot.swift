// SPDX-License-Identifier: Apache-2.0
// What goes into an archive of a log, decided before its first byte is written, while writers go
// on. kb-snapshot(1), ARCHIVE FORMAT.

package import KimberliteCore

/// A log at one moment, as the files of an archive.
///
/// All segments are open: whatever is sealed, purged or appended later, these files stay as they
/// are, and every hole in them is covered by an order among the records archived.
public struct Snapshot: Sendable {
  /// A file of the archive.
  package struct Entry: Sendable {
    package var name: String
    package var file: any DiskFile
    /// Bytes from the file's beginning.
    package var byteCount: UInt64
  }

  /// The files in order, the manifest excepted.
  package let entries: [Entry]
  private let before: LogEdge
  private let end: LogEdge
  private let logID: LogID

  /// Records of the log that the archive ends with.
  public var size: UInt64 { end.head.count }
  /// The first record of the archive.
  public var first: UInt64 { before.head.count }
  /// Bytes of all files.
  public var byteCount: UInt64 { entries.reduce(0) { $0 + $1.byteCount } }
  /// When the newest record was made: seconds since 1970.
  package var seconds: UInt64 { end.head.timestamp / 1_000_000_000 }

  /// A snapshot of the log in a directory.
  ///
  /// `since`: an increment, of the segments that hold the records from this offset on.
  /// `until`: the last record of it; within a sealed segment of an encrypted log it takes the key,
  /// nothing else does.
  public init(
    of path: String, disk: any Disk, since: UInt64? = nil, until: SnapshotBound? = nil,
    key: MasterKey? = nil
  ) throws(LogError) {
    let reader = try LogReader(directory: path, disk: disk, key: key)
    let directory = reader.directory
    let notary = try SnapshotCheckpoint(reader)
    var segments = OpenSegments()
    var newest = try segments.open(directory, from: since ?? 0)
    if let since, since > newest.count {
      throw .unfit(
        what: "the log has \(newest.count.counted("record")), and the increment begins at \(since)")
    }
    var stated = try notary.newest(newest)
    while stated.checkpoint.size > newest.count {
      newest = try segments.open(directory, from: since ?? 0)
    }
    let size = try until.map { (bound) throws(LogError) in
      try reader.count(upTo: bound, of: newest)
    }
    let end = try reader.edge(at: size ?? stated.checkpoint.size)
    if size != nil { stated = try notary.earlier(end) }
    if stated.checkpoint.root != end.tree.root {
      throw .damaged(
        Damage(
          file: LogDirectory.checkpointName, offset: end.head.count,
          what: "the Merkle root of \(end.head.count.counted("record")) differs"))
    }
    if let since, since > end.head.count {
      throw .unfit(what: "the increment begins at \(since) and ends at \(end.head.count)")
    }
    self.end = end
    before = try reader.edge(at: segments.first)
    logID = reader.logID
    // Where the archive ends earlier than the log, holes in it may be of orders behind its end.
    let later = try size == nil ? [] : Self.laterOrders(reader, from: end, to: newest)
    entries =
      try Self.sidecars(of: directory, at: end, stated, later)
      + segments.entries(before: end.head.count, keys: directory.keys)
  }

  /// The manifest of the archive, from the digests of its files.
  package func manifest(_ digests: [Digest]) -> SnapshotManifest {
    SnapshotManifest(
      logID: logID, before: before.tree, previous: before.head.hash, size: end.head.count,
      hash: end.head.hash, timestamp: end.head.timestamp, root: end.tree.root,
      files: zip(entries, digests).map { entry, digest in
        SnapshotManifest.File(name: entry.name, byteCount: entry.byteCount, digest: digest)
      })
  }

  /// The name of the manifest, the last file of an archive.
  package static let manifestName = SnapshotName.manifest

  // MARK: Sidecars

  /// The checkpoint and what else stands beside the segments.
  private static func sidecars(
    of directory: LogDirectory, at end: LogEdge, _ stated: SignedCheckpoint, _ orders: [Entry]
  ) throws(LogError) -> [Entry] {
    var checkpoint = ByteBuffer()
    checkpoint.append(utf8: stated.text)
    var entries = [Entry(name: LogDirectory.checkpointName, checkpoint)]
    for name in [LogKeys.verifierName, Keystore.name] {
      if let entry = try entry(name, in: directory) { entries.append(entry) }
    }
    for folder in SnapshotName.folders {
      guard try directory.disk.exists("\(directory.path)/\(folder)") else { continue }
      for name in try directory.disk.list("\(directory.path)/\(folder)")
      where isWanted(name, in: folder, at: end.head.count) {
        if let entry = try entry("\(folder)/\(name)", in: directory) { entries.append(entry) }
      }
    }
    let known = Set(entries.map(\.name))
    entries += orders.filter { !known.contains($0.name) }
    // By rank and name; names that are no snapshot's were left out above.
    entries.sort { a, b in
      guard let a = SnapshotName(a.name), let b = SnapshotName(b.name) else { return false }
      return a < b
    }
    let accesses = AccessLog.path(in: directory.path)
    if try directory.disk.exists("\(accesses)/\(LogDirectory.checkpointName)") {
      entries += try Snapshot(of: accesses, disk: directory.disk).entries.map { entry in
        var entry = entry
        entry.name = "\(AccessLog.directoryName)/\(entry.name)"
        return entry
      }
    }
    return entries
  }

  /// Receipts of the purge orders behind the end that are about records before it.
  private static func laterOrders(
    _ reader: LogReader, from end: LogEdge, to newest: Head
  ) throws(LogError) -> [Entry] {
    let orders = try reader.purgeOrders(from: end.head.count, to: newest.count)
    guard let last = orders.keys.max() else { return [] }
    let stated = try reader.directory.checkpoint(
      covering: last + 1, stateFolder: SignedState.defaultFolder)
    return try reader.orders(from: end.head.count, among: orders, stated: stated).map { order in
      var text = ByteBuffer()
      text.append(utf8: order.text)
      let name = "\(LogDirectory.ordersName)/\(order.offset)\(ReceiptMaker.suffix)"
      return Entry(name: name, text)
    }
  }

  /// Whether a sidecar belongs to a log of `size` records.
  private static func isWanted(_ name: String, in folder: String, at size: UInt64) -> Bool {
    guard SnapshotName("\(folder)/\(name)") != nil else { return false }
    return folder == LogDirectory.ordersName || isAnchor(name, atMost: size)
  }

  /// Whether an anchor or link is one of at most `size` records: of more it proves nothing of this
  /// log.
  static func isAnchor(_ name: String, atMost size: UInt64) -> Bool {
    guard let anchored = UInt64(name.prefix { $0 != "." }) else { return true }
    return anchored <= size
  }

  /// A small file as it is now; `nil` where there is none.
  private static func entry(
    _ name: String, in directory: LogDirectory
  ) throws(LogError) -> Entry? {
    let path = "\(directory.path)/\(name)"
    guard try directory.disk.exists(path) else { return nil }
    let file = try directory.disk.open(path, .read)
    let count = Int(min(try file.byteCount(), UInt64(sidecarBytesMax + 1)))
    var bytes = ByteBuffer(capacity: count)
    try file.read(at: 0, count: count, into: &bytes)
    guard bytes.count <= sidecarBytesMax else {
      throw .tooLarge(what: "'\(path)' is longer than \(sidecarBytesMax) bytes")
    }
    return Entry(name: name, bytes)
  }

  /// Bytes of a file beside the segments, held in memory: keys, signatures, time stamps.
  static let sidecarBytesMax = 16 << 20
}

extension Snapshot.Entry {
  fileprivate init(name: String, _ bytes: consuming ByteBuffer) {
    let count = UInt64(bytes.count)
    self.init(name: name, file: MemoryFile(name, bytes), byteCount: count)
  }
}

/// The segments of a log from some record on, all open.
private struct OpenSegments {
  private var segments: [(first: UInt64, file: any DiskFile, header: SegmentHeader)] = []

  /// The first record of the first one.
  var first: UInt64 { segments.first?.first ?? 0 }

  /// Opens all segments that hold records from `since` on, and makes what they hold durable.
  ///
  /// Answers the end of the log, which nothing opened before it was known is behind.
  mutating func open(_ directory: LogDirectory, from since: UInt64) throws(LogError) -> Head {
    while true {
      // Asked before the frames are looked at, which may be under way.
      let shown = try directory.checkpoint().size
      let known = try directory.segments()
      guard let start = known.last(where: { $0 <= since }), known.first == 0 else {
        throw .damaged(
          Damage(file: LogDirectory.segmentName(0), what: "the first segment is missing"))
      }
      let newest = segments.last?.first
      for first in known where first >= start && newest.map({ first > $0 }) != false {
        let (file, header) = try directory.openSegment(first)
        segments.append((first, file, header))
      }
      guard let last = segments.last else { preconditionFailure("one was found above") }
      let head = try Self.end(last.file, last.header, shown: shown)
      // A writer may have gone on to another segment, and sealed this one.
      guard try directory.segments().last == last.first else { continue }
      guard last.header.kind == .active else {
        throw .damaged(
          Damage(
            file: LogDirectory.segmentName(head.count), offset: head.count,
            what: "the active segment is missing"))
      }
      return head
    }
  }

  /// The end of the frames of the last segment, made durable, whoever wrote them.
  private static func end(
    _ file: any DiskFile, _ header: SegmentHeader, shown: UInt64
  ) throws(LogError) -> Head {
    guard header.kind == .active else {
      return try SealedSegment(file: file, header: header).head
    }
    var cursor = FrameCursor(file: file, segment: header)
    var what = "records are missing"
    walk: while true {
      switch try cursor.next() {
      case .frame: continue
      case .end: break walk
      case .bad(let fault):
        what = fault.what
        if fault.mayBeTorn { break walk }
        throw .damaged(
          LogDirectory.damage(
            header.firstOffset, offset: cursor.head.count, at: fault.position, what))
      }
    }
    // A write under way, or what a crash left, is behind what the checkpoint shows.
    if cursor.head.count < shown {
      throw .damaged(
        LogDirectory.damage(
          header.firstOffset, offset: cursor.head.count, at: cursor.position, what))
    }
    try file.synchronize()
    return cursor.head
  }

  /// The files of the records before `end`.
  func entries(before end: UInt64, keys: KeyRing) throws(LogError) -> [Snapshot.Entry] {
    let kept = segments.filter { $0.first <= end }
    var entries: [Snapshot.Entry] = []
    for (index, segment) in kept.enumerated() {
      let cut =
        index == kept.count - 1
        ? try SegmentCut(segment.file, segment.header, before: end, keys: keys)
        : try SegmentCut(whole: segment.file)
      entries.append(
        Snapshot.Entry(
          name: LogDirectory.segmentName(segment.first), file: cut.file, byteCount: cut.byteCount))
    }
    return entries
  }
}
