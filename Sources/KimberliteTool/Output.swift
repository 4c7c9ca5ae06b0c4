// SPDX-License-Identifier: Apache-2.0
// Standard output that notices when it fails: print() ignores a full disk and exits 0.

internal import Glibc
internal import KimberliteCore

/// The standard streams of a tool.
public enum Output {
  /// Gives descriptors 0, 1 and 2 a holder where the caller closed them, so that no file of a log
  /// ever gets their number.
  ///
  /// Writing to a closed output still fails, as it must.
  public static func guardStandardDescriptors() {
    for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest free number is this one. It is opened the wrong way round, so that using it
      // fails as using a closed one does.
      _ = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
    }
  }

  /// Writes all bytes to standard output.
  public static func write(_ bytes: Span<UInt8>) throws(Failure) {
    let failure = bytes.withUnsafeBytes { writeAll(1, $0) }
    if failure == EPIPE { endByBrokenPipe() }
    if failure != 0 {
      throw Failure(.io, "cannot write standard output: \(String(cString: strerror(failure)))")
    }
  }

  /// Writes text to standard output.
  public static func write(_ text: String) throws(Failure) {
    try write(Array(text.utf8).span)
  }

  /// Writes rows to standard output.
  ///
  /// Byte for byte, but on a terminal: there characters that could steer it are shown escaped.
  public static func show(_ rows: Span<UInt8>) throws(Failure) {
    guard isTerminal else { return try write(rows) }
    var safe = ByteBuffer(capacity: rows.count)
    safe.append(forTerminal: rows)
    try safe.withSpan(0..<safe.count) { (bytes) throws(Failure) in try write(bytes) }
  }

  /// Writes a line to standard error.
  ///
  /// There is nobody left to tell when that fails.
  ///
  /// Characters that could steer a terminal are shown as `?`: messages quote what others wrote.
  public static func complain(_ line: String) {
    var safe = String.UnicodeScalarView()
    for scalar in line.unicodeScalars {
      switch scalar.value {
      case 0x0a: safe.append(scalar)
      case 0..<0x20, 0x7f...0x9f, 0x2028...0x202e, 0x2066...0x2069: safe.append("?")
      default: safe.append(scalar)
      }
    }
    say(String(safe) + "\n")
  }

  /// Writes text to standard error.
  static func say(_ text: String) {
    var text = text
    text.withUTF8 { _ = writeAll(2, UnsafeRawBufferPointer($0)) }
  }

  /// Ends the process as a reader's end does, quietly, unless the caller asked not to be ended so.
  ///
  /// Threads of the library block signals, so that the write answered instead.
  private static func endByBrokenPipe() {
    var action = sigaction()
    sigaction(SIGPIPE, nil, &action)
    guard action.__sigaction_handler.sa_handler == nil else { return }
    var pipe = sigset_t()
    sigemptyset(&pipe)
    sigaddset(&pipe, SIGPIPE)
    pthread_sigmask(SIG_UNBLOCK, &pipe, nil)
    raise(SIGPIPE)
  }

  /// The errno of the failure, 0 for none.
  private static func writeAll(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int32 {
    var written = 0
    while written < bytes.count {
      let more = Glibc.write(
        descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
      if more >= 0 {
        written += more
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }

  /// Whether standard output is a terminal.
  public static var isTerminal: Bool { isatty(1) == 1 }
  /// Whether standard error is a terminal.
  public static var errorIsTerminal: Bool { isatty(2) == 1 }
  /// Whether standard input is a terminal.
  public static var inputIsTerminal: Bool { isatty(0) == 1 }
}
