// SPDX-License-Identifier: Apache-2.0
// The keys of subjects, outside of every copy of their log: whoever has a copy and not this file
// cannot read what is under them, so a key that is destroyed here is destroyed for all copies.
// kb-log(5), Subject keys.

internal import Glibc
internal import KimberliteCore

/// A subject's key, and what the log calls it.
struct SubjectKey: Sendable {
  let id: SubjectKeyID
  let secret: SecretBytes
}

/// The file with the subject keys of one log.
///
/// A header and slots of 64 bytes each; a slot is never used again, and a key is destroyed where
/// it stands, by zeros. One store serves all copies and branches of a log on a machine.
struct SubjectStore: Sendable {
  /// The variable that says which directory the stores are in.
  static let variable = "KB_SUBJECT_KEYS"
  /// How many keys a log may have: a store is 64 GiB then.
  private static let slotsMax: UInt64 = 1 << 30

  /// The file.
  let path: String
  private let logID: LogID
  private let disk = PosixDisk()

  /// `$KB_SUBJECT_KEYS`, else `$XDG_DATA_HOME/kimberlite/subjects`, else
  /// `~/.local/share/kimberlite/subjects`; `nil` without a home.
  private static var folder: String? {
    if let text = getenv(variable), text.pointee != 0 { return String(cString: text) }
    let data = HomeFolder.path("XDG_DATA_HOME", else: "/.local/share")
    return data.map { $0 + "/kimberlite/subjects" }
  }

  /// The store of a log, whether or not there is one.
  init(of logID: LogID) throws(LogError) {
    guard let folder = Self.folder else {
      throw .noSubjectKeys(
        path: Self.variable, why: "it is not set, and neither is HOME, so they have no place")
    }
    self.logID = logID
    path = "\(folder)/\(logID.hex)"
  }

  /// Whether there is one.
  func exists() throws(LogError) -> Bool { try disk.exists(path) }

  /// The generation, which each destruction raises; `nil` where there is no store.
  func generation() throws(LogError) -> UInt64? {
    try exists() ? try header(of: try open(.read)).generation : nil
  }

  // MARK: Keys

  /// Keys by their ids; `nil` for one that is destroyed.
  func keys(_ ids: [SubjectKeyID]) throws(LogError) -> [SecretBytes?] {
    let file = try open(.read)
    _ = try header(of: file)
    var keys: [SecretBytes?] = []
    for id in ids { keys.append(try slot(id, in: file).key) }
    return keys
  }

  /// New keys, durable before they are answered; the store is made where there is none.
  ///
  /// `behind`: the newest slot that the log knows of. A store that ends before it is an older copy:
  /// what it gave away would be another key of the same name.
  func makeKeys(_ count: Int, behind newest: UInt64?) throws(LogError) -> [SubjectKey] {
    if newest == nil { try create() }
    let lock = try disk.waitForLock(path)
    let file = try open(.update)
    _ = try header(of: file)
    // What a crash left of a slot that nobody was told of is written over.
    let first = (try file.byteCount() - UInt64(Slot.byteCount)) / UInt64(Slot.byteCount)
    if let newest, first <= newest {
      throw .noSubjectKeys(
        path: path, why: "it ends before slot \(newest), which the log uses: it is an older copy")
    }
    guard first + UInt64(count) <= Self.slotsMax else {
      throw .tooLarge(what: "the log has \(first.counted("subject key")), which is all it can have")
    }
    let keys = (0..<UInt64(count)).map { index in
      let check = Entropy.bytes(8).span.bigEndian(at: 0, as: UInt64.self)
      return SubjectKey(id: SubjectKeyID(slot: first + index, check: check), secret: .random())
    }
    var bytes = ByteBuffer(capacity: count * Slot.byteCount)
    defer { bytes.wipe() }
    for key in keys { bytes.append(Slot(check: key.id.check, key: key.secret)) }
    try file.write(bytes.span, at: Self.position(of: first))
    try file.synchronize()
    // Whoever made the store may have died before its name was durable.
    if first == 0 { try disk.synchronizeDirectory(folder) }
    withExtendedLifetime(lock) {}
    return keys
  }

  /// Throws unless keys can be destroyed.
  func requireWritable() throws(LogError) { _ = try header(of: try open(.update)) }

  /// Destroys keys, durably, also those that are destroyed already; answers the generation before
  /// and after.
  func destroy(_ ids: [SubjectKeyID]) throws(LogError) -> (before: UInt64, after: UInt64) {
    let file = try open(.update)
    let lock = try disk.waitForLock(path)
    var bytes = ByteBuffer(capacity: Slot.byteCount)
    // Also where it was done before: a crash may have kept the generation from following.
    var header = try header(of: file)
    let before = header.generation
    header.generation += 1
    bytes.append(header)
    try file.write(bytes.span, at: 0)
    for id in ids where try slot(id, in: file).key != nil {
      bytes.removeAll()
      bytes.append(Slot(check: id.check, key: nil))
      try file.write(bytes.span, at: Self.position(of: id.slot))
    }
    try file.synchronize()
    withExtendedLifetime(lock) {}
    return (before, header.generation)
  }

  // MARK: The file

  private static func position(of slot: UInt64) -> UInt64 { (slot + 1) * UInt64(Slot.byteCount) }

