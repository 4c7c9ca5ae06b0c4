// SPDX-License-Identifier: Apache-2.0
// A disk in memory that does what real ones do at the worst moment: what was not synchronised is
// torn by sectors, lost, reordered or flipped at a crash, and any call can be made to fail.

import Glibc
import Kimberlite
import KimberliteCore

/// A simulated disk.
///
/// One thread uses it at a time, so nothing in it is locked.
final class SimulatedDisk: Disk, @unchecked Sendable {
  /// A file without its names.
  final class Node {
    var current: [UInt8] = []
    var durable: [UInt8] = []
    var pending: [Change] = []
    var isLocked = false
  }

  enum Change {
    case write([UInt8], at: Int)
    case truncate(Int)
  }

  private enum NameChange {
    case set(String, Node)
    case rename(String, String)
    case remove(String)
  }

  static let sectorBytes = 512
  private var names: [String: Node] = [:]
  private var durableNames: [String: Node] = [:]
  private var pendingNames: [String: [NameChange]] = [:]
  private var directories: Set<String> = []
  private var random: Random
  /// Handles opened before the last crash are dead.
  private(set) var epoch = 0
  /// Calls until one fails; `nil`: none does.
  var callsUntilFailure: Int?

  init(seed: UInt64) { random = Random(seed: seed) }

  fileprivate func mayFail(_ operation: String, _ path: String) throws(LogError) {
    guard let calls = callsUntilFailure else { return }
    if calls > 0 {
      callsUntilFailure = calls - 1
      return
    }
    callsUntilFailure = nil
    throw .io(operation: operation, path: path, code: Bool.random(using: &random) ? EIO : ENOSPC)
  }

  fileprivate func roll(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

  private func parent(_ path: String) -> String {
    String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
  }

  private static func apply(_ change: NameChange, to names: inout [String: Node]) {
    switch change {
    case .set(let path, let node): names[path] = node
    case .rename(let old, let new): names[new] = names.removeValue(forKey: old)
    case .remove(let path): names[path] = nil
    }
  }

  private func change(_ path: String, _ change: NameChange) {
    Self.apply(change, to: &names)
    pendingNames[parent(path), default: []].append(change)
  }

  // MARK: Disk

  func open(_ path: String, _ access: FileAccess) throws(LogError) -> any DiskFile {
    try mayFail("open", path)
    if let node = names[path] {
      if case .replace = access {
        node.current = []
        node.pending.append(.truncate(0))
      }
      return SimulatedFile(path, node, self)
    }
    switch access {
    case .read, .update: throw .io(operation: "open", path: path, code: ENOENT)
    case .replace, .create: break
    }
    let node = Node()
    change(path, .set(path, node))
    return SimulatedFile(path, node, self)
  }

  func exists(_ path: String) throws(LogError) -> Bool {
    names[path] != nil || directories.contains(path)
  }

  func rename(_ path: String, to newPath: String) throws(LogError) {
    try mayFail("rename", path)
    change(path, .rename(path, newPath))
  }

  func remove(_ path: String) throws(LogError) {
    try mayFail("remove", path)
    change(path, .remove(path))
  }

  func list(_ directory: String) throws(LogError) -> [String] {
    let prefix = directory + "/"
    let paths = Array(names.keys) + Array(directories)
    return paths.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
      .filter { !$0.contains("/") }.sorted()
  }

  func createDirectory(_ path: String) throws(LogError) {
    try mayFail("create", path)
    directories.insert(path)
  }

  func removeDirectory(_ path: String) throws(LogError) {
    try mayFail("remove", path)
    directories.remove(path)
  }

  func synchronizeDirectory(_ path: String) throws(LogError) {
    try mayFail("sync", path)
    for change in pendingNames.removeValue(forKey: path) ?? [] {
      Self.apply(change, to: &durableNames)
    }
  }

  func lock(_ path: String) throws(LogError) -> any DiskFile {
    let node = names[path] ?? Node()
    if names[path] == nil { change(path, .set(path, node)) }
    if node.isLocked { throw .locked(path: path) }
    node.isLocked = true
    return SimulatedFile(path, node, self, unlocks: true)
  }

  func waitForLock(_ path: String) throws(LogError) -> any DiskFile {
    try mayFail("lock", path)
    guard names[path] != nil else { throw .io(operation: "open", path: path, code: ENOENT) }
    // One thread uses the disk: nobody could let go of the lock meanwhile.
    return try lock(path)
  }

  func isLocked(_ path: String) throws(LogError) -> Bool { names[path]?.isLocked == true }

  // MARK: Bad days

  /// Loses power: each file and directory keeps what was synchronised and some of the rest.
  func crash() {
    epoch += 1
    callsUntilFailure = nil
    for (_, changes) in pendingNames.sorted(by: { $0.key < $1.key }) {
      for change in changes.prefix(roll(changes.count + 1)) {
        Self.apply(change, to: &durableNames)
      }
    }
    pendingNames = [:]
    names = durableNames
    for (_, node) in names.sorted(by: { $0.key < $1.key }) {
      settle(node)
      node.current = node.durable
      node.isLocked = false
    }
  }

  /// The process ends, the kernel lives: nothing is lost but the handles.
  func kill() {
    epoch += 1
    callsUntilFailure = nil
    for node in names.values { node.isLocked = false }
  }

  /// Brings an arbitrary part of what is pending to the disk and forgets the rest.
  fileprivate func settle(_ node: Node) {
    let mood = roll(4)
    for change in node.pending {
      switch change {
      case .truncate(let count): if roll(2) == 0 { Self.resize(&node.durable, count) }
      case .write(let bytes, let position): settle(bytes, position, mood, &node.durable)
      }
    }
    node.pending = []
  }

  private func settle(_ bytes: [UInt8], _ position: Int, _ mood: Int, _ durable: inout [UInt8]) {
    var start = position
    while start < position + bytes.count {
      let sectorEnd = (start / Self.sectorBytes + 1) * Self.sectorBytes
      let end = min(position + bytes.count, sectorEnd)
      defer { start = end }
      // Mood 0 keeps all, 1 loses all, the others some; few flip.
      if mood == 1 || (mood > 1 && roll(3) == 0) { continue }
      var part = Array(bytes[start - position..<end - position])
      if mood == 3, roll(8) == 0 { part[roll(part.count)] ^= UInt8(1 << roll(8)) }
      if durable.count < end { Self.resize(&durable, end) }
      durable.replaceSubrange(start..<end, with: part)
    }
  }

  static func resize(_ bytes: inout [UInt8], _ count: Int) {
    if bytes.count > count {
      bytes.removeLast(bytes.count - count)
    } else {
      bytes.append(contentsOf: [UInt8](repeating: 0, count: count - bytes.count))
    }
  }

  /// The files under a path, as they are.
  func copy(of path: String) -> [String: [UInt8]] {
    names.filter { $0.key.hasPrefix(path + "/") }.mapValues(\.current)
  }

  /// Brings back the files under a path as they were, and no others.
  func restore(_ copy: [String: [UInt8]], to path: String) {
    for name in names.keys where name.hasPrefix(path + "/") { names[name] = nil }
    for (name, bytes) in copy {
      let node = Node()
      node.current = bytes
      node.durable = bytes
      names[name] = node
    }
    durableNames = names
    pendingNames = [:]
  }

  /// The durable bytes of a file, to be spoilt.
  func withBytes(_ path: String, _ body: (inout [UInt8]) -> Void) {
    guard let node = names[path] else { preconditionFailure("no '\(path)' to spoil") }
    body(&node.current)
    node.durable = node.current
  }
}

/// A file of a simulated disk.
final class SimulatedFile: DiskFile, @unchecked Sendable {
  let path: String
  private let node: SimulatedDisk.Node
  private let disk: SimulatedDisk
  private let epoch: Int
  private let unlocks: Bool

