// SPDX-License-Identifier: Apache-2.0
// What the binder makes of an expression: SQLite text with a static type. String literals, NULL
// and parameters stay untyped until their context gives them a type, as in PostgreSQL.

/// A bound expression.
struct Bound {
  enum Form {
    /// SQLite text that can stand as an operand anywhere.
    case sql(String)
    /// A string literal that has no type yet.
    case string(String)
    /// The parameter in a slot (0-based) that has no type yet.
    case parameter(Int)
    /// NULL that has no type yet.
    case null
  }

  var form: Form
  /// `nil`: decided by the context.
  var type: SQLType?
  var position: Int
  var nullable = true
  /// Whether SQLite compares it with `kb_numeric` without being told: a stored column.
  var collates = false
  /// Of integer arithmetic that is left to SQLite: n where the result is at most 2^n in magnitude.
  ///
  /// A SMALLINT or INTEGER provably fits its type. A BIGINT may be beyond 62 bits: then SQLite may
  /// have answered with a float, which whoever uses the value has to refuse.
  var computedBits: Int?
  /// The rank of the left-associative operator that it is, in parentheses: a chain of one rank
  /// drops them, because SQLite's parser takes fewer than a hundred levels.
  var chain: Chain?
  /// The chain of checked operators that it is.
  var fold: ArithmeticFold?
  /// The row, where it is the name of a table.
  var row: BoundRow?
  /// The value, where it is a typed literal.
  var constant: Value?

  /// n where the value is an integer of at most 2^n in magnitude.
  var integerBits: Int? {
    if let computedBits { return computedBits }
    if case .integer(let number)? = constant, type?.isInteger == true {
      return Int64.bitWidth - number.magnitude.leadingZeroBitCount
    }
    switch type {
    case .smallint: return 15
    case .integer: return 31
    case .bigint: return 63
    default: return nil
    }
  }

  /// An expression of known type.
  init(
    _ sql: String, _ type: SQLType, at position: Int, nullable: Bool = true,
    collates: Bool = false
  ) {
    form = .sql(sql)
    self.type = type
    self.position = position
    self.nullable = nullable
    self.collates = collates
  }

  /// An expression without a type.
  init(untyped form: Form, at position: Int) {
    self.form = form
    self.position = position
    if case .string = form { nullable = false }
  }

  /// A literal of known type.
  init(_ value: Value, _ type: SQLType, at position: Int) {
    self.init(SQLText.literal(value), type, at: position, nullable: value == .null)
    constant = value
  }
}

/// A chain of arithmetic operators whose every step is checked, done from left to right by one call:
/// nested calls would meet the limit of SQLite's parser after some twenty.
struct ArithmeticFold {
  /// SQLite takes 127 arguments.
  static let lengthMax = 100
  /// Of all its operands.
  var type: SQLType
  /// One character each.
  var operators: String
  var operands: [String]

  var sql: String {
    "kb_fold_\(type.functionKey)('\(operators)', \(operands.joined(separator: ", ")))"
  }
}

/// Operators that chain without parentheses.
enum Chain { case or, and, sum, product, concatenation }

/// Pieces of SQLite text.
public enum SQLText {
  /// In a statement that compares what can be spelt in several ways: SQLite 3.40 hashes the length
  /// of a text for its Bloom filters, whatever its collation, and misses 1.00 where 1.0 is.
  public static let noBloomFilters = "/* no Bloom filters */ "

  /// A quoted identifier.
  static func name(_ name: String) -> String { quoted(name, with: "\"") }

  /// A literal that SQLite reads back as the same value.
  public static func literal(_ value: Value) -> String {
    switch value {
    case .null: return "NULL"
    // SQLite reads the digits of the smallest integer as a REAL before it negates them.
    case .integer(Int64.min): return "(-9223372036854775807 - 1)"
    case .integer(let number): return number < 0 ? "(\(number))" : "\(number)"
    case .real(let number):
      if number.isNaN { return "NULL" }
      if number.isInfinite { return number < 0 ? "(-9e999)" : "9e999" }
      return real(number)
    case .text(let text):
      // A NUL would end the statement that SQLite sees.
      if text.utf8.contains(0) { return "CAST(\(hex(Array(text.utf8))) AS TEXT)" }
      return quoted(text, with: "'")
    case .blob(let bytes): return hex(bytes)
    }
  }

  /// A finite float.
  ///
  /// SQLite reads up to 15 digits near the point exactly, and others not always.
  private static func real(_ number: Double) -> String {
    let text = "\(number)"
    let isPlain = text.utf8.count <= 16 && !text.contains("e")
    if !isPlain {
      return "kb_double_bits(\(literal(.integer(Int64(bitPattern: number.bitPattern)))))"
    }
    return number.sign == .minus ? "(\(text))" : text
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = Array("X'".utf8)
    text.reserveCapacity(bytes.count * 2 + 3)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    text.append(UInt8(ascii: "'"))
    return String(decoding: text, as: UTF8.self)
  }

  private static func quoted(_ text: String, with quote: Character) -> String {
    guard text.contains(quote) else { return "\(quote)\(text)\(quote)" }
    var result = String(quote)
    for character in text.unicodeScalars {
      if Character(character) == quote { result.append(quote) }
      result.unicodeScalars.append(character)
    }
    result.append(quote)
    return result
  }
}
