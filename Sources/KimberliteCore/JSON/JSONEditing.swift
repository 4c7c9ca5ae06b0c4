// SPDX-License-Identifier: Apache-2.0
// What the operators and functions of JSONB do to values. PostgreSQL 15's jsonfuncs.c and
// jsonb_op.c, whose answers to odd questions are kept.

extension JSONValue {
  // MARK: Asking

  /// Equality of JSONB: numbers by value.
  static func areEqual(_ a: JSONValue, _ b: JSONValue) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.boolean(let a), .boolean(let b)): a == b
    case (.number(let a), .number(let b)):
      a.withSpan { a in b.withSpan { b in Decimal.compareTexts(a, b) } } == 0
    case (.string(let a), .string(let b)): a.compareBytes(b) == 0
    case (.array(let a), .array(let b)): a.count == b.count && zip(a, b).allSatisfy(areEqual)
    case (.object(let a), .object(let b)):
      a.members.count == b.members.count
        && zip(a.members, b.members).allSatisfy {
          $0.key.compareBytes($1.key) == 0 && areEqual($0.value, $1.value)
        }
    default: false
    }
  }

  /// `@>` of whole values, where an array contains a scalar that is an element.
  func contains(_ other: JSONValue) -> Bool {
    switch (self, other) {
    case (.array(let elements), let other) where other.isScalar:
      elements.contains { Self.areEqual($0, other) }
    default: deeplyContains(other)
    }
  }

  private func deeplyContains(_ other: JSONValue) -> Bool {
    switch (self, other) {
    case (.object(let mine), .object(let others)):
      others.members.allSatisfy { mine[$0.key]?.deeplyContains($0.value) ?? false }
    case (.array(let mine), .array(let others)):
      others.allSatisfy { other in mine.contains { $0.deeplyContains(other) } }
    default: Self.areEqual(self, other)
    }
  }

  /// `?`: whether a text is a key, or a string among the elements.
  func has(_ key: String) -> Bool {
    switch self {
    case .object(let object): object[key] != nil
    case .array(let elements): elements.contains { $0.isString(key) }
    default: isString(key)
    }
  }

  private func isString(_ text: String) -> Bool {
    if case .string(let own) = self { own.compareBytes(text) == 0 } else { false }
  }

  // MARK: Joining and deleting

  /// `||`.
  func concatenated(with other: JSONValue) -> JSONValue {
    switch (self, other) {
    case (.object(let a), .object(let b)): .object(JSONObject(a.members + b.members))
    case (.array(let a), .array(let b)): .array(a + b)
    case (.array(let a), let b): .array(a + [b])
    case (let a, .array(let b)): .array([a] + b)
    case (let a, let b): .array([a, b])
    }
  }

  private static func cannot(_ what: String) -> SQLError {
    SQLError(.invalidParameterValue, "cannot \(what)")
  }

  /// `- key`.
  func deleting(keys: [String]) throws(SQLError) -> JSONValue {
    switch self {
    case .object(var object):
      for key in keys { object[key] = nil }
      return .object(object)
    case .array(let elements):
      return .array(elements.filter { element in !keys.contains(where: element.isString) })
    default: throw Self.cannot("delete from scalar")
    }
  }

  /// `- index`.
  func deleting(index: Int64) throws(SQLError) -> JSONValue {
    switch self {
    case .object: throw Self.cannot("delete from object using integer index")
    case .array(var elements):
      let place = index < 0 ? Int64(elements.count) + index : index
      if place >= 0, place < elements.count { elements.remove(at: Int(place)) }
      return .array(elements)
    default: throw Self.cannot("delete from scalar")
    }
  }

  /// `#-`.
  func deleting(path: [String?]) throws(SQLError) -> JSONValue {
    if isScalar { throw Self.cannot("delete path in scalar") }
    if path.isEmpty || isEmpty { return self }
    return try editing(path, at: 0, .delete, .null)
  }

  private var isEmpty: Bool {
    switch self {
    case .array(let elements): elements.isEmpty
    case .object(let object): object.members.isEmpty
    default: false
    }
  }

  // MARK: Setting

  /// What is done where a path ends.
  enum Edit {
    /// `jsonb_set`, without and with `create_if_missing`.
    case replace, create
    /// `jsonb_insert`.
    case insertBefore, insertAfter
    case delete

    fileprivate var adds: Bool { self != .replace && self != .delete }
  }

  /// `jsonb_set` and `jsonb_insert`.
  func setting(_ path: [String?], to value: JSONValue, _ edit: Edit) throws(SQLError)
    -> JSONValue
  {
    if isScalar { throw Self.cannot("set path in scalar") }
    if path.isEmpty || (isEmpty && edit == .replace) { return self }
    return try editing(path, at: 0, edit, value)
  }

  private func editing(
    _ path: [String?], at level: Int, _ edit: Edit, _ new: JSONValue
  ) throws(SQLError) -> JSONValue {
    guard let step = path[level] else {
      throw SQLError(.nullNotAllowed, "path element at position \(level + 1) is null")
    }
    let isLast = level == path.count - 1
    switch self {
    case .object(var object):
      if let old = object[step] {
        if !isLast {
          object[step] = try old.editing(path, at: level + 1, edit, new)
        } else if edit == .delete {
          object[step] = nil
        } else if edit == .insertBefore || edit == .insertAfter {
          throw SQLError(
            .invalidParameterValue, "cannot replace existing key",
            hint: "try using the function jsonb_set to replace key value")
        } else {
          object[step] = new
        }
      } else if isLast, edit.adds {
        object[step] = new
      }
      return .object(object)
    case .array(var elements):
      guard let index = Int32(step) else {
        throw SQLError(
          .invalidText,
          "path element at position \(level + 1) is not an integer: "
            + step.withSpan { SQLError.quote($0) })
      }
      let place = index < 0 ? elements.count + Int(index) : Int(index)
      guard elements.indices.contains(place) else {
        if isLast, edit.adds { elements.insert(new, at: place < 0 ? 0 : elements.count) }
        return .array(elements)
      }
      if !isLast {
        elements[place] = try elements[place].editing(path, at: level + 1, edit, new)
      } else {
        switch edit {
        case .delete: elements.remove(at: place)
        case .replace, .create: elements[place] = new
        case .insertBefore: elements.insert(new, at: place)
        case .insertAfter: elements.insert(new, at: place + 1)
        }
      }
      return .array(elements)
    default: return self
    }
  }

  /// `jsonb_strip_nulls`: without the members that are null, at every level.
  func strippingNulls() -> JSONValue {
    switch self {
    case .object(let object):
      var kept: [(key: String, value: JSONValue)] = []
      for member in object.members {
        if case .null = member.value { continue }
        kept.append((member.key, member.value.strippingNulls()))
      }
      return .object(JSONObject(kept))
    case .array(let elements): return .array(elements.map { $0.strippingNulls() })
    default: return self
    }
  }

  /// The value as text without the quotes of a string; JSON's null is NULL.
  func plainText() throws(SQLError) -> Value {
    switch self {
    case .null: .null
    case .string(let text): .text(text)
    default: .text(try text())
    }
  }
}