  init(_ path: String, _ node: SimulatedDisk.Node, _ disk: SimulatedDisk, unlocks: Bool = false) {
    self.path = path
    self.node = node
    self.disk = disk
    self.epoch = disk.epoch
    self.unlocks = unlocks
  }

  deinit { if unlocks, epoch == disk.epoch { node.isLocked = false } }

  private func requireAlive() {
    precondition(epoch == disk.epoch, "a handle outlived its process")
  }

  func byteCount() throws(LogError) -> UInt64 {
    requireAlive()
    return UInt64(node.current.count)
  }

  func read(at position: UInt64, count: Int, into buffer: inout ByteBuffer) throws(LogError) {
    requireAlive()
    try disk.mayFail("read", path)
    let start = min(Int(position), node.current.count)
    buffer.append(Array(node.current[start..<min(start + count, node.current.count)]))
  }

  func write(_ bytes: Span<UInt8>, at position: UInt64) throws(LogError) {
    requireAlive()
    do {
      try disk.mayFail("write", path)
    } catch {
      store(Array(bytes.array().prefix(disk.roll(bytes.count + 1))), at: Int(position))
      throw error
    }
    store(bytes.array(), at: Int(position))
  }

  private func store(_ bytes: [UInt8], at position: Int) {
    let end = position + bytes.count
    if node.current.count < end { SimulatedDisk.resize(&node.current, end) }
    node.current.replaceSubrange(position..<end, with: bytes)
    node.pending.append(.write(bytes, at: position))
  }

  func synchronize() throws(LogError) {
    requireAlive()
    do {
      try disk.mayFail("sync", path)
    } catch {
      // As Linux does: the pages that failed are clean now, and lost.
      disk.settle(node)
      throw error
    }
    for change in node.pending {
      switch change {
      case .truncate(let count): SimulatedDisk.resize(&node.durable, count)
      case .write(let bytes, let position):
        let end = position + bytes.count
        if node.durable.count < end { SimulatedDisk.resize(&node.durable, end) }
        node.durable.replaceSubrange(position..<end, with: bytes)
      }
    }
    node.pending = []
  }

  func truncate(to byteCount: UInt64) throws(LogError) {
    requireAlive()
    try disk.mayFail("truncate", path)
    SimulatedDisk.resize(&node.current, Int(byteCount))
    node.pending.append(.truncate(Int(byteCount)))
  }
}
