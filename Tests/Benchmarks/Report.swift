// SPDX-License-Identifier: Apache-2.0
// The table that the benchmark prints: what was done, what ours and the others took, the ratio
// that the aim speaks of.

internal import Glibc

/// One line of the table.
struct Line {
  var work: String
  /// What exactly was measured.
  var note = ""
  var ours = ""
  var sqlite = ""
  var postgres = ""
  var floor = ""
  var measured = ""
  var aim = ""
  /// `nil`: there is no aim, or nothing to hold it against.
  var isMet: Bool?

  /// States a figure that the aim bounds from above.
  mutating func atMost(_ limit: Double, _ value: Double, _ show: (Double) -> String) {
    measured = show(value)
    aim = "≤ " + show(limit)
    isMet = value.isFinite ? value <= limit : nil
  }

  /// States a figure that the aim bounds from below.
  mutating func atLeast(_ limit: Double, _ value: Double, _ show: (Double) -> String) {
    measured = show(value)
    aim = "≥ " + show(limit)
    isMet = value.isFinite ? value >= limit : nil
  }
}

/// Collects lines and prints them as a table that Markdown understands.
struct Report {
  private var lines: [Line] = []

  /// Takes a line, and shows it at once on standard error: the whole takes minutes.
  mutating func add(_ line: Line) {
    lines.append(line)
    let parts = [
      line.work, "ours \(line.ours)", line.sqlite.isEmpty ? "" : "SQLite \(line.sqlite)",
      line.postgres.isEmpty ? "" : "PostgreSQL \(line.postgres)",
      line.floor.isEmpty ? "" : "floor \(line.floor)", line.measured,
      line.aim.isEmpty ? "" : "aim \(line.aim)\(line.isMet == true ? "" : " NOT MET")",
    ]
    Report.say(parts.filter { !$0.isEmpty }.joined(separator: " · "))
  }

  func print() {
    let head = ["work", "ours", "SQLite", "PostgreSQL", "floor", "measured", "aim", "met?"]
    let rows = lines.map { line in
      [
        line.work, line.ours, line.sqlite, line.postgres, line.floor, line.measured, line.aim,
        line.aim.isEmpty ? "" : line.isMet.map { $0 ? "yes" : "NO" } ?? "?",
      ]
    }
    let widths = head.indices.map { column in
      (rows + [head]).map { $0[column].count }.max() ?? 0
    }
    func text(_ cells: [String]) -> String {
      let padded = zip(cells, widths).map { cell, width in
        cell + String(repeating: " ", count: width - cell.count)
      }
      return "| " + padded.joined(separator: " | ") + " |\n"
    }
    var output = text(head) + text(widths.map { String(repeating: "-", count: $0) })
    for row in rows { output += text(row) }
    output += "\n"
    for line in lines where !line.note.isEmpty { output += "- \(line.work): \(line.note)\n" }
    Report.write(output, to: 1)
  }

  static func say(_ text: String) { write("kb-benchmark: \(text)\n", to: 2) }

  private static func write(_ text: String, to descriptor: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count <= 0 { return }
      rest = rest.dropFirst(count)
    }
  }
}

/// Figures as people read them: three digits.
enum Show {
  static func digits(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    let decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
    let scale = decimals == 0 ? 1 : decimals == 1 ? 10 : 100
    let whole = Int((value * Double(scale)).rounded())
    if decimals == 0 { return "\(whole)" }
    let fraction = String(whole % scale)
    let zeros = String(repeating: "0", count: decimals - fraction.count)
    return "\(whole / scale).\(zeros)\(fraction)"
  }

  static func seconds(_ value: Double) -> String { digits(value) + " s" }
  static func milliseconds(_ value: Double) -> String { digits(value * 1e3) + " ms" }
  static func microseconds(_ value: Double) -> String { digits(value * 1e6) + " µs" }
  static func megabytes(_ value: Double) -> String { digits(value / 1e6) + " MB" }
  static func speed(_ value: Double) -> String { digits(value / 1e6) + " MB/s" }
  static func ratio(_ value: Double) -> String { digits(value) + " ×" }
  static func percent(_ value: Double) -> String { digits(value * 100) + " %" }

  /// Wall and CPU time for each of `count` things.
  static func each(_ cost: Cost, _ count: Int) -> String {
    "\(microseconds(cost.wall / Double(count))) (CPU \(digits(cost.cpu / Double(count) * 1e6)))"
  }
}
