// SPDX-License-Identifier: Apache-2.0
// format(): `%s`, `%I` and `%L`, with positions and widths. PostgreSQL manual 9.4.1.

struct FormatText {
  private let scalars: [Unicode.Scalar]
  private let arguments: [Value]
  private var position = 0
  /// The argument that was taken last, from 1.
  private var last = 0
  private var output = String.UnicodeScalarView()

  init(_ format: String, _ arguments: [Value]) {
    scalars = Array(format.unicodeScalars)
    self.arguments = arguments
  }

  mutating func result() throws(SQLError) -> String {
    while position < scalars.count {
      let scalar = scalars[position]
      position += 1
      guard scalar == "%" else {
        output.append(scalar)
        continue
      }
      try specifier()
      if output.count > Limits.eventBytesMax { throw FunctionRegistry.tooLong }
    }
    return String(output)
  }

  private var unterminated: SQLError {
    SQLError(
      .invalidParameterValue, "unterminated format() type specifier",
      hint: "For a single \"%\" use \"%%\".")
  }

  private func current() throws(SQLError) -> Unicode.Scalar {
    guard position < scalars.count else { throw unterminated }
    return scalars[position]
  }

  /// `[n$][-][width]type`; the cursor is behind the sign.
  private mutating func specifier() throws(SQLError) {
    if try current() == "%" {
      position += 1
      return output.append("%")
    }
    var number: Int?
    var width = 0
    var isLeft = false
    if let digits = try digits() {
      if try current() == "$" {
        if digits == 0 { throw argumentZero }
        number = digits
        position += 1
      } else {
        width = digits
      }
    }
    if width == 0 {
      while try current() == "-" {
        isLeft = true
        position += 1
      }
      if try current() == "*" {
        position += 1
        width = try widthArgument()
      } else {
        width = try digits() ?? 0
      }
      if width < 0 {
        isLeft = true
        width = -width
      }
    }
    let type = try current()
    position += 1
    guard type == "s" || type == "I" || type == "L" else {
      throw SQLError(
        .invalidParameterValue, "unrecognized format() type specifier \"\(type)\"",
        hint: "For a single \"%\" use \"%%\".")
    }
    append(try text(of: try argument(number), type), width, isLeft)
  }

  private var argumentZero: SQLError {
    SQLError(
      .invalidParameterValue,
      "format specifies argument 0, but arguments are numbered from 1")
  }

  private mutating func digits() throws(SQLError) -> Int? {
    var value: Int?
    while try current().isASCII, UInt8(try current().value).isDigit {
      value = (value ?? 0) * 10 + Int(try current().value - 0x30)
      if value ?? 0 > Int(Int32.max) {
        throw SQLError(.numericOutOfRange, "number is out of range")
      }
      position += 1
    }
    return value
  }

  private mutating func argument(_ number: Int?) throws(SQLError) -> Value {
    last = number ?? last + 1
    guard last <= arguments.count else {
      throw SQLError(.invalidParameterValue, "too few arguments for format()")
    }
    return arguments[last - 1]
  }

  /// The width that an argument states: `*` or `*n$`.
  private mutating func widthArgument() throws(SQLError) -> Int {
    var number: Int?
    if let digits = try digits() {
      if digits == 0 { throw argumentZero }
      guard try current() == "$" else {
        throw SQLError(
          .invalidParameterValue, "width argument position must be ended by \"$\"")
      }
      position += 1
      number = digits
    }
    let value = try argument(number)
    if value == .null { return 0 }
    guard case .integer(let width) = try SQLType.integer.parse(try value.string()) else { return 0 }
    return Int(width)
  }

  private func text(of value: Value, _ type: Unicode.Scalar) throws(SQLError) -> String {
    guard case .text(let text) = value else {
      switch type {
      case "s": return ""
      case "L": return "NULL"
      default:
        throw SQLError(.init("22004"), "null values cannot be formatted as an SQL identifier")
      }
    }
    switch type {
    case "I": return Quoting.identifier(text)
    case "L": return Quoting.literal(text)
    default: return text
    }
  }

  private mutating func append(_ text: String, _ width: Int, _ isLeft: Bool) {
    let missing = max(0, min(width, Limits.eventBytesMax) - text.unicodeScalars.count)
    let padding = repeatElement(Unicode.Scalar(" "), count: missing)
    if !isLeft { output.append(contentsOf: padding) }
    output.append(contentsOf: text.unicodeScalars)
    if isLeft { output.append(contentsOf: padding) }
  }
}
