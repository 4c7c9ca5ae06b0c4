// SPDX-License-Identifier: Apache-2.0
// A path over a value: items go through the steps one at a time. PostgreSQL 15, jsonpath_exec.c.

/// Runs one path over one value.
struct JSONPathEvaluator {
  /// Takes an item; answers whether that was enough.
  typealias Sink = (JSONValue) throws(SQLError) -> Bool

  /// Steps of one run: the work that `$.**.**.**` can make has no other bound.
  private static let stepsMax = 4_000_000
  /// Calls inside of one another.
  private static let depthMax = 2500

  let root: JSONValue
  let variables: JSONObject
  let isLax: Bool
  /// Whether what is not where a step looks for it is passed over.
  var ignoresStructure: Bool
  var current: JSONValue
  private var arraySize = 0
  private var stepCount = 0
  private var depth = 0
  /// Numbers the objects that `.keyvalue()` meets.
  private var objectCount: Int64 = 0

  init(_ path: JSONPath, over root: JSONValue, variables: JSONObject) {
    self.root = root
    self.variables = variables
    isLax = path.isLax
    ignoresStructure = path.isLax
    current = root
  }

  static func failure(_ code: String, _ message: String) -> SQLError {
    SQLError(.init(code), message)
  }

  mutating func enter() throws(SQLError) {
    stepCount += 1
    depth += 1
    if stepCount > Self.stepsMax || depth > Self.depthMax {
      throw SQLError(.statementTooComplex, "a jsonpath takes too many steps")
    }
  }

  mutating func leave() { depth -= 1 }

  // MARK: Expressions

  /// Gives all items of an expression to a sink; answers whether it had enough.
  mutating func run(_ expression: JSONPathExpression, _ sink: Sink) throws(SQLError) -> Bool {
    try enter()
    defer { leave() }
    switch expression {
    case .chain(.inner(let inner), let steps):
      for item in try items(of: inner) {
        if try apply(steps[...], to: item, unwraps: isLax, sink) { return true }
      }
      return false
    case .chain(let start, let steps):
      return try apply(steps[...], to: try value(of: start), unwraps: isLax, sink)
    case .predicate(let predicate):
      return try sink(try test(predicate).map { .boolean($0) } ?? .null)
    case .arithmetic(let operation, let left, let right):
      let first = try operand(left, "left", operation)
      let second = try operand(right, "right", operation)
      return try sink(.number(try operation.apply(first, second).text))
    case .sign(let isNegative, let operand):
      for item in try unwrappedItems(of: operand) {
        guard case .number(let digits) = item else {
          throw Self.failure(
            "2203B",
            "operand of unary jsonpath operator \(isNegative ? "-" : "+") is not a numeric value")
        }
        if try sink(isNegative ? .number(Self.negated(digits)) : item) { return true }
      }
      return false
    }
  }

  private static func negated(_ digits: String) -> String {
    if digits.hasPrefix("-") { return String(digits.dropFirst()) }
    return digits.utf8.contains { (UInt8(ascii: "1")...UInt8(ascii: "9")).contains($0) }
      ? "-" + digits : digits
  }

  func value(of start: JSONPathStart) throws(SQLError) -> JSONValue {
    switch start {
    case .root: return root
    case .current: return current
    case .last: return .number(String(arraySize - 1))
    case .literal(let value): return value
    case .variable(let name):
      guard let value = variables[name] else {
        throw SQLError(
          .undefinedObject, "could not find jsonpath variable \"\(name)\"",
          hint: nearestHint(to: name, among: variables.members.map(\.key)))
      }
      return value
    case .inner: preconditionFailure("what is in parentheses is run")
    }
  }

  mutating func items(of expression: JSONPathExpression) throws(SQLError) -> [JSONValue] {
    var items: [JSONValue] = []
    _ = try run(expression) {
      items.append($0)
      return false
    }
    return items
  }

  /// The items, and in lax mode the elements of those that are arrays.
  mutating func unwrappedItems(of expression: JSONPathExpression) throws(SQLError) -> [JSONValue] {
    let items = try items(of: expression)
    guard isLax else { return items }
    return items.flatMap { item in
      if case .array(let elements) = item { elements } else { [item] }
    }
  }

  private mutating func operand(
    _ expression: JSONPathExpression, _ side: String, _ operation: JSONPathOperator
  ) throws(SQLError) -> Decimal {
    let items = try unwrappedItems(of: expression)
    guard items.count == 1, case .number(let digits) = items[0] else {
      throw Self.failure(
        "22038",
        "\(side) operand of jsonpath operator \(operation.rawValue) is not a single numeric value")
    }
    return try Self.decimal(digits)
  }

  static func decimal(_ digits: String) throws(SQLError) -> Decimal {
    guard let number = Decimal(canonical: digits) else {
      throw SQLError(.numericOutOfRange, "a number of more than 38 digits is out of range")
    }
    return number
  }

  // MARK: Steps

