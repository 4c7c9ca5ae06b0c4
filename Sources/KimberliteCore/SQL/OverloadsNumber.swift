// SPDX-License-Identifier: Apache-2.0
// The functions and rarer operators of numbers, with their types. An operator is a function whose
// name is its symbol.

extension Overload {
  private static let decimal = SQLType.numeric(precision: nil, scale: nil)
  private static let integers: [SQLType] = [.smallint, .integer, .bigint]

  static let numbers: [Overload] =
    absolute("abs") + absolute("@") + rounding + integral + logarithms + floats + bits

  private static func absolute(_ name: String) -> [Overload] {
    (integers + [.real, .double]).map { .init(name, [$0], $0, "abs($1)") } + [
      .init(name, [decimal], decimal, "kb_numeric_abs($1)")
    ]
  }

  private static let rounding: [Overload] = [
    .init("sign", [decimal], decimal, "kb_numeric_sign($1)"),
    .init("sign", [.double], .double, "kb_double_sign($1)"),
    .init("ceil", [decimal], decimal, "kb_numeric_ceil($1)"),
    .init("ceil", [.double], .double, "ceil($1)"),
    .init("ceiling", [decimal], decimal, "kb_numeric_ceil($1)"),
    .init("ceiling", [.double], .double, "ceil($1)"),
    .init("floor", [decimal], decimal, "kb_numeric_floor($1)"),
    .init("floor", [.double], .double, "floor($1)"),
    .init("round", [decimal], decimal, "kb_numeric_round($1, 0)"),
    .init("round", [decimal, .integer], decimal, "kb_numeric_round($1, $2)"),
    .init("round", [.double], .double, "kb_double_round($1)"),
    .init("trunc", [decimal], decimal, "kb_numeric_trunc($1, 0)"),
    .init("trunc", [decimal, .integer], decimal, "kb_numeric_trunc($1, $2)"),
    .init("trunc", [.double], .double, "trunc($1)"),
    .init("scale", [decimal], .integer, "kb_numeric_scale($1)"),
    .init("min_scale", [decimal], .integer, "kb_numeric_scale(kb_numeric_trim($1))"),
    .init("trim_scale", [decimal], decimal, "kb_numeric_trim($1)"),
  ]

  private static let integral: [Overload] =
    integers.map { .init("mod", [$0, $0], $0, "kb_fold_\($0.functionKey)('%', $1, $2)") } + [
      .init("mod", [decimal, decimal], decimal, "kb_fold_numeric('%', $1, $2)"),
      .init("div", [decimal, decimal], decimal, "kb_numeric_div($1, $2)"),
      .init("gcd", [.integer, .integer], .integer, "kb_to_integer(kb_gcd($1, $2))"),
      .init("gcd", [.bigint, .bigint], .bigint, "kb_gcd($1, $2)"),
      .init("gcd", [decimal, decimal], decimal, "kb_numeric_gcd($1, $2)"),
      .init("lcm", [.integer, .integer], .integer, "kb_to_integer(kb_lcm($1, $2))"),
      .init("lcm", [.bigint, .bigint], .bigint, "kb_lcm($1, $2)"),
      .init("lcm", [decimal, decimal], decimal, "kb_numeric_lcm($1, $2)"),
      .init("factorial", [.bigint], decimal, "kb_factorial($1)"),
      .init(
        "width_bucket", [decimal, decimal, decimal, .integer], .integer,
        "kb_width_bucket($1, $2, $3, $4)"),
      .init(
        "width_bucket", [.double, .double, .double, .integer], .integer,
        "kb_width_bucket_double($1, $2, $3, $4)"),
    ]

  private static let logarithms: [Overload] = [
    .init("power", [decimal, decimal], decimal, "kb_numeric_power($1, $2)"),
    .init("power", [.double, .double], .double, "kb_power($1, $2)"),
    .init("pow", [decimal, decimal], decimal, "kb_numeric_power($1, $2)"),
    .init("pow", [.double, .double], .double, "kb_power($1, $2)"),
    .init("sqrt", [decimal], decimal, "kb_numeric_sqrt($1)"),
    .init("sqrt", [.double], .double, "kb_sqrt($1)"),
    .init("|/", [.double], .double, "kb_sqrt($1)"),
    .init("cbrt", [.double], .double, "kb_cbrt($1)"),
    .init("||/", [.double], .double, "kb_cbrt($1)"),
    .init("exp", [decimal], decimal, "kb_numeric_exp($1)"),
    .init("exp", [.double], .double, "kb_exp($1)"),
    .init("ln", [decimal], decimal, "kb_numeric_ln($1)"),
    .init("ln", [.double], .double, "kb_ln($1)"),
    .init("log", [decimal], decimal, "kb_numeric_log10($1)"),
    .init("log", [.double], .double, "kb_log10($1)"),
    .init("log", [decimal, decimal], decimal, "kb_numeric_log($1, $2)"),
    .init("log10", [decimal], decimal, "kb_numeric_log10($1)"),
    .init("log10", [.double], .double, "kb_log10($1)"),
  ]

  private static let floats: [Overload] =
    [
      "sin", "cos", "tan", "cot", "asin", "acos", "atan", "sind", "cosd", "tand", "cotd", "asind",
      "acosd", "atand", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "degrees", "radians",
    ].map { .init($0, [.double], .double, "kb_\($0)($1)") } + [
      .init("atan2", [.double, .double], .double, "kb_atan2($1, $2)"),
      .init("atan2d", [.double, .double], .double, "kb_atan2d($1, $2)"),
      .init("pi", [], .double, "pi()"),
      .init("random", [], .double, "kb_random()"),
    ]

  private static let bits: [Overload] = integers.flatMap { type -> [Overload] in
    let key = type.functionKey
    let right = type == .bigint ? key : "integer"
    return [
      .init("&", [type, type], type, "($1 & $2)"), .init("|", [type, type], type, "($1 | $2)"),
      .init("#", [type, type], type, "kb_xor($1, $2)"), .init("~", [type], type, "(~ $1)"),
      .init("<<", [type, .integer], type, "kb_shift_left_\(key)($1, $2)"),
      .init(">>", [type, .integer], type, "kb_shift_right_\(right)($1, $2)"),
    ]
  }
}
