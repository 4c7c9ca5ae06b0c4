// SPDX-License-Identifier: Apache-2.0
// Where in a SQL text an error is, and how it is shown to a person.

/// A byte position of a text as people count: line, column and the line itself.
public struct SourceLocation: Sendable, Equatable {
  /// From 1.
  public var line: Int
  /// From 1, in characters.
  public var column: Int
  /// The line without its line feed; control characters but TAB are replaced, so that a terminal
  /// does not obey them.
  public var lineText: String

  /// The place of the UTF-8 byte `position` of `source`; a position outside is moved to its ends.
  public init(of position: Int, in source: String) {
    let bytes = Array(source.utf8)
    let target = max(0, min(position, bytes.count))
    let newline = UInt8(ascii: "\n")
    line = 1 + bytes[..<target].count { $0 == newline }
    let start = bytes[..<target].lastIndex(of: newline).map { $0 + 1 } ?? 0
    let end = bytes[target...].firstIndex(of: newline) ?? bytes.count
    let before = Self.printable(bytes[start..<target])
    column = before.count + 1
    lineText = before + Self.printable(bytes[target..<end])
  }

  private static func printable(_ bytes: ArraySlice<UInt8>) -> String {
    var result = String.UnicodeScalarView()
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
      if scalar == "\r" { continue }
      let isControl = scalar != "\t" && scalar.properties.generalCategory == .control
      result.append(isControl ? "\u{FFFD}" : scalar)
    }
    return String(result)
  }
}

extension SQLError {
  /// Characters of source text that one line of a terminal can take.
  private static var widthMax: Int { 120 }

  /// The error for a person, without a final line feed: message, state and place; the line of
  /// `source` with a caret below; the hint.
  ///
  ///     syntax error at "FORM": expected … (SQLSTATE 42601) at line 2, column 10
  ///     SELECT * FORM t
  ///              ^
  ///     hint: did you mean FROM?
  public func render(in source: String) -> String {
    var lines = ["\(message) (SQLSTATE \(state.code))"]
    if let position {
      let location = SourceLocation(of: position, in: source)
      lines[0] += " at line \(location.line), column \(location.column)"
      lines += Self.excerpt(of: location)
    }
    if let hint { lines.append("hint: \(hint)") }
    return lines.joined(separator: "\n")
  }

  /// The line and its caret, cut to a window around the caret where the line is long.
  private static func excerpt(of location: SourceLocation) -> [String] {
    let characters = Array(location.lineText)
    let caret = min(location.column - 1, characters.count)
    var window = 0..<characters.count
    if characters.count > widthMax {
      let start = max(0, min(caret - widthMax / 2, characters.count - widthMax))
      window = start..<start + widthMax
    }
    let isCutBefore = window.lowerBound > 0
    let isCutAfter = window.upperBound < characters.count
    let text = String(characters[window])
    // A tab stays a tab, so that the caret stands below its character.
    let indent = String(characters[window.lowerBound..<caret].map { $0 == "\t" ? "\t" : " " })
    return [
      (isCutBefore ? "…" : "") + text + (isCutAfter ? "…" : ""),
      (isCutBefore ? " " : "") + indent + "^",
    ]
  }
}
