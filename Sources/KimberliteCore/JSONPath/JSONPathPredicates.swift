// SPDX-License-Identifier: Apache-2.0
// Conditions of a path, in three-valued logic, and what its operators and methods compute.

extension JSONPathEvaluator {
  /// `nil`: unknown.
  mutating func test(_ predicate: JSONPathPredicate) throws(SQLError) -> Bool? {
    try enter()
    defer { leave() }
    switch predicate {
    case .and(let left, let right):
      let first = try test(left)
      if first == false { return false }
      let second = try test(right)
      return second == true ? first : second
    case .or(let left, let right):
      let first = try test(left)
      if first == true { return true }
      let second = try test(right)
      return second == false ? first : second
    case .not(let inner): return try test(inner).map { !$0 }
    case .isUnknown(let inner): return try test(inner) == nil
    case .exists(let expression):
      // In strict mode an error behind the first item makes it unknown.
      let isLax = isLax
      return try unlessFailed { (evaluator) throws(SQLError) in
        var isFound = false
        _ = try evaluator.run(expression) { _ in
          isFound = true
          return isLax
        }
        return isFound
      }
    case .comparison(let comparison, let left, let right):
      return try unlessFailed { (evaluator) throws(SQLError) in
        let first = try evaluator.unwrappedItems(of: left)
        let second = try evaluator.unwrappedItems(of: right)
        return evaluator.any(first, second) { comparison.compare($0, $1) }
      }
    case .startsWith(let left, let initial):
      return try unlessFailed { (evaluator) throws(SQLError) in
        let first = try evaluator.unwrappedItems(of: left)
        let second = [try evaluator.value(of: initial)]
        return evaluator.any(first, second) { whole, start in
          guard case .string(let whole) = whole, case .string(let start) = start else { return nil }
          return whole.utf8.starts(with: start.utf8)
        }
      }
    }
  }

  /// What fails over its data is unknown; what is wrong with the path itself stays an error.
  private mutating func unlessFailed(
    _ body: (inout JSONPathEvaluator) throws(SQLError) -> Bool?
  ) throws(SQLError) -> Bool? {
    let (outer, ignored) = (current, ignoresStructure)
    do throws(SQLError) { return try body(&self) } catch {
      guard error.isOfData else { throw error }
      (current, ignoresStructure) = (outer, ignored)
      return nil
    }
  }

  /// Whether the condition holds of any pair: in strict mode unknown where it is of one.
  private func any(
    _ first: [JSONValue], _ second: [JSONValue], _ holds: (JSONValue, JSONValue) -> Bool?
  ) -> Bool? {
    var isFound = false
    var isUnknown = false
    for left in first {
      for right in second {
        switch holds(left, right) {
        case true?:
          if isLax { return true }
          isFound = true
        case false?: break
        case nil:
          if !isLax { return nil }
          isUnknown = true
        }
      }
    }
    return isFound ? true : isUnknown ? nil : false
  }

  /// `.type()`, `.size()` and the methods of numbers; `nil`: nothing.
  func call(_ method: JSONPathMethod, _ item: JSONValue) throws(SQLError) -> JSONValue? {
    switch method {
    case .type: return .string(item.kindName)
    case .size:
      if case .array(let elements) = item { return .number(String(elements.count)) }
      if isLax { return .number("1") }
      _ = try missing("22039", "jsonpath item method .size() can only be applied to an array")
      return nil
    case .double: return try double(item)
    case .abs, .floor, .ceiling:
      guard case .number(let digits) = item else {
        throw Self.failure(
          "22036",
          "jsonpath item method .\(method.rawValue)() can only be applied to a numeric value")
      }
      if method == .abs {
        return .number(digits.hasPrefix("-") ? String(digits.dropFirst()) : digits)
      }
      let number = try Self.decimal(digits)
      let sign: Int64 = method == .floor ? -1 : 1
      return .number(try FunctionRegistry.toward(number, sign).text)
    case .keyvalue, .datetime: preconditionFailure("done elsewhere, or refused")
    }
  }

  private func double(_ item: JSONValue) throws(SQLError) -> JSONValue {
    let method = "jsonpath item method .double()"
    switch item {
    case .number(let digits):
      guard let number = Double(digits), number.isFinite else {
        throw Self.failure(
          "22036", "numeric argument of \(method) is out of range for type double precision")
      }
      return item
    case .string(let text):
      guard case .real(let number)? = try? SQLType.double.parse(text), number.isFinite,
        let decimal = Numeric(number, digits: 15)
      else {
        throw Self.failure(
          "22036",
          "string argument of \(method) is not a valid representation of a double precision number"
        )
      }
      return .number(decimal.text)
    default:
      throw Self.failure("22036", "\(method) can only be applied to a string or numeric value")
    }
  }
}

extension SQLError {
  /// Whether it is about what a path met, and not about the path.
  var isOfData: Bool { state.code.hasPrefix("22") }
}

extension JSONPathComparison {
  /// `nil`: values that cannot be compared.
  fileprivate func compare(_ a: JSONValue, _ b: JSONValue) -> Bool? {
    switch (a, b) {
    case (.null, .null): return holds(0)
    case (.null, _), (_, .null): return self == .notEqual
    case (.boolean(let a), .boolean(let b)): return holds(a == b ? 0 : a ? 1 : -1)
    case (.number(let a), .number(let b)):
      return holds(a.withSpan { a in b.withSpan { b in Decimal.compareTexts(a, b) } })
    case (.string(let a), .string(let b)): return holds(a.compareBytes(b))
    default: return nil
    }
  }
}

extension JSONPathOperator {
  func apply(_ a: Decimal, _ b: Decimal) throws(SQLError) -> Decimal {
    switch self {
    case .add: try a.adding(b)
    case .subtract: try a.subtracting(b)
    case .multiply: try a.multiplied(by: b)
    case .divide: try a.divided(by: b)
    case .modulo: try a.remainder(dividingBy: b)
    }
  }
}
