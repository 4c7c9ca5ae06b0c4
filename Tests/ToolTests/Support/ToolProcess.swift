// SPDX-License-Identifier: Apache-2.0
// Runs the built tools as processes, as a shell would. Standard output and error go to files, so
// that nothing is lost when a process is killed and no pipe can fill; a pipe is taken where a test
// needs to see lines as they come.

import Glibc
import Synchronization

/// Held from making a pipe until it is closed on exec, and while a process is started: another
/// test's child must not hold an end open.
private let descriptors = Mutex(())

/// The built executables, found beside the tests.
enum ToolPath {
  static let folder: String = {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let own = String(
      decoding: buffer[..<max(count, 0)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    for path in [CommandLine.arguments[0], own] {
      guard let slash = path.lastIndex(of: "/") else { continue }
      let folder = String(path[..<slash])
      if access(folder + "/kb-append", X_OK) == 0 { return folder }
    }
    preconditionFailure("no kb-append beside \(own)")
  }()

  static func of(_ name: String) -> String { name.contains("/") ? name : "\(folder)/\(name)" }
}

/// How a process ended and what it said.
struct Outcome: CustomStringConvertible {
  /// The exit status; `nil` when a signal ended it.
  var status: Int32?
  /// The signal that ended it.
  var signal: Int32?
  var output: [UInt8]
  var error: String

  var text: String { String(decoding: output, as: UTF8.self) }

  /// Whole lines of standard output: a last one that was cut is not among them.
  var lines: [String] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    lines.removeLast()
    return lines
  }

  var errorLines: [String] { error.split(separator: "\n").map(String.init) }

  var description: String {
    "status \(status.map(String.init) ?? "-") signal \(signal.map(String.init) ?? "-")\n"
      + "stdout: \(text.prefix(2000))\nstderr: \(error.prefix(2000))"
  }
}

/// What a process reads.
enum Input {
  case none
  case text(String)
  case bytes([UInt8])
  case file(String)
  /// What the test writes while the process runs.
  case pipe
}

/// A process that runs.
final class ToolProcess {
  let pid: pid_t
  private let folder = Folder()
  private var inputEnd: Int32 = -1
  private var outputEnd: Int32 = -1
  private var pending: [UInt8] = []
  private var ended: Int32?

  /// Starts a tool, or any program by its path.
  ///
  /// `output`: a path in place of the file that `wait` reads. `isPiped`: standard output is a pipe
  /// for `readLine`.
  init(
    _ name: String, _ arguments: [String], input: Input = .none, output: String? = nil,
    isPiped: Bool = false, environment: [String: String] = [:]
  ) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    var childEnds: [Int32] = []
    switch input {
    case .none: posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    case .file(let path): posix_spawn_file_actions_addopen(&actions, 0, path, O_RDONLY, 0)
    case .text(let text):
      let path = folder.write("0", text)
      posix_spawn_file_actions_addopen(&actions, 0, path, O_RDONLY, 0)
    case .bytes(let bytes):
      let path = folder.write("0", bytes)
      posix_spawn_file_actions_addopen(&actions, 0, path, O_RDONLY, 0)
    case .pipe:
      let ends = descriptors.withLock { _ in Self.pipeEnds() }
      inputEnd = ends.write
      childEnds.append(ends.read)
      posix_spawn_file_actions_adddup2(&actions, ends.read, 0)
    }
    if isPiped {
      let ends = descriptors.withLock { _ in Self.pipeEnds() }
      outputEnd = ends.read
      childEnds.append(ends.write)
      posix_spawn_file_actions_adddup2(&actions, ends.write, 1)
    } else {
      let flags = O_WRONLY | O_CREAT | (output == nil ? O_TRUNC : 0)
      posix_spawn_file_actions_addopen(&actions, 1, output ?? folder.path + "/1", flags, 0o600)
    }
    posix_spawn_file_actions_addopen(
      &actions, 2, folder.path + "/2", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    pid = Self.spawn(ToolPath.of(name), arguments, &actions, environment)
    for end in childEnds { close(end) }
  }

