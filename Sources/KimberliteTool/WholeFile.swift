// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import Kimberlite

/// A file that appears under its name whole, or not at all; for its owner alone.
///
/// One at a time: a signal that ends the process takes along what is not finished.
public struct WholeFile: ~Copyable {
  private let path: String
  private let temporary: String
  private var isFinished = false
  /// What its bytes are written to.
  public let descriptor: Int32

  /// Begins a file, under another name beside its own; throws `cannotCreate`, also where something
  /// has the name that is no file, such as a device.
  public init(_ path: String) throws(DatabaseError) {
    let temporary = "\(path).tmp"
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      throw DatabaseError(.cannotCreate, "cannot create '\(path)': it is there, and no file")
    }
    let descriptor = open(
      temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      // It is somebody else's, so it is left alone.
      let why =
        errno == EEXIST ? "'\(temporary)' is in its way" : String(cString: strerror(errno))
      throw DatabaseError(.cannotCreate, "cannot create '\(path)': \(why)")
    }
    self.path = path
    self.temporary = temporary
    self.descriptor = descriptor
    Leftover.begin(temporary)
  }

  /// One that was not finished leaves nothing.
  deinit {
    Leftover.end()
    close(descriptor)
    // Once it has its name, the other one is anybody's.
    if !isFinished { unlink(temporary) }
  }

  /// Writes bytes.
  public func write(_ bytes: [UInt8]) throws(DatabaseError) {
    var start = 0
    while start < bytes.count {
      let count = bytes.withUnsafeBytes { bytes in
        Glibc.write(descriptor, bytes.baseAddress.map { $0 + start }, bytes.count - start)
      }
      if count < 0, errno != EINTR { throw failure }
      start += max(0, count)
    }
  }

  /// Gives the file its name, durable and in place of one that had it; nothing may follow.
  public mutating func finish() throws(DatabaseError) {
    guard fsync(descriptor) == 0 else { throw failure }
    Leftover.end()
    guard rename(temporary, path) == 0 else { throw failure }
    isFinished = true
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let folder = open(
      parts.isEmpty ? "." : parts.joined(separator: "/") + "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw failure }
    defer { close(folder) }
    guard fsync(folder) == 0 else { throw failure }
  }

  private var failure: DatabaseError {
    DatabaseError(.io, "cannot write '\(path)': \(String(cString: strerror(errno)))")
  }
}

/// The file that a signal takes along when it ends the process.
private enum Leftover {
  // Written by the one thread of a tool while no handler of ours is set; read by the handler.
  nonisolated(unsafe) private static var path: UnsafeMutablePointer<CChar>?

  static func begin(_ temporary: String) {
    path = strdup(temporary)
    for number in [SIGINT, SIGTERM] {
      let before = signal(number) { number in
        if let path = Leftover.path { unlink(path) }
        signal(number, SIG_DFL)
        raise(number)
      }
      // Who waits for a signal, or ignores it, goes on to.
      if let before { signal(number, before) }
    }
  }

  static func end() {
    guard let ended = path else { return }
    path = nil
    free(ended)
  }
}
