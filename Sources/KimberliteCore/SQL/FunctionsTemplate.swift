// SPDX-License-Identifier: Apache-2.0
// Run-time functions over templates: to_char, to_date, to_timestamp, to_number.

extension FunctionRegistry {
  static let templateFunctions: [ScalarFunction] = [
    timeOutput("kb_char_timestamp") { (value) throws(SQLError) in
      TimeParts(instant: try value.int64(), hasZone: false)
    },
    timeOutput("kb_char_timestamptz") { (value) throws(SQLError) in
      TimeParts(instant: try value.int64(), hasZone: true)
    },
    timeOutput("kb_char_interval") { (value) throws(SQLError) in
      TimeParts(try value.interval())
    },
    ScalarFunction(strict: "kb_char_number", 2) { (arguments) throws(SQLError) in
      let template = try NumberTemplate(try arguments[1].string())
      let digits = DecimalDigits(try arguments[0].string())
      return .text(NumberOutput.text(digits, template))
    },
    ScalarFunction(strict: "kb_char_float", 3) { (arguments) throws(SQLError) in
      let template = try NumberTemplate(try arguments[1].string())
      let digits = DecimalDigits(try arguments[0].double())
      return .text(
        NumberOutput.text(digits, template, significant: Int(try arguments[2].int64())))
    },
    ScalarFunction(strict: "kb_template_timestamp", 2) { (arguments) throws(SQLError) in
      let template = TemplatePattern(try arguments[1].string(), .time)
      return .integer(try TimeInput.instant(try arguments[0].string(), template))
    },
    ScalarFunction(strict: "kb_template_date", 2) { (arguments) throws(SQLError) in
      let template = TemplatePattern(try arguments[1].string(), .time)
      let instant = try TimeInput.instant(try arguments[0].string(), template)
      return .integer(Calendar.split(instant).day)
    },
    ScalarFunction(strict: "kb_template_number", 2, body: toNumber),
    ScalarFunction(strict: "kb_timestamp_of_epoch", 1) { (arguments) throws(SQLError) in
      let seconds = try arguments[0].double()
      let micros = (seconds * 1_000_000).rounded(.toNearestOrEven)
      guard let instant = Int64(exactly: micros) else {
        throw SQLError(.datetimeOverflow, "timestamp out of range: \"\(seconds)\"")
      }
      return .integer(try Calendar.checked(instant))
    },
  ]

  private static func timeOutput(
    _ name: String, parts: @escaping @Sendable (Value) throws(SQLError) -> TimeParts
  ) -> ScalarFunction {
    ScalarFunction(strict: name, 2) { (arguments) throws(SQLError) in
      let template = try arguments[1].string()
      if template.isEmpty { return .null }
      return .text(
        try TimeOutput.text(try parts(arguments[0]), TemplatePattern(template, .time)))
    }
  }

  @Sendable private static func toNumber(_ arguments: [Value]) throws(SQLError) -> Value {
    let format = try arguments[1].string()
    if format.isEmpty { return .null }
    let template = try NumberTemplate(format)
    let (text, precision, scale) = try NumberInput.number(try arguments[0].string(), template)
    let limit = Decimal.digitsMax
    let type = SQLType.numeric(
      precision: max(1, min(precision, limit)), scale: min(scale, limit))
    guard text.utf8.contains(where: \.isDigit) else {
      throw SQLError(
        .invalidText, "invalid input syntax for type numeric: \"\(text)\"")
    }
    let value = try type.parse(text)
    if template.shift == 0 { return value }
    var digits = DecimalDigits(try value.string())
    digits?.shift(by: -template.shift)
    return .text((digits?.isNegative == true ? "-" : "") + (digits?.text ?? "0"))
  }
}
