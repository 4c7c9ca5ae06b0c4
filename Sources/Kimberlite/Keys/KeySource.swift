// SPDX-License-Identifier: Apache-2.0
// Where a master key comes from: never from an argument or a variable, which others can see.

internal import CCrypto
internal import Glibc
internal import KimberliteCore

/// What gives a master key.
public enum KeySource: Sendable, Equatable {
  /// A file that only its owner may read.
  case file(String)
  /// A file in a directory that only the service may look into, whatever its own rights
  /// (systemd.exec(5), credentials).
  case credential(String)
  /// A descriptor that the process was started with.
  case descriptor(Int32)
  /// The standard output of a shell command.
  case command(String)

  /// More than any key: 64 hex digits and the end of a line.
  private static let byteCountMax = 256

  /// Gets the key.
  ///
  /// What was read is wiped, and no message shows any of it.
  public func read() throws(DatabaseError) -> MasterKey {
    switch self {
    case .file(let path): try Self.read(path, rights: S_IRWXG | S_IRWXO)
    case .credential(let path): try Self.read(path, rights: S_IRWXO)
    case .descriptor(let number):
      try Self.key(from: number, "descriptor \(number)")
    case .command(let command): try Self.run(command)
    }
  }

  private static func read(_ path: String, rights: mode_t) throws(DatabaseError) -> MasterKey {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 {
      throw DatabaseError(
        .configuration, "cannot open key file '\(path)': \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & rights != 0 {
      throw DatabaseError(
        .configuration,
        "key file '\(path)': others than its owner have rights to it; set its mode to 0600")
    }
    return try key(from: descriptor, "key file '\(path)'")
  }

  private static func key(from descriptor: Int32, _ name: String) throws(DatabaseError) -> MasterKey
  {
    // Where a key is read, nothing but this room ever holds it.
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCountMax, alignment: 8)
    defer {
      OPENSSL_cleanse(room.baseAddress, room.count)
      room.deallocate()
    }
    var filled = 0
    while filled < room.count {
      let count = Glibc.read(descriptor, room.baseAddress.map { $0 + filled }, room.count - filled)
      if count < 0, errno == EINTR { continue }
      if count < 0 {
        throw DatabaseError(
          .configuration, "cannot read \(name): \(String(cString: strerror(errno)))")
      }
      if count == 0 { break }
      filled += count
    }
    guard let key = MasterKey(source: UnsafeRawBufferPointer(rebasing: room[..<filled])) else {
      let bytes = filled == room.count ? "\(filled) bytes or more" : filled.counted("byte")
      throw DatabaseError(
        .configuration,
        "\(name) holds \(bytes), not a key: 32 bytes, or 64 hex digits, are wanted")
    }
    return key
  }

  /// Runs a command; its messages go where ours go, its input is empty: ours is not its own.
  private static func run(_ command: String) throws(DatabaseError) -> MasterKey {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw failed(errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    let arguments = ["sh", "-c", command]
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, "/bin/sh", &actions, nil, &words, environ)
    close(ends[1])
    if code != 0 {
      close(ends[0])
      throw failed(code)
    }
    let key = Result { () throws(DatabaseError) in
      try self.key(from: ends[0], "the output of the key command")
    }
    // Before it is waited for: a command that prints on would wait for a reader.
    close(ends[0])
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    // How it ended says more than what it wrote until then.
    if status & 0x7f == SIGPIPE { return try key.get() }
    if status & 0x7f != 0 {
      throw DatabaseError(.unavailable, "the key command was ended by signal \(status & 0x7f)")
    }
    if status != 0 {
      throw DatabaseError(
        .unavailable, "the key command ended with status \((status >> 8) & 0xff)")
    }
    return try key.get()
  }

  private static func failed(_ code: Int32) -> DatabaseError {
    DatabaseError(
      .unavailable, "cannot run the key command: \(String(cString: strerror(code)))")
  }
}

extension KeySource {
  /// Whether a log is encrypted, as far as can be seen: what is no log will be said later.
  public static func isWanted(by log: String) throws(DatabaseError) -> Bool {
    try DatabaseError.wrap { () throws(LogError) in
      let directory = LogDirectory(path: log, disk: PosixDisk())
      if try directory.keys.isEncrypted() { return true }
      // Without its keystore it is none the less.
      return try? directory.openSegment(0).header.isEncrypted
    } ?? false
  }
}
