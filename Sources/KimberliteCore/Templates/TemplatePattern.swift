// SPDX-License-Identifier: Apache-2.0
// The templates of to_char, to_date, to_timestamp and to_number: PostgreSQL manual 9.8. One parser
// for both kinds; what a pattern means is in TimeOutput, TimeInput, NumberOutput and NumberInput,
// each after the function of PostgreSQL's formatting.c that does it.

/// A template, parsed.
struct TemplatePattern {
  /// What a pattern is about.
  enum Kind { case time, number }

  enum Node: Equatable {
    /// A pattern by its name as it is in the table: `HH24`, `Day`.
    case field(Field)
    /// A character that stands for itself.
    case character(Unicode.Scalar)
    case blank(Unicode.Scalar)
    /// A character of punctuation in a time template.
    case separator(Unicode.Scalar)
  }

  struct Field: Equatable {
    var name: String
    /// `FM`: no padding.
    var isFill = false
    /// `TM`: in the words of the locale, which are English.
    var isTranslated = false
    /// `TH` or `th`: an ordinal.
    var ordinal: String?
  }

  private(set) var nodes: [Node] = []

  /// Longer names before those that begin them.
  private static let times: [String] = [
    "A.D.", "A.M.", "AD", "AM", "B.C.", "BC", "CC", "DAY", "DDD", "DD", "DY", "Day", "Dy", "D",
    "FF1", "FF2", "FF3", "FF4", "FF5", "FF6", "FX", "HH24", "HH12", "HH", "IDDD", "ID", "IW",
    "IYYY", "IYY", "IY", "I", "J", "MI", "MM", "MONTH", "MON", "MS", "Month", "Mon", "OF", "P.M.",
    "PM", "Q", "RM", "SSSSS", "SSSS", "SS", "TZH", "TZM", "TZ", "US", "WW", "W", "Y,YYY", "YYYY",
    "YYY", "YY", "Y", "a.d.", "a.m.", "ad", "am", "b.c.", "bc", "cc", "day", "ddd", "dd", "dy",
    "d", "ff1", "ff2", "ff3", "ff4", "ff5", "ff6", "fx", "hh24", "hh12", "hh", "iddd", "id", "iw",
    "iyyy", "iyy", "iy", "i", "j", "mi", "mm", "month", "mon", "ms", "of", "p.m.", "pm", "q",
    "rm", "sssss", "ssss", "ss", "tzh", "tzm", "tz", "us", "ww", "w", "y,yyy", "yyyy", "yyy",
    "yy", "y",
  ]
  private static let numbers: [String] = [
    ",", ".", "0", "9", "B", "C", "D", "EEEE", "FM", "G", "L", "MI", "PL", "PR", "RN", "SG", "SP",
    "S", "TH", "V", "b", "c", "d", "eeee", "fm", "g", "l", "mi", "pl", "pr", "rn", "sg", "sp",
    "s", "th", "v",
  ]

  init(_ text: String, _ kind: Kind) {
    let scalars = Array(text.unicodeScalars)
    var rest = scalars[...]
    while let scalar = rest.first {
      var field = Field(name: "")
      if kind == .time { Self.takePrefix(&rest, &field) }
      if let name = Self.take(&rest, kind == .time ? Self.times : Self.numbers) {
        field.name = name
        if kind == .time { field.ordinal = Self.take(&rest, ["TH", "th"]) }
        if kind == .time, field.ordinal == nil { _ = Self.take(&rest, ["SP"]) }
        nodes.append(.field(field))
        continue
      }
      guard var character = rest.first else { break }
      _ = scalar
      if character == "\"" {
        rest.removeFirst()
        Self.takeQuoted(&rest, &nodes)
        continue
      }
      // Outside of quotes a backslash means something before a quote only.
      if character == "\\", rest.dropFirst().first == "\"" {
        rest.removeFirst()
        character = "\""
      }
      rest.removeFirst()
      nodes.append(Self.plain(character, kind))
    }
  }

  private static func plain(_ scalar: Unicode.Scalar, _ kind: Kind) -> Node {
    if kind == .time, scalar.isTemplateSeparator { return .separator(scalar) }
    return scalar.isTemplateBlank ? .blank(scalar) : .character(scalar)
  }

  private static func takePrefix(_ rest: inout ArraySlice<Unicode.Scalar>, _ field: inout Field) {
    switch take(&rest, ["FM", "fm", "TM", "tm"]) {
    case "FM", "fm": field.isFill = true
    case "TM", "tm": field.isTranslated = true
    default: break
    }
  }

  private static func take(_ rest: inout ArraySlice<Unicode.Scalar>, _ names: [String]) -> String? {
    guard let name = names.first(where: { rest.starts(with: $0.unicodeScalars) }) else {
      return nil
    }
    rest.removeFirst(name.unicodeScalars.count)
    return name
  }

  /// What stands in double quotes; a backslash takes the next character as it is.
  private static func takeQuoted(_ rest: inout ArraySlice<Unicode.Scalar>, _ nodes: inout [Node]) {
    while let scalar = rest.popFirst() {
      if scalar == "\"" { return }
      let taken = scalar == "\\" ? rest.popFirst() ?? scalar : scalar
      nodes.append(.character(taken))
    }
  }

  /// The ordinal ending of a number.
  static func ordinalEnding(of digits: String, _ form: String) -> String {
    let last = digits.utf8.last.map { Int($0) - 0x30 } ?? 0
    let tens = digits.utf8.dropLast().last.map { Int($0) - 0x30 } ?? 0
    let ending =
      tens == 1 ? "th" : last == 1 ? "st" : last == 2 ? "nd" : last == 3 ? "rd" : "th"
    return form == "TH" ? ending.uppercased() : ending
  }
}

extension Unicode.Scalar {
  /// White space as C has it.
  var isTemplateBlank: Bool { isASCII && UInt8(value).isBlank }
  /// ASCII's punctuation.
  var isTemplateSeparator: Bool {
    guard isASCII, value > 0x20, value < 0x7F else { return false }
    let byte = UInt8(value)
    return !byte.isLetter && !byte.isDigit
  }
  var isTemplateDigit: Bool { isASCII && UInt8(value).isDigit }
}
