// SPDX-License-Identifier: Apache-2.0

/// The files of the project, as a reader meets them.
enum Project {
  /// The top folder.
  static let path = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()

  static func lines(of file: String) -> [String] {
    let text = String(decoding: contents("\(path)/\(file)"), as: UTF8.self)
    precondition(!text.isEmpty, "there is no \(file)")
    return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// The fenced blocks of a Markdown file in one language, each as its lines.
  static func blocks(_ language: String, of file: String) -> [[String]] {
    var blocks: [[String]] = []
    var current: [String]?
    for line in lines(of: file) {
      if line == "```\(language)" {
        current = []
      } else if line == "```" {
        if let block = current { blocks.append(block) }
        current = nil
      } else {
        current?.append(line)
      }
    }
    return blocks
  }
}

/// A page of the manual.
struct Page {
  let name: String
  let lines: [String]

  init(_ name: String) {
    self.name = name
    lines = Project.lines(of: "Man/\(name)")
  }

  /// The lines of a section.
  func section(_ title: String) -> [String] {
    guard let start = lines.firstIndex(of: ".Sh \(title)") else { return [] }
    return Array(lines[(start + 1)...].prefix { !$0.hasPrefix(".Sh ") })
  }

  /// The literal displays of a section, as they are shown.
  func displays(in title: String) -> [[String]] {
    var displays: [[String]] = []
    var current: [String]?
    for line in section(title) {
      if line.hasPrefix(".Bd -literal") {
        current = []
      } else if line == ".Ed" {
        if let display = current { displays.append(display) }
        current = nil
      } else {
        current?.append(Self.shown(line))
      }
    }
    return displays
  }

  /// The options that have an entry: `--table`, `-q`.
  var options: Set<String> {
    var options: Set<String> = []
    for line in lines where line.hasPrefix(".It Fl ") {
      let words = line.split(separator: " ").map(String.init)
      for index in words.indices.dropLast() where words[index] == "Fl" {
        if words[index + 1] != "Fl" {
          options.insert((words[index - 1] == "Fl" ? "--" : "-") + words[index + 1])
        }
      }
    }
    return options
  }

  /// The rows of lists that show an expression and its result.
  var results: [(expression: String, result: String)] {
    lines.compactMap { line in
      guard let match = line.wholeMatch(of: /\.It Ic "(.+)" Ta "(.*)"/) else { return nil }
      return (Self.argument(match.1), Self.argument(match.2))
    }
  }

  /// A quoted argument of a macro as it is shown.
  private static func argument(_ text: Substring) -> String {
    shown(text.replacing("\"\"", with: "\""))
  }

  private static func shown(_ line: some StringProtocol) -> String {
    let line = line.hasPrefix("\\&") ? String(line.dropFirst(2)) : String(line)
    return line.replacing("\\e", with: "\\")
  }
}
