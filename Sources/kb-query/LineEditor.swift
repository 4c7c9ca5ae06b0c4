// SPDX-License-Identifier: Apache-2.0
// Lines from a terminal: libedit's editing, a history that outlives the shell, and Ctrl-C.

import CEdit
import Glibc

/// The one terminal of the process, as a source of lines.
enum LineEditor {
  /// What came of asking for a line.
  enum Answer {
    case line(String)
    /// Ctrl-C: the line that was being typed is dropped.
    case interrupted
    case end
  }

  // Set by the handler of SIGINT, which runs on the one thread that reads lines.
  nonisolated(unsafe) private static var wasInterrupted = false
  // Set once, by that thread.
  nonisolated(unsafe) private static var history: Int32 = -1

  /// Reads the history of earlier shells.
  ///
  /// Where its file cannot be had, the history is that of this shell alone.
  static func start(historyPath path: String?) {
    using_history()
    guard let path else { return }
    history = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard history >= 0 else { return }
    fchmod(history, 0o600)
    // An empty file has to get libedit's first line before anything is appended.
    if lseek(history, 0, SEEK_END) == 0 { write_history(path) } else { read_history(path) }
  }

  /// Adds a statement or command to the history, on disk at once.
  ///
  /// It keeps its line ends: without them a comment would hide the rest.
  static func remember(_ text: String) {
    add_history(text)
    guard history >= 0 else { return }
    // As vis(3) writes it and libedit reads it; its own append_history writes the entry before too.
    var line: [UInt8] = []
    for byte in text.utf8 {
      if (0x21...0x7e).contains(byte), byte != UInt8(ascii: "\\") {
        line.append(byte)
      } else {
        let digits = String(0o1000 + Int(byte), radix: 8).dropFirst()
        line += Array("\\\(digits)".utf8)
      }
    }
    line.append(UInt8(ascii: "\n"))
    // A history that cannot be written is no reason to say no to the statement.
    _ = Glibc.write(history, line, line.count)
  }

  /// Asks for a line.
  static func read(_ prompt: String) -> Answer {
    wasInterrupted = false
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in
      LineEditor.wasInterrupted = true
      // libedit reads again after one interruption; that read shall fail too.
      _ = fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK)
    }
    sigaction(SIGINT, &action, nil)
    let line = readline(prompt)
    signal(SIGINT, SIG_IGN)
    if wasInterrupted { _ = fcntl(0, F_SETFL, fcntl(0, F_GETFL) & ~O_NONBLOCK) }
    guard let line else { return wasInterrupted ? .interrupted : .end }
    defer { free(line) }
    return .line(String(cString: line))
  }
}
