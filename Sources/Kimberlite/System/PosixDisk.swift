// SPDX-License-Identifier: Apache-2.0
// The real file system: POSIX calls, each retried when a signal interrupts it, each error with
// its errno and path.

internal import CSystem
internal import Glibc
internal import KimberliteCore

/// The file system of the machine.
public struct PosixDisk: Disk {
  /// The file system of the machine.
  public init() {}

  /// Opens a file.
  public func open(_ path: String, _ access: FileAccess) throws(LogError) -> any DiskFile {
    switch access {
    case .read: try PosixFile(path, O_RDONLY, "open")
    case .update: try PosixFile(path, O_RDWR, "open")
    case .replace: try PosixFile(path, O_RDWR | O_CREAT | O_TRUNC, "create", named: Self.name(path))
    case .create: try PosixFile(path, O_RDWR | O_CREAT, "create")
    }
  }

  /// What a descriptor gives, as a file that can be read at any place.
  ///
  /// What is no file is first copied to one without a name, in `$TMPDIR` or `/tmp`.
  package func openInput(_ descriptor: Int32, _ path: String) throws(LogError) -> any DiskFile {
    var status = stat()
    try retry("read", path) { fstat(descriptor, &status) }
    if status.st_mode & S_IFMT == S_IFREG {
      return PosixFile(path, try retry("read", path) { fcntl(descriptor, F_DUPFD_CLOEXEC, 0) })
    }
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(folder)/kimberlite-XXXXXX".utf8CString)
    let copy = PosixFile(path, try retry("create", folder) { mkstemp(&template) })
    try retry("remove", folder) { unlink(template) }
    var buffer = ByteBuffer(capacity: 1 << 20)
    var position: UInt64 = 0
    while true {
      buffer.removeAll()
      try buffer.append(room: 1 << 20) { (room: UnsafeMutableRawBufferPointer) throws(LogError) in
        try retry("read", path) { Glibc.read(descriptor, room.baseAddress, room.count) }
      }
      if buffer.isEmpty { return copy }
      try copy.write(buffer.span, at: position)
      position += UInt64(buffer.count)
    }
  }

  /// Whether something of that name is there.
  public func exists(_ path: String) throws(LogError) -> Bool {
    if access(path, F_OK) == 0 { return true }
    if errno == ENOENT || errno == ENOTDIR { return false }
    throw .io(operation: "open", path: path, code: errno)
  }

  /// Gives a file another name.
  public func rename(_ path: String, to newPath: String) throws(LogError) {
    try retry("rename", Self.name(path)) { Glibc.rename(path, newPath) }
  }

  /// What messages call a file: one that is being made has the name that it will get.
  private static func name(_ path: String) -> String {
    let suffix = LogDirectory.temporarySuffix
    return path.hasSuffix(suffix) ? String(path.dropLast(suffix.count)) : path
  }

  /// Throws where two directories are not on one file system, so that no rename goes between them.
  func requireSameFileSystem(_ path: String, _ other: String) throws(LogError) {
    var (a, b) = (stat(), stat())
    try retry("open", path) { stat(path, &a) }
    try retry("open", other) { stat(other, &b) }
    if a.st_dev != b.st_dev { throw .io(operation: "exchange", path: other, code: EXDEV) }
  }

  /// Gives each of two directories the other's name, at once.
  func exchange(_ path: String, _ other: String) throws(LogError) {
    try retry("exchange", path) { kb_exchange(path, other) }
  }

  /// Removes a file.
  public func remove(_ path: String) throws(LogError) {
    try retry("remove", path) { unlink(path) }
  }

  /// The names in a directory, in byte order.
  public func list(_ directory: String) throws(LogError) -> [String] {
    guard let stream = opendir(directory) else {
      throw .io(operation: "open", path: directory, code: errno)
    }
    defer { closedir(stream) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
      errno = 0
    }
    if errno != 0 { throw .io(operation: "list", path: directory, code: errno) }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The paths of all files in a directory and below it, in no order; links are not followed.
  func files(under directory: String) throws(LogError) -> [String] {
    var files: [String] = []
    for name in try list(directory) {
      let path = "\(directory)/\(name)"
      var status = stat()
      if lstat(path, &status) != 0 {
        // Gone in the meantime: it holds nothing any more.
        if errno == ENOENT { continue }
        throw .io(operation: "stat", path: path, code: errno)
      }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: files += try self.files(under: path)
      case S_IFREG: files.append(path)
      default: break
      }
    }
    return files
  }

  /// Makes a directory that only its owner may look into.
  public func createDirectory(_ path: String) throws(LogError) {
    try retry("create", path) { mkdir(path, 0o700) }
  }

  /// Removes an empty directory.
  public func removeDirectory(_ path: String) throws(LogError) {
    try retry("remove", path) { rmdir(path) }
  }

  /// Makes the names in a directory durable.
  public func synchronizeDirectory(_ path: String) throws(LogError) {
    let directory = try PosixFile(path, O_RDONLY | O_DIRECTORY, "open")
    try retry("sync", path) { fsync(directory.descriptor) }
  }