  private var folder: String {
    guard let slash = path.lastIndex(of: "/") else { preconditionFailure("a store has a folder") }
    return String(path[..<slash])
  }

  /// What is thrown where there is no store.
  var missing: LogError { .noSubjectKeys(path: path, why: "there is no such file") }

  private func open(_ access: FileAccess) throws(LogError) -> any DiskFile {
    var status = stat()
    guard stat(path, &status) == 0 else { throw missing }
    if status.st_mode & 0o077 != 0 {
      throw .noSubjectKeys(
        path: path, why: "others than its owner have rights to it; set its mode to 0600")
    }
    do throws(LogError) { return try disk.open(path, access) } catch {
      guard case .io(_, _, let code) = error else { throw error }
      throw .noSubjectKeys(path: path, why: String(cString: strerror(code)))
    }
  }

  /// Makes an empty store where there is none; only its owner may read it.
  private func create() throws(LogError) {
    if try exists() { return }
    try HomeFolder.make(folder, on: disk)
    var bytes = ByteBuffer(capacity: Slot.byteCount)
    bytes.append(StoreHeader(logID: logID, generation: 0))
    // Another process may make it at the same moment: a link fails where a rename would replace.
    let temporary = "\(path).\(getpid())\(LogDirectory.temporarySuffix)"
    defer { unlink(temporary) }
    let file = try disk.open(temporary, .replace)
    try file.write(bytes.span, at: 0)
    try file.synchronize()
    if link(temporary, path) != 0, errno != EEXIST {
      throw .io(operation: "create", path: path, code: errno)
    }
    try disk.synchronizeDirectory(folder)
  }

  private func header(of file: any DiskFile) throws(LogError) -> StoreHeader {
    var bytes = ByteBuffer(capacity: Slot.byteCount)
    try file.read(at: 0, count: Slot.byteCount, into: &bytes)
    guard let header = StoreHeader(bytes.span) else {
      throw .noSubjectKeys(path: path, why: "it is no store of subject keys, or damaged")
    }
    guard header.logID == logID else {
      throw .noSubjectKeys(path: path, why: "it is of another log")
    }
    return header
  }

  private func slot(_ id: SubjectKeyID, in file: any DiskFile) throws(LogError) -> Slot {
    var bytes = ByteBuffer(capacity: Slot.byteCount)
    defer { bytes.wipe() }
    if id.slot < Self.slotsMax {
      try file.read(at: Self.position(of: id.slot), count: Slot.byteCount, into: &bytes)
    }
    guard let slot = Slot(bytes.span), slot.check == id.check else {
      throw .noSubjectKeys(
        path: path, why: "the key of slot \(id.slot) is not in it, or damaged")
    }
    return slot
  }
}

/// What a store begins with.
private struct StoreHeader {
  static let magic: [UInt8] = Array("KBSUBJ".utf8) + [0, 1]
  var logID: LogID
  var generation: UInt64

  init(logID: LogID, generation: UInt64) {
    self.logID = logID
    self.generation = generation
  }

  init?(_ bytes: Span<UInt8>) {
    guard Slot.isIntact(bytes), bytes.extracting(first: Self.magic.count).array() == Self.magic
    else { return nil }
    logID = LogID(bytes.extracting(8..<24))
    generation = bytes.bigEndian(at: 24)
    // A CRC is no authentication, and a number that grows must have room.
    guard generation < 1 << 62 else { return nil }
  }
}

/// What a store holds of one key.
private struct Slot {
  static let byteCount = 64
  private static let keyStart = 16
  var check: UInt64
  /// `nil` where it is destroyed.
  var key: SecretBytes?

  init(check: UInt64, key: SecretBytes?) {
    self.check = check
    self.key = key
  }

  init?(_ bytes: Span<UInt8>) {
    guard Self.isIntact(bytes), bytes[0] == 1 || bytes[0] == 2 else { return nil }
    check = bytes.bigEndian(at: 8)
    if bytes[0] == 1 {
      key = SecretBytes(count: 32) { room in
        bytes.withUnsafeBytes { room.copyMemory(from: .init(rebasing: $0[16..<48])) }
      }
    }
  }

  /// Whether bytes are as many as they must be, and their CRC is right.
  static func isIntact(_ bytes: Span<UInt8>) -> Bool {
    bytes.count == byteCount
      && CRC32C.of(bytes.extracting(0..<byteCount - 4)) == bytes.bigEndian(at: byteCount - 4)
  }
}

extension ByteBuffer {
  fileprivate mutating func append(_ header: StoreHeader) {
    let start = count
    append(StoreHeader.magic)
    append(header.logID)
    append(bigEndian: header.generation)
    finishSlot(from: start)
  }

  fileprivate mutating func append(_ slot: Slot) {
    let start = count
    append(bigEndian: UInt64(slot.key == nil ? 2 : 1) << 56)
    append(bigEndian: slot.check)
    if let key = slot.key { append(key.span) }
    finishSlot(from: start)
  }

  private mutating func finishSlot(from start: Int) {
    append(zeros: Slot.byteCount - 4 - (count - start))
    append(bigEndian: CRC32C.of(span.extracting(start..<count)))
  }
}
