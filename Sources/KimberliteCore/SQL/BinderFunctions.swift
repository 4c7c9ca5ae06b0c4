// SPDX-License-Identifier: Apache-2.0
// Calls: the table of functions with their overloads, and the choice among them. What each one
// does at run time is in Functions*.swift, unless SQLite's own does exactly that.

/// One way to call a function.
struct Overload {
  var name: String
  var parameters: [SQLType]
  var result: SQLType
  /// SQLite text with `$1`, `$2`, … for the arguments.
  var template: String

  init(_ name: String, _ parameters: [SQLType], _ result: SQLType, _ template: String) {
    self.name = name
    self.parameters = parameters
    self.result = result
    self.template = template
  }
}

extension Overload {
  /// Every function of fixed arity.
  static let all: [Overload] = text + bytes + patterns + templates + numbers + times + json
}

extension Binding {
  /// Functions that take any number or any type of arguments.
  private static let special =
    [
      "coalesce", "nullif", "greatest", "least", "pg_typeof",
    ] + textFunctions

  /// Binds a call of a function or an aggregate.
  mutating func bind(_ call: FunctionCall) throws(SQLError) -> Bound {
    let position = call.name.position
    try refuseSet(call.name)
    if call.name.text == "grouping" { return try bindGrouping(call) }
    calls.insert(call.name.text)
    if Self.sequenceFunctions.contains(call.name.text) { return try bindSequence(call) }
    if let bound = try bindFullText(call) { return bound }
    if let window = call.over { return try bindWindowCall(call, window) }
    if call.withinGroup || AggregateOverload.names.contains(call.name.text) {
      return try bindAggregate(call)
    }
    try requirePlain(call)
    var arguments: [Bound] = []
    let makesJSON = Self.jsonSpecial.contains(call.name.text)
    for argument in call.arguments {
      arguments.append(try makesJSON ? bindJSONArgument(argument) : bind(argument))
    }
    if let bound = try bindSpecial(call.name.text, arguments, at: position) { return bound }
    if let function = CatalogFunction(rawValue: call.name.text),
      let bound = try bind(function, arguments, at: position)
    {
      return bound
    }
    if call.name.text == "OVERLAPS" { arguments = try spanEnds(arguments) }
    let overload = try chooseOverload(call.name, arguments)
    var texts: [String] = []
    for (argument, type) in zip(arguments, overload.parameters) {
      texts.append(text(try coerce(argument, to: type, .implicit)))
    }
    let sql = Self.fill(overload.template, texts)
    var bound = Bound(sql, overload.result, at: position, nullable: !overload.parameters.isEmpty)
    // The smallest integer has no positive counterpart.
    if call.name.text == "abs" || call.name.text == "@" {
      bound.computedBits = arguments[0].integerBits
    }
    return checked(bound)
  }

  /// Refuses what only calls of aggregates and window functions have.
  private func requirePlain(_ call: FunctionCall) throws(SQLError) {
    let name = call.name.text
    if Self.windowFunctions[name] != nil {
      throw SQLError(
        .wrongObjectType, "window function \(name) requires an OVER clause",
        at: call.name.position)
    }
    if Self.orderedSetFunctions.contains(name) {
      // As many arguments as it takes in all, so that only their place is wrong.
      let isKnown = call.arguments.count == (name == "mode" ? 1 : 2)
      throw SQLError(
        isKnown ? .wrongObjectType : .undefinedFunction,
        "WITHIN GROUP is required for ordered-set aggregate \(name)", at: call.name.position,
        hint: "write \(name)(…) WITHIN GROUP (ORDER BY …)")
    }
    let what =
      call.star
      ? "\(name)(*)"
      : call.distinct
        ? "DISTINCT"
        : !call.orderBy.isEmpty ? "ORDER BY" : call.filter != nil ? "FILTER" : nil
    if let what, isFunction(name) {
      throw SQLError(
        .wrongObjectType, "\(what) specified, but \(name) is not an aggregate function",
        at: call.name.position)
    }
  }

  /// Whether a function of this name exists.
  func isFunction(_ name: String) -> Bool {
    (Self.special + Self.jsonSpecial).contains(name) || Self.pathFunctions[name] != nil
      || Overload.all.contains { $0.name == name }
  }