  /// Takes an exclusive lock: it goes with the process, whatever ends it.
  ///
  /// Of the open file, not of the process (fcntl_locking(2), Open file description locks): two
  /// writers in one process exclude each other too, and it can be asked about without taking it,
  /// which flock(2) cannot.
  public func lock(_ path: String) throws(LogError) -> any DiskFile {
    let file = try PosixFile(path, O_RDWR | O_CREAT, "create")
    var request = Self.wholeFile
    do {
      try retry("lock", path) { fcntl(file.descriptor, Self.setLock, &request) }
    } catch .io(_, _, EAGAIN), .io(_, _, EACCES) {
      throw .locked(path: path)
    }
    return file
  }

  /// Takes an exclusive lock on a file that is there, waiting while another has it.
  public func waitForLock(_ path: String) throws(LogError) -> any DiskFile {
    while true {
      let file = try PosixFile(path, O_RDWR, "open")
      var request = Self.wholeFile
      try retry("lock", path) { fcntl(file.descriptor, Self.setLockWaiting, &request) }
      // Who held it may have put another file in this one's place, which others lock.
      var held = stat()
      var named = stat()
      try retry("stat", path) { fstat(file.descriptor, &held) }
      try retry("stat", path) { stat(path, &named) }
      if held.st_dev == named.st_dev, held.st_ino == named.st_ino { return file }
    }
  }

  /// Whether another holds the lock.
  public func isLocked(_ path: String) throws(LogError) -> Bool {
    let file: PosixFile
    do {
      file = try PosixFile(path, O_RDONLY, "open")
    } catch .io(_, _, ENOENT) {
      return false
    }
    var request = Self.wholeFile
    try retry("lock", path) { fcntl(file.descriptor, Self.getLock, &request) }
    return request.l_type != Int16(F_UNLCK)
  }

  // F_OFD_GETLK, F_OFD_SETLK and F_OFD_SETLKW, which Glibc shows only under _GNU_SOURCE.
  private static let getLock: Int32 = 36
  private static let setLock: Int32 = 37
  private static let setLockWaiting: Int32 = 38

  /// A write lock on every byte.
  private static var wholeFile: flock {
    var request = flock()
    request.l_type = Int16(F_WRLCK)
    request.l_whence = Int16(SEEK_SET)
    return request
  }
}

/// An open file descriptor.
final class PosixFile: DiskFile {
  let path: String
  let descriptor: Int32
  /// What messages call it.
  private let name: String

  init(
    _ path: String, _ flags: Int32, _ operation: String, named name: String? = nil
  ) throws(LogError) {
    self.path = path
    let name = name ?? path
    self.name = name
    // Records of a compliance log are for their owner alone.
    // Not waiting for the other end of a pipe that somebody put in the place of a file.
    let descriptor = try retry(operation, name) {
      open(path, flags | O_CLOEXEC | O_NONBLOCK, 0o600)
    }
    var status = stat()
    let wanted = flags & O_DIRECTORY == 0 ? S_IFREG : S_IFDIR
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == wanted else {
      close(descriptor)
      throw .io(operation: operation, path: name, code: EINVAL)
    }
    self.descriptor = descriptor
  }

  /// A descriptor that is open already, and is closed with this.
  init(_ path: String, _ descriptor: Int32) {
    self.path = path
    name = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  func byteCount() throws(LogError) -> UInt64 {
    var status = stat()
    try retry("read", name) { fstat(descriptor, &status) }
    return UInt64(status.st_size)
  }

  func read(
    at position: UInt64, count: Int, into buffer: inout ByteBuffer
  ) throws(LogError) {
    try buffer.append(room: count) { (room: UnsafeMutableRawBufferPointer) throws(LogError) in
      var filled = 0
      while filled < count {
        let more = try retry("read", name) {
          pread(
            descriptor, room.baseAddress.map { $0 + filled }, count - filled,
            off_t(position) + off_t(filled))
        }
        if more == 0 { break }
        filled += more
      }
      return filled
    }
  }

  func write(_ bytes: Span<UInt8>, at position: UInt64) throws(LogError) {
    try bytes.withUnsafeBufferPointer { (bytes) throws(LogError) in
      var written = 0
      while written < bytes.count {
        let more = try retry("write", name) {
          pwrite(
            descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written,
            off_t(position) + off_t(written))
        }
        // A write of some bytes that moves none would be asked again for ever.
        if more == 0 { throw .io(operation: "write", path: name, code: ENOSPC) }
        written += more
      }
    }
  }

  func synchronize() throws(LogError) {
    // Not retried, not even for EINTR: the kernel may have dropped the pages that failed.
    if fdatasync(descriptor) != 0 { throw .io(operation: "sync", path: name, code: errno) }
  }

  func truncate(to byteCount: UInt64) throws(LogError) {
    try retry("truncate", name) { ftruncate(descriptor, off_t(byteCount)) }
  }
}

/// Runs a system call until no signal interrupts it.
@discardableResult
private func retry<T: SignedInteger>(
  _ operation: String, _ path: String, _ call: () -> T
) throws(LogError) -> T {
  while true {
    let answer = call()
    if answer != -1 { return answer }
    if errno != EINTR { throw .io(operation: operation, path: path, code: errno) }
  }
}
