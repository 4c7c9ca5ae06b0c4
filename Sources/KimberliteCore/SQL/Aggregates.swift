// SPDX-License-Identifier: Apache-2.0
// The table of aggregates. Those over types that SQLite computes exactly are SQLite's own; what
// the others do at run time is in Aggregates….swift.

/// One way to call an aggregate.
struct AggregateOverload {
  /// What an argument may be.
  enum Parameter {
    /// The type, or what turns into it unasked.
    case type(SQLType)
    /// Any type of the family, as it is.
    case family(SQLType.Family)
    /// Any type, as it is.
    case any
  }

  struct Traits: OptionSet {
    var rawValue: Int
    /// The order in which rows come in shows in the result.
    static let ordered = Traits(rawValue: 1)
    /// Rows can be taken out again exactly, so that a moving frame needs no fresh start.
    static let inverse = Traits(rawValue: 2)
  }

  var name: String
  var parameters: [Parameter]
  /// `nil`: the type of the first argument.
  var result: SQLType?
  /// SQLite text: `$1`, `$2`, … for the arguments, `$J1` for one as JSON, `$D` for DISTINCT, `$S`
  /// for FILTER and OVER behind each call that takes in rows.
  var template: String
  /// Our own function that does the same, for rows in an order and in moving frames.
  var own: String
  /// What our own function takes, in the template's marks.
  var ownArguments: [String]
  var traits: Traits

  /// An aggregate that SQLite has; `own` is ours.
  init(
    _ name: String, _ parameters: [Parameter], _ result: SQLType?, _ template: String,
    own: String, _ traits: Traits = []
  ) {
    self.name = name
    self.parameters = parameters
    self.result = result
    self.template = template
    self.own = own
    self.traits = traits
    ownArguments = parameters.indices.map { "$\($0 + 1)" }
  }

  /// An aggregate of ours alone; `own` is its function, `arguments` what it takes.
  init(
    _ name: String, _ parameters: [Parameter], _ result: SQLType?, own: String,
    arguments: [String]? = nil, _ traits: Traits = []
  ) {
    self.init(name, parameters, result, "", own: own, traits)
    ownArguments = arguments ?? ownArguments
    template = "\(own)($D\(ownArguments.joined(separator: ", ")))$S"
  }
}

extension AggregateOverload {
  static let decimal = SQLType.numeric(precision: nil, scale: nil)

  /// Every aggregate, but for `count(*)` and those that stand WITHIN GROUP.
  static let all: [AggregateOverload] = general + extremes + sums + bits + statistics

  static let names: Set<String> = Set(all.map(\.name))

  private static let general: [AggregateOverload] = [
    .init("count", [.any], .bigint, "count($D$1)$S", own: "kb_count", .inverse),
    .init("bool_and", [.type(.boolean)], .boolean, "min($D$1)$S", own: "kb_min", .inverse),
    .init("every", [.type(.boolean)], .boolean, "min($D$1)$S", own: "kb_min", .inverse),
    .init("bool_or", [.type(.boolean)], .boolean, "max($D$1)$S", own: "kb_max", .inverse),
    .init(
      "string_agg", [.type(.text), .type(.text)], .text, "group_concat($1, $2)$S",
      own: "kb_string_agg", [.ordered, .inverse]),
    .init(
      "string_agg", [.type(.bytea), .type(.bytea)], .bytea, own: "kb_string_agg", .ordered),
    .init("array_agg", [.any], .jsonb, own: "kb_array_agg", arguments: ["$J1"], .ordered),
  ]

  private static let extremes: [AggregateOverload] = ["min", "max"].flatMap { name in
    [SQLType.Family.number, .text, .datetime, .time, .interval].map { family in
      .init(name, [.family(family)], nil, "\(name)($D$1)$S", own: "kb_\(name)", .inverse)
    }
  }

  private static let bits: [AggregateOverload] = ["bit_and", "bit_or", "bit_xor"].flatMap { name in
    [SQLType.smallint, .integer, .bigint].map { type in
      .init(name, [.type(type)], type, own: "kb_\(name)")
    }
  }

  private static let sums: [AggregateOverload] = [
    .init(
      "sum", [.type(.integer)], .bigint, "sum($D$1)$S", own: "kb_sum_integer", .inverse),
    .init("sum", [.type(.bigint)], decimal, own: "kb_sum_bigint", .inverse),
    .init("sum", [.type(decimal)], decimal, own: "kb_sum_numeric", .inverse),
    .init("sum", [.type(.real)], .real, own: "kb_sum_real", .ordered),
    .init("sum", [.type(.double)], .double, own: "kb_sum_double", .ordered),
    .init("sum", [.type(.interval)], .interval, own: "kb_sum_interval", .inverse),
    .init(
      "avg", [.type(.integer)], decimal, "kb_avg_result(sum($D$1)$S, count($D$1)$S)",
      own: "kb_avg_bigint", .inverse),
    .init("avg", [.type(.bigint)], decimal, own: "kb_avg_bigint", .inverse),
    .init("avg", [.type(decimal)], decimal, own: "kb_avg_numeric", .inverse),
    .init("avg", [.type(.double)], .double, own: "kb_avg_double", .ordered),
    .init("avg", [.type(.interval)], .interval, own: "kb_avg_interval", .inverse),
  ]
}

extension AggregateOverload.Parameter {
  /// How far an argument is from what is asked for; `nil` where it does not fit.
  func distance(of type: SQLType) -> Int? {
    switch self {
    case .any: return 100
    case .family(let family): return type.family == family ? 0 : nil
    case .type(let wanted):
      let isFit = type == wanted.base || Conversion.convert("", type, wanted, .implicit) != nil
      return isFit ? abs(wanted.rank - type.rank) : nil
    }
  }

  var messageName: String {
    switch self {
    case .any: "any"
    case .family(.number): "number"
    case .family(.text): "text"
    case .family(.datetime): "date or timestamp"
    case .family(let family): "\(family)"
    case .type(let type): type.messageName
    }
  }
}