  /// Puts arguments into a template.
  private static func fill(_ template: String, _ arguments: [String]) -> String {
    var result = ""
    var rest = Substring(template)
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      let digit = rest.index(after: dollar)
      guard let number = rest[digit].wholeNumberValue else {
        preconditionFailure("a template's $ is followed by a digit")
      }
      result += arguments[number - 1]
      rest = rest[rest.index(after: digit)...]
    }
    return result + rest
  }

  func chooseOverload(_ name: Name, _ arguments: [Bound]) throws(SQLError) -> Overload {
    let named = Overload.all.filter { $0.name == name.text }
    var best: (overload: Overload, fit: OverloadFit)?
    for overload in named where overload.parameters.count == arguments.count {
      guard let fit = OverloadFit(arguments.map(\.type), overload.parameters) else { continue }
      if best.map({ $0.fit < fit }) ?? true { best = (overload, fit) }
    }
    if let best { return best.overload }
    let types = arguments.map(\.type.messageName).joined(separator: ", ")
    let signatures = named.map {
      "\($0.name)(\($0.parameters.map(\.messageName).joined(separator: ", ")))"
    }
    let hint =
      named.isEmpty
      ? nearestHint(to: name.text, among: Self.functionNames)
      : "there is \(signatures.joined(separator: ", "))"
    if name.text.utf8.first.map({ !$0.isLetter && $0 != UInt8(ascii: "_") }) ?? false {
      let left = arguments.count == 2 ? "\(arguments[0].type.messageName) " : ""
      throw SQLError(
        .undefinedFunction,
        "operator does not exist: \(left)\(name.text) \(arguments.last?.type.messageName ?? "")",
        at: name.position)
    }
    throw SQLError(
      .undefinedFunction, "function \(name.text)(\(types)) does not exist", at: name.position,
      hint: hint)
  }

  private static var functionNames: [String] {
    Overload.all.map(\.name) + special + jsonSpecial + pathFunctions.keys.sorted()
      + CatalogFunction.allCases.map(\.rawValue) + AggregateOverload.all.map(\.name)
      + windowFunctions.keys.sorted() + orderedSetFunctions
  }

  private mutating func bindSpecial(_ name: String, _ arguments: [Bound], at position: Int)
    throws(SQLError) -> Bound?
  {
    switch name {
    case "coalesce", "greatest", "least":
      guard !arguments.isEmpty else { return nil }
      let type = try unify(arguments, name.uppercased(), at: position)
      var texts: [String] = []
      for argument in arguments { texts.append(text(try coerce(argument, to: type, .implicit))) }
      let list = texts.joined(separator: ", ")
      let nullable = arguments.allSatisfy(\.nullable)
      if texts.count == 1 { return Bound(texts[0], type, at: position, nullable: nullable) }
      let function =
        name == "coalesce"
        ? name : "kb_\(type.isNumeric ? "numeric_" : type == .jsonb ? "jsonb_" : "")\(name)"
      return Bound("\(function)(\(list))", type, at: position, nullable: nullable)
    case "nullif":
      guard arguments.count == 2 else { return nil }
      let first = try typed(arguments[0])
      let pair = try comparable("=", first, arguments[1], at: position)
      guard let type = first.type else { return nil }
      if pair.left == text(first) || pair.left == collated(first) {
        return Bound("nullif(\(pair.left), \(pair.right))", type, at: position)
      }
      return Bound(
        "(CASE WHEN \(pair.left) = \(pair.right) THEN NULL ELSE \(text(first)) END)", type,
        at: position)
    case _ where Self.textFunctions.contains(name):
      return try bindTextFunction(name, arguments, at: position)
    case "pg_typeof":
      guard arguments.count == 1 else { return nil }
      let name = arguments[0].type.messageName
      if arguments[0].constant != nil || arguments[0].type == nil {
        return Bound(.text(name), .text, at: position)
      }
      // The argument stays: where it is an aggregate, there is one row and not one a row.
      let literal = SQLText.literal(.text(name))
      return Bound(
        "(CASE WHEN 0 THEN \(text(arguments[0])) ELSE \(literal) END)", .text, at: position,
        nullable: false)
    case _ where Self.pathFunctions[name] != nil:
      return try bindPathFunction(name, arguments, at: position)
    case _ where Self.jsonSpecial.contains(name):
      return try bindJSON(name, arguments, at: position)
    default: return nil
    }
  }
}
