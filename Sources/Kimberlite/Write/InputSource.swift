// SPDX-License-Identifier: Apache-2.0
// Where input comes from: files one after the other, or standard input. Waits for bytes, for a
// pause, or for the word to stop, whichever is first.

internal import Glibc
internal import KimberliteCore

/// Input that a program reads, file after file.
///
/// Sendable: made on one thread, then used by the one that reads.
final class InputSource: @unchecked Sendable {
  /// What reading brought.
  enum Event: Equatable {
    case bytes
    /// Nothing came for the time given.
    case pause
    /// The current file has ended.
    case endOfFile
    /// Somebody wants the run to end.
    case stop
  }

  /// Paths; "-" is standard input.
  private var paths: ArraySlice<String>
  /// The name of the current input, as messages show it.
  private(set) var name = "-"
  private var descriptor: Int32 = -1
  private var isRewound = false
  /// Becomes readable when reading shall stop; -1 for never.
  private let stopDescriptor: Int32
  /// A pipe of our own: lets another thread end a wait.
  private var wakeEnds: [Int32] = [-1, -1]
  /// What `read` brought last; the reader takes it away.
  var chunk = ByteBuffer(capacity: 1 << 18)

  init(paths: [String], stopDescriptor: Int32) {
    self.paths = (paths.isEmpty ? ["-"] : paths)[...]
    self.stopDescriptor = stopDescriptor
    precondition(pipe(&wakeEnds) == 0, "the system gives no pipe")
    for end in wakeEnds { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  }

  deinit {
    closeCurrent()
    for end in wakeEnds { close(end) }
  }

  /// Makes `read` answer `.stop` from now on.
  ///
  /// From any thread.
  func wake() {
    var byte: UInt8 = 0
    _ = write(wakeEnds[1], &byte, 1)
  }

  private func closeCurrent() {
    if descriptor > 0 { close(descriptor) }
    descriptor = -1
  }

  /// Lets the next `nextFile` answer with the current file again, what was read still in `chunk`.
  func rewind() { isRewound = true }

  /// Opens the next file; false when there is none.
  func nextFile() throws(DatabaseError) -> Bool {
    if isRewound {
      isRewound = false
      return true
    }
    closeCurrent()
    guard let path = paths.popFirst() else { return false }
    name = path
    if path == "-" {
      descriptor = 0
      return true
    }
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw DatabaseError(.noLog, "cannot open '\(path)': \(String(cString: strerror(errno)))")
    }
    return true
  }

  /// Appends what there is to `chunk`, waiting up to `milliseconds` (-1: for ever).
  func read(milliseconds: Int32) throws(DatabaseError) -> Event {
    while true {
      var wanted = [
        pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: stopDescriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: wakeEnds[0], events: Int16(POLLIN), revents: 0),
      ]
      let ready = poll(&wanted, 3, milliseconds)
      if ready < 0 && errno == EINTR { continue }
      if ready == 0 { return .pause }
      if wanted[1].revents != 0 || wanted[2].revents != 0 { return .stop }
      var failure: Int32 = 0
      var count = 0
      chunk.append(room: 1 << 18) { room in
        count = Glibc.read(descriptor, room.baseAddress, room.count)
        failure = count < 0 ? errno : 0
        return max(count, 0)
      }
      if failure == EINTR { continue }
      if failure != 0 {
        throw DatabaseError(
          failure == EISDIR ? .noLog : .io,
          "cannot read '\(name)': \(String(cString: strerror(failure)))")
      }
      return count == 0 ? .endOfFile : .bytes
    }
  }
}
