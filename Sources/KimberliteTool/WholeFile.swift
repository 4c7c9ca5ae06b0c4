// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import Kimberlite

/// A file that appears under its name whole, or not at all; for its owner alone.
public struct WholeFile: ~Copyable {
  private let path: String
  private let temporary: String
  /// What its bytes are written to.
  public let descriptor: Int32

  /// Begins a file, under another name beside its own; throws `cannotCreate`.
  public init(_ path: String) throws(DatabaseError) {
    let temporary = "\(path).tmp"
    let descriptor = open(
      temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      // What is in the way is another's: nothing of this is made yet that could take it along.
      let why =
        errno == EEXIST ? "'\(temporary)' is in its way" : String(cString: strerror(errno))
      throw DatabaseError(.cannotCreate, "cannot create '\(path)': \(why)")
    }
    self.path = path
    self.temporary = temporary
    self.descriptor = descriptor
  }

  /// One that was not finished leaves nothing.
  deinit {
    close(descriptor)
    unlink(temporary)
  }

  /// Writes bytes.
  public func write(_ bytes: [UInt8]) throws(DatabaseError) {
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw failure }
  }

  /// Gives the file its name, durable and in place of one that had it.
  public func finish() throws(DatabaseError) {
    guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw failure }
  }

  private var failure: DatabaseError {
    DatabaseError(.io, "cannot write '\(path)': \(String(cString: strerror(errno)))")
  }
}
