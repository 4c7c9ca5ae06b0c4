// SPDX-License-Identifier: Apache-2.0
// A person at a terminal: types, looks, presses Ctrl-C.

import Glibc

/// A tool on a pseudo-terminal of its own.
final class Terminal {
  /// How long the tool may take to show what is waited for.
  ///
  /// Milliseconds.
  private static let patience: Int32 = 30_000

  private let pid: pid_t
  private let keyboard: Int32
  private var hasEnded = false

  /// Starts a tool.
  ///
  /// `output`: a file for its standard output, in place of the terminal.
  init(
    _ name: String, _ arguments: [String], environment: [String: String] = [:],
    output: String? = nil
  ) {
    // As posix_openpt(3), unlockpt(3) and ptsname(3) do it: Glibc's module has none of them.
    keyboard = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    precondition(keyboard >= 0, "no terminal")
    var isLocked: CInt = 0
    var number: CInt = 0
    precondition(ioctl(keyboard, 0x4004_5431, &isLocked) == 0, "TIOCSPTLCK")
    precondition(ioctl(keyboard, 0x8004_5430, &number) == 0, "TIOCGPTN")
    let path = "/dev/pts/\(number)"
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, path, O_RDWR, 0)
    if let output {
      posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    } else {
      posix_spawn_file_actions_adddup2(&actions, 0, 1)
    }
    posix_spawn_file_actions_adddup2(&actions, 0, 2)
    pid = ToolProcess.spawn(
      ToolPath.of(name), arguments, &actions,
      environment.merging(["TERM": "xterm", "LC_ALL": "C.UTF-8"]) { mine, _ in mine }, leads: true)
  }

  deinit {
    if !hasEnded {
      kill(pid, SIGKILL)
      waitpid(pid, nil, 0)
    }
    close(keyboard)
  }

  /// Presses keys.
  func type(_ text: String) {
    let bytes = Array(text.utf8)
    precondition(write(keyboard, bytes, bytes.count) == bytes.count, "the terminal takes no more")
  }

  /// Presses Ctrl-D at a prompt.
  ///
  /// libedit shows the prompt before it takes the terminal over; up to then the terminal itself
  /// would take the key for the end of a line.
  func typeEnd() {
    var settings = termios()
    repeat {
      precondition(tcgetattr(keyboard, &settings) == 0, "no terminal")
      sched_yield()
    } while settings.c_lflag & tcflag_t(ICANON) != 0 && kill(pid, 0) == 0
    type("\u{4}")
  }

  /// What is shown until `text` is; all there was if it never is.
  @discardableResult
  func shown(until text: String) -> String {
    var shown: [UInt8] = []
    while !String(decoding: shown, as: UTF8.self).contains(text) {
      guard let more = read() else { break }
      shown += more
    }
    return String(decoding: shown, as: UTF8.self)
  }

  /// What is shown next, line ends without their carriage return.
  ///
  /// `nil` when nothing comes, or nothing will.
  private func read() -> [UInt8]? {
    var wanted = pollfd(fd: keyboard, events: Int16(POLLIN), revents: 0)
    guard poll(&wanted, 1, Self.patience) == 1 else { return nil }
    var chunk = [UInt8](repeating: 0, count: 4096)
    let count = Glibc.read(keyboard, &chunk, chunk.count)
    return count > 0 ? chunk[..<count].filter { $0 != 0x0d } : nil
  }

  /// Types a line to the shell and answers what is shown up to its next prompt.
  func ask(_ line: String, prompt: String = "kb=> ") -> String {
    type(line + "\n")
    // The echo ends with the line.
    return shown(until: "\n" + prompt)
  }

  /// Shows what is left and waits for the end: the exit status, as a shell says it.
  func end() -> (status: Int32, shown: String) {
    var rest: [UInt8] = []
    while let more = read() { rest += more }
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    hasEnded = true
    return (
      status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + status & 0x7f,
      String(decoding: rest, as: UTF8.self)
    )
  }
}
