// SPDX-License-Identifier: Apache-2.0
// Shell sessions as documentation shows them, run and compared:
//
//     $ command        with "> " before the lines that continue it
//     output           both streams; a line "..." stands for any number of lines
//     [1]              the exit status, where it is not 0
//
// Times, hashes, key ids and byte counts count as equal. A command shown without output must only
// succeed. What a command `export`s is there for those after it; no other state of the shell is.

import Testing

/// A shell session.
struct Transcript {
  /// One command and what it says.
  struct Step {
    var command: String
    var output: [String] = []
    var status: Int32 = 0
  }

  var steps: [Step] = []

  /// Reads a session from its lines.
  init(_ lines: [String]) {
    for line in lines {
      if line.hasPrefix("$ ") {
        steps.append(Step(command: String(line.dropFirst(2))))
      } else if steps.isEmpty {
        preconditionFailure("a transcript begins with a command, not with \(line)")
      } else if line.hasPrefix("> ") || line == ">" {
        steps[steps.count - 1].command += "\n" + line.dropFirst(2)
      } else if line.first == "[", line.last == "]", let status = Int32(line.dropFirst().dropLast())
      {
        steps[steps.count - 1].status = status
      } else {
        steps[steps.count - 1].output.append(line)
      }
    }
  }

  /// Runs the session in a folder, the built tools in the path.
  func run(in folder: Folder) {
    var exports = ""
    for step in steps {
      let (status, output) = shell(exports + step.command, in: folder)
      if step.command.hasPrefix("export ") { exports += step.command + "\n" }
      let said = "$ \(step.command)\n\(output.joined(separator: "\n"))"
      #expect(status == step.status, "\(said)")
      if step.output.isEmpty, step.status == 0 { continue }
      #expect(
        Self.matches(output.map(Self.masked)[...], step.output.map(Self.masked)[...]),
        "documented:\n\(step.output.joined(separator: "\n"))\nfound:\n\(said)")
    }
  }

  /// What differs from run to run, made equal.
  private static func masked(_ line: String) -> String {
    line
      .replacing(/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]+)?Z/, with: "<time>")
      .replacing(/[0-9a-f]{64}/, with: "<hash>")
      .replacing(/[0-9]+ bytes/, with: "<n> bytes")
      .replacing(/byte [0-9]+/, with: "byte <n>")
      .replacing(/key [0-9a-f]{8}/, with: "key <id>")
  }

  private static func matches(_ found: ArraySlice<String>, _ wanted: ArraySlice<String>) -> Bool {
    guard let first = wanted.first else { return found.isEmpty }
    if first == "..." {
      return (found.startIndex...found.endIndex).contains {
        matches(found[$0...], wanted.dropFirst())
      }
    }
    return found.first == first && matches(found.dropFirst(), wanted.dropFirst())
  }
}

/// Runs a command line in a folder, with the built tools and what is in its `bin` in the path.
///
/// - Returns: the exit status, and the lines of both streams in the order they were written.
func shell(_ command: String, in folder: Folder) -> (status: Int32?, output: [String]) {
  let outcome = run(
    "/bin/bash", ["-c", "exec 2>&1; cd \"$0\"; \(command)", folder.path],
    environment: [
      "PATH": "\(folder.path)/bin:\(ToolPath.folder):/usr/sbin:/usr/bin:/sbin:/bin",
      "LC_ALL": "C.UTF-8",
      "HOME": folder.path,
    ])
  var lines = outcome.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  if lines.last == "" { lines.removeLast() }
  return (outcome.status, lines)
}
