// SPDX-License-Identifier: Apache-2.0
// A JSON value in memory, as JSONB means it: what the order of keys, blanks and escapes were is
// forgotten, numbers are exact. PostgreSQL 15 manual, "JSON Types".

/// A JSON value as JSONB sees it.
indirect enum JSONValue: Sendable {
  case null
  case boolean(Bool)
  /// `-?digits[.digits]`, of any length.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  /// The value of a JSON text.
  ///
  /// - Throws: 22P02 where it is none, 22P05 where it holds U+0000, 22003 where a number is beyond
  ///   what JSONB holds.
  init(parsing text: Span<UInt8>) throws(SQLError) {
    do throws(InputError) { try JSONValidator.validate(text) } catch {
      throw SQLError(error.state, "\(error.message) at byte \(error.column) of a JSON text")
    }
    var reader = JSONTreeReader(text)
    self = try reader.value()
  }

  /// The value of a JSON text.
  init(parsing text: String) throws(SQLError) {
    self = try text.withSpan { (text) throws(SQLError) in try JSONValue(parsing: text) }
  }

  /// The word for its kind, as `jsonb_typeof` says it.
  var kindName: String {
    switch self {
    case .null: "null"
    case .boolean: "boolean"
    case .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }

  var isScalar: Bool {
    switch self {
    case .array, .object: false
    default: true
    }
  }
}

/// The members of an object, in the order of JSONB: shorter keys first, then by their bytes.
struct JSONObject: Sendable {
  private(set) var members: [(key: String, value: JSONValue)] = []

  /// No member.
  init() {}

  /// Members in any order; of several with one key, the last counts.
  init(_ members: [(key: String, value: JSONValue)]) {
    let sorted = members.enumerated().sorted { a, b in
      let order = Self.compare(a.element.key, b.element.key)
      return order == 0 ? a.offset < b.offset : order < 0
    }
    self.members.reserveCapacity(sorted.count)
    for (_, member) in sorted {
      if let last = self.members.last, Self.compare(last.key, member.key) == 0 {
        self.members[self.members.count - 1] = member
      } else {
        self.members.append(member)
      }
    }
  }

  subscript(key: String) -> JSONValue? {
    get {
      let (index, found) = place(of: key)
      return found ? members[index].value : nil
    }
    set {
      let (index, found) = place(of: key)
      if let newValue {
        if found {
          members[index].value = newValue
        } else {
          members.insert((key, newValue), at: index)
        }
      } else if found {
        members.remove(at: index)
      }
    }
  }

  /// Where a key is, or would be.
  private func place(of key: String) -> (index: Int, found: Bool) {
    var low = 0
    var high = members.count
    while low < high {
      let middle = (low + high) / 2
      let order = Self.compare(members[middle].key, key)
      if order == 0 { return (middle, true) }
      if order < 0 { low = middle + 1 } else { high = middle }
    }
    return (low, false)
  }

  /// The order of keys: -1, 0 or 1.
  private static func compare(_ a: String, _ b: String) -> Int {
    let lengths = (a.utf8.count, b.utf8.count)
    if lengths.0 != lengths.1 { return lengths.0 < lengths.1 ? -1 : 1 }
    return a.compareBytes(b)
  }
}

extension String {
  /// The order of the UTF-8 bytes, which is that of the code points: -1, 0 or 1.
  func compareBytes(_ other: String) -> Int {
    if utf8.elementsEqual(other.utf8) { return 0 }
    return utf8.lexicographicallyPrecedes(other.utf8) ? -1 : 1
  }
}

/// Makes a tree of a JSON text that is known to be valid, and so nested no deeper than
/// `Limits.jsonDepthMax`.
private struct JSONTreeReader: ~Escapable {
  private var scanner: JSONScanner

  @_lifetime(copy text)
  init(_ text: Span<UInt8>) { scanner = JSONScanner(text) }

  private static let contradiction = SQLError(.internalError, "a JSON text was valid and is not")

  @_lifetime(self: copy self)
  mutating func value() throws(SQLError) -> JSONValue {
    scanner.skipBlanks()
    switch scanner.next {
    case UInt8(ascii: "{"): return .object(try object())
    case UInt8(ascii: "["): return .array(try array())
    default: return try scalar()
    }
  }

  @_lifetime(self: copy self)
  private mutating func scalar() throws(SQLError) -> JSONValue {
    let start = scanner.position
    let kind: JSONKind
    do throws(InputError) { kind = try scanner.skipValue() } catch { throw Self.contradiction }
    switch kind {
    case .null: return .null
    case .yes: return .boolean(true)
    case .no: return .boolean(false)
    case .number:
      return .number(try JSONNumber.canonical(scanner.bytes.extracting(start..<scanner.position)))
    case .string:
      return .string(scanner.bytes.extracting(start + 1..<scanner.position - 1).text)
    case .escapedString:
      let body = scanner.bytes.extracting(start + 1..<scanner.position - 1)
      var text = ByteBuffer(capacity: body.count)
      text.append(unescaping: body)
      return .string(text.span.text)
    case .object, .array: throw Self.contradiction
    }
  }

  @_lifetime(self: copy self)
  private mutating func array() throws(SQLError) -> [JSONValue] {
    var elements: [JSONValue] = []
    _ = scanner.accept(UInt8(ascii: "["))
    scanner.skipBlanks()
    if scanner.accept(UInt8(ascii: "]")) { return elements }
    while true {
      elements.append(try value())
      scanner.skipBlanks()
      if !scanner.accept(UInt8(ascii: ",")) { break }
    }
    _ = scanner.accept(UInt8(ascii: "]"))
    return elements
  }

  @_lifetime(self: copy self)
  private mutating func object() throws(SQLError) -> JSONObject {
    var members: [(key: String, value: JSONValue)] = []
    _ = scanner.accept(UInt8(ascii: "{"))
    scanner.skipBlanks()
    if scanner.accept(UInt8(ascii: "}")) { return JSONObject() }
    while true {
      scanner.skipBlanks()
      guard case .string(let key) = try scalar() else { throw Self.contradiction }
      scanner.skipBlanks()
      _ = scanner.accept(UInt8(ascii: ":"))
      members.append((key, try value()))
      scanner.skipBlanks()
      if !scanner.accept(UInt8(ascii: ",")) { break }
    }
    _ = scanner.accept(UInt8(ascii: "}"))
    return JSONObject(members)
  }
}