  /// Applies the rest of a chain to an item.
  ///
  /// `unwraps`: whether the first step looks into an array for the items that it is meant for.
  mutating func apply(
    _ steps: ArraySlice<JSONPathStep>, to item: JSONValue, unwraps: Bool, _ sink: Sink
  ) throws(SQLError) -> Bool {
    guard let step = steps.first else { return try sink(item) }
    try enter()
    defer { leave() }
    let rest = steps.dropFirst()
    if unwraps, step.unwraps, case .array(let elements) = item {
      for element in elements {
        if try apply(steps, to: element, unwraps: false, sink) { return true }
      }
      return false
    }
    switch step {
    case .member(let key):
      guard case .object(let object) = item else {
        return try missing(
          "2203A", "jsonpath member accessor can only be applied to an object")
      }
      guard let value = object[key] else {
        return try missing("2203A", "JSON object does not contain key \"\(key)\"")
      }
      return try apply(rest, to: value, unwraps: isLax, sink)
    case .anyMember:
      guard case .object(let object) = item else {
        return try missing(
          "2203C", "jsonpath wildcard member accessor can only be applied to an object")
      }
      for member in object.members {
        if try apply(rest, to: member.value, unwraps: isLax, sink) { return true }
      }
      return false
    case .anyElement:
      guard case .array(let elements) = item else {
        if isLax { return try apply(rest, to: item, unwraps: isLax, sink) }
        return try missing(
          "22039", "jsonpath wildcard array accessor can only be applied to an array")
      }
      for element in elements {
        if try apply(rest, to: element, unwraps: isLax, sink) { return true }
      }
      return false
    case .elements(let list): return try apply(list, rest, to: item, sink)
    case .descendants(let first, let last):
      return try descend(rest, first, last, from: item, sink)
    case .filter(let predicate):
      let outer = current
      current = item
      let isTrue = try test(predicate) == true
      current = outer
      return isTrue ? try apply(rest, to: item, unwraps: isLax, sink) : false
    case .method(.keyvalue):
      for pair in try pairs(of: item) {
        if try apply(rest, to: pair, unwraps: isLax, sink) { return true }
      }
      return false
    case .method(let method):
      guard let value = try call(method, item) else { return false }
      return try apply(rest, to: value, unwraps: isLax, sink)
    }
  }

  /// Nothing, or in strict mode an error.
  func missing(_ code: String, _ message: String) throws(SQLError) -> Bool {
    if ignoresStructure { return false }
    throw Self.failure(code, message)
  }

  private mutating func apply(
    _ list: [(from: JSONPathExpression, to: JSONPathExpression?)],
    _ rest: ArraySlice<JSONPathStep>, to item: JSONValue, _ sink: Sink
  ) throws(SQLError) -> Bool {
    var elements = [item]
    if case .array(let own) = item {
      elements = own
    } else if !isLax {
      return try missing("22039", "jsonpath array accessor can only be applied to an array")
    }
    let outerSize = arraySize
    defer { arraySize = outerSize }
    for range in list {
      arraySize = elements.count
      let from = try index(range.from)
      let to = try range.to.map { (to) throws(SQLError) in try index(to) } ?? from
      if !ignoresStructure, from < 0 || from > to || to >= elements.count {
        throw Self.failure("22033", "jsonpath array subscript is out of bounds")
      }
      let first = max(from, 0)
      let last = min(to, elements.count - 1)
      if first > last { continue }
      for element in elements[first...last] {
        if try apply(rest, to: element, unwraps: isLax, sink) { return true }
      }
    }
    return false
  }

  private mutating func index(_ expression: JSONPathExpression) throws(SQLError) -> Int {
    let items = try items(of: expression)
    guard items.count == 1, case .number(let digits) = items[0] else {
      throw Self.failure("22033", "jsonpath array subscript is not a single numeric value")
    }
    let whole = digits.prefix { $0 != "." }
    guard let index = Int32(whole) else {
      throw Self.failure("22033", "jsonpath array subscript is out of integer range")
    }
    return Int(index)
  }

  /// `.**`: the item itself is level 0; `nil` is the level of what has nothing below.
  private mutating func descend(
    _ rest: ArraySlice<JSONPathStep>, _ first: Int?, _ last: Int?, from item: JSONValue,
    _ sink: Sink
  ) throws(SQLError) -> Bool {
    let ignored = ignoresStructure
    defer { ignoresStructure = ignored }
    ignoresStructure = true
    if first == 0, try apply(rest, to: item, unwraps: isLax, sink) { return true }
    return try descend(rest, first, last, below: item, level: 1, sink)
  }

  private mutating func descend(
    _ rest: ArraySlice<JSONPathStep>, _ first: Int?, _ last: Int?, below item: JSONValue,
    level: Int, _ sink: Sink
  ) throws(SQLError) -> Bool {
    if level > last ?? Int.max { return false }
    try enter()
    defer { leave() }
    let children: [JSONValue] =
      switch item {
      case .array(let elements): elements
      case .object(let object): object.members.map(\.value)
      default: []
      }
    for child in children {
      let isMeant = first.map { level >= $0 } ?? (last == nil && child.isScalar)
      if isMeant, try apply(rest, to: child, unwraps: isLax, sink) { return true }
      if !child.isScalar,
        try descend(rest, first, last, below: child, level: level + 1, sink)
      {
        return true
      }
    }
    return false
  }

  // MARK: Methods

  private mutating func pairs(of item: JSONValue) throws(SQLError) -> [JSONValue] {
    guard case .object(let object) = item else {
      throw Self.failure(
        "2203C", "jsonpath item method .keyvalue() can only be applied to an object")
    }
    let id = JSONValue.number(String(objectCount))
    objectCount += 1
    return object.members.map { member in
      .object(
        JSONObject([("key", .string(member.key)), ("value", member.value), ("id", id)]))
    }
  }
}

extension JSONPathStep {
  /// Whether in lax mode the step is done to the elements of an array instead of the array.
  fileprivate var unwraps: Bool {
    switch self {
    case .member, .anyMember, .filter: true
    case .method(let method): method != .type && method != .size
    case .anyElement, .elements, .descendants: false
    }
  }
}