  deinit {
    if ended == nil {
      _ = Glibc.kill(pid, SIGKILL)
      _ = reap()
    }
    closeInput()
    closeOutput()
  }

  private static func pipeEnds() -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    precondition(pipe(&ends) == 0, "the system gives no pipe")
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  /// Starts a program.
  ///
  /// `leads`: in a session of its own, whose terminal the first one that it opens becomes.
  static func spawn(
    _ path: String, _ arguments: [String], _ actions: inout posix_spawn_file_actions_t,
    _ more: [String: String], leads: Bool = false
  ) -> pid_t {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // As from a shell: what the test process ignores or blocks is none of the tool's business.
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    // POSIX_SPAWN_SETSID, which Glibc's module lacks.
    let session: Int32 = leads ? 0x80 : 0
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | session))
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    var names = ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin"]
    for (name, value) in more { names[name] = value }
    var variables: [UnsafeMutablePointer<CChar>?] = names.map { strdup("\($0)=\($1)") } + [nil]
    defer { for word in words + variables { free(word) } }
    var pid: pid_t = 0
    let failure = descriptors.withLock { _ in
      posix_spawn(&pid, path, &actions, &attributes, &words, &variables)
    }
    precondition(failure == 0, "cannot start \(path): \(String(cString: strerror(failure)))")
    return pid
  }

  // MARK: While it runs

  /// Writes to the process's standard input; false when it reads no more.
  @discardableResult
  func write(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes {
        Glibc.write(inputEnd, $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR { continue }
      if count < 0 { return false }
      written += count
    }
    return true
  }

  /// Ends the process's input.
  func closeInput() {
    if inputEnd >= 0 { close(inputEnd) }
    inputEnd = -1
  }

  /// Goes away as the reader of the process's output.
  func closeOutput() {
    if outputEnd >= 0 { close(outputEnd) }
    outputEnd = -1
  }

  /// Waits for a line of output; `nil` when there will be none.
  func readLine() -> String? {
    while true {
      if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
        defer { pending.removeSubrange(...end) }
        return String(decoding: pending[..<end], as: UTF8.self)
      }
      var chunk = [UInt8](repeating: 0, count: 4096)
      let count = read(outputEnd, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return nil }
      pending += chunk[..<count]
    }
  }

  /// Sends a signal, unless the process was waited for.
  func kill(_ signal: Int32) {
    if ended == nil { _ = Glibc.kill(pid, signal) }
  }

  /// Whether the process has not ended.
  var isRunning: Bool {
    guard ended == nil else { return false }
    var status: Int32 = 0
    guard waitpid(pid, &status, WNOHANG) == pid else { return true }
    ended = status
    return false
  }

  /// Waits for the end.
  func wait() -> Outcome {
    let status = reap()
    let signal = status & 0x7f
    return Outcome(
      status: signal == 0 ? (status >> 8) & 0xff : nil, signal: signal == 0 ? nil : signal,
      output: outputEnd >= 0 ? pending : folder.read("1"),
      error: String(decoding: folder.read("2"), as: UTF8.self))
  }

  private func reap() -> Int32 {
    if let ended { return ended }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    ended = status
    return status
  }
}

/// Runs a tool to its end.
func run(
  _ name: String, _ arguments: [String], input: Input = .none, output: String? = nil,
  environment: [String: String] = [:]
) -> Outcome {
  ToolProcess(name, arguments, input: input, output: output, environment: environment).wait()
}

/// Runs a tool as part of a shell command in which `"$@"` stands for it: limits, redirections.
func runInShell(_ command: String, _ name: String, _ arguments: [String], input: Input = .none)
  -> Outcome
{
  run("/bin/sh", ["-c", command, "sh", ToolPath.of(name)] + arguments, input: input)
}
