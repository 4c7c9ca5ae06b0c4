// SPDX-License-Identifier: Apache-2.0
// What a template of numbers asks for, as a whole. formatting.c, NUMDesc_prepare.

struct NumberTemplate {
  struct Flags: OptionSet {
    let rawValue: Int
    static let decimal = Flags(rawValue: 1)
    static let zero = Flags(rawValue: 2)
    static let blank = Flags(rawValue: 4)
    static let fill = Flags(rawValue: 8)
    static let anchoredSign = Flags(rawValue: 16)
    static let bracket = Flags(rawValue: 32)
    static let minus = Flags(rawValue: 64)
    static let plus = Flags(rawValue: 128)
    static let roman = Flags(rawValue: 256)
    static let multiplied = Flags(rawValue: 512)
    static let scientific = Flags(rawValue: 1024)
  }

  let nodes: [TemplatePattern.Node]
  var flags: Flags = []
  /// Digits before and behind the point, and behind `V`.
  var whole = 0
  var fraction = 0
  var shift = 0
  /// Where `S` stands: before the digits or behind them.
  var isSignLeading: Bool?
  var signPlace = 0
  /// The first and last digit that is written even where it is a zero, from 1.
  var zeroStart = 0
  var zeroEnd = 0

  init(_ text: String) throws(SQLError) {
    nodes = TemplatePattern(text, .number).nodes
    for case .field(let field) in nodes { try take(field.name.uppercased()) }
  }

  private static func refused(_ message: String) -> SQLError { SQLError(.syntaxError, message) }

  private mutating func take(_ name: String) throws(SQLError) {
    if flags.contains(.scientific), name != "EEEE" {
      throw Self.refused("\"EEEE\" must be the last pattern used")
    }
    switch name {
    case "9", "0": try digit(name)
    case "B": if whole == 0, fraction == 0, !flags.contains(.zero) { flags.insert(.blank) }
    case "D", ".":
      if flags.contains(.decimal) { throw Self.refused("multiple decimal points") }
      if flags.contains(.multiplied) { throw Self.shiftAndPoint }
      flags.insert(.decimal)
    case "FM": flags.insert(.fill)
    case "S", "MI", "PL", "SG", "PR": try sign(name)
    case "RN": flags.insert(.roman)
    case "V":
      if flags.contains(.decimal) { throw Self.shiftAndPoint }
      flags.insert(.multiplied)
    case "EEEE":
      if flags.contains(.scientific) { throw Self.refused("cannot use \"EEEE\" twice") }
      let others: Flags = [
        .blank, .fill, .anchoredSign, .bracket, .minus, .plus, .roman, .multiplied,
      ]
      if !flags.isDisjoint(with: others) {
        throw SQLError(
          .syntaxError, "\"EEEE\" is incompatible with other formats",
          hint: "\"EEEE\" may only be used together with digit and decimal point patterns.")
      }
      flags.insert(.scientific)
    default: break
    }
  }

  private static var shiftAndPoint: SQLError {
    refused("cannot use \"V\" and decimal point together")
  }

  private mutating func digit(_ name: String) throws(SQLError) {
    if flags.contains(.bracket) { throw Self.refused("\"\(name)\" must be ahead of \"PR\"") }
    if name == "9" {
      if flags.contains(.multiplied) {
        shift += 1
      } else if flags.contains(.decimal) {
        fraction += 1
      } else {
        whole += 1
      }
      return
    }
    if !flags.contains(.zero), !flags.contains(.decimal) {
      flags.insert(.zero)
      zeroStart = whole + 1
    }
    if flags.contains(.decimal) { fraction += 1 } else { whole += 1 }
    zeroEnd = whole + fraction
  }

  private mutating func sign(_ name: String) throws(SQLError) {
    if name == "S" {
      if flags.contains(.anchoredSign) { throw Self.refused("cannot use \"S\" twice") }
      if !flags.isDisjoint(with: [.plus, .minus, .bracket]) {
        throw Self.refused("cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together")
      }
      flags.insert(.anchoredSign)
      isSignLeading = !flags.contains(.decimal)
      signPlace = whole
      return
    }
    if name == "PR" {
      if !flags.isDisjoint(with: [.anchoredSign, .plus, .minus]) {
        throw Self.refused("cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together")
      }
      flags.insert(.bracket)
      return
    }
    if flags.contains(.anchoredSign) {
      throw Self.refused("cannot use \"S\" and \"\(name)\" together")
    }
    if name != "PL" { flags.insert(.minus) }
    if name != "MI" { flags.insert(.plus) }
  }
}
