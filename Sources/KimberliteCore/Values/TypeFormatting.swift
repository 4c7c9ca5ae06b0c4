// SPDX-License-Identifier: Apache-2.0
// Values to text: the output form of every type. kb-sql(7), Types.

extension SQLType {
  /// The output text of a value of this type; empty for NULL.
  public func format(_ value: Value) -> String {
    if case .text(let text) = value { return text }
    var buffer = ByteBuffer(capacity: 64)
    buffer.append(value, as: self)
    return buffer.span.text
  }
}

extension ByteBuffer {
  /// Appends the output text of a value; nothing for NULL.
  public mutating func append(_ value: Value, as type: SQLType) {
    switch value {
    case .null: break
    case .integer(let number): append(number, as: type)
    case .real(let number): append(number, as: type)
    case .text(let text): append(utf8: text)
    case .blob(let bytes): append(bytes.span, as: type)
    }
  }

  /// Appends the output text of an integer-stored value.
  mutating func append(_ number: Int64, as type: SQLType) {
    switch type {
    case .boolean: append(utf8: number == 0 ? "false" : "true")
    case .date: append(date: number)
    case .time: append(time: number)
    case .timestamp: append(timestamp: number, zoned: false)
    case .timestamptz: append(timestamp: number, zoned: true)
    case .smallint, .integer, .bigint, .real, .double, .numeric, .text, .varchar, .char, .bytea,
      .interval, .uuid, .json, .jsonb:
      append(decimal: number)
    }
  }

  /// Appends the output text of a float.
  mutating func append(_ number: Double, as type: SQLType) {
    if type == .real { append(float: Float(number)) } else { append(double: number) }
  }

  /// Appends the output text of a blob-stored value.
  mutating func append(_ bytes: Span<UInt8>, as type: SQLType) {
    switch type {
    case .uuid where bytes.count == 16:
      for index in 0..<16 {
        if index == 4 || index == 6 || index == 8 || index == 10 { append(UInt8(ascii: "-")) }
        append(hex: bytes[index])
      }
    case .interval:
      if let interval = Interval(storage: bytes.array()) { append(interval) }
    default:
      append(UInt8(ascii: "\\"))
      append(UInt8(ascii: "x"))
      for index in 0..<bytes.count { append(hex: bytes[index]) }
    }
  }

  /// Appends two lower-case hex digits.
  mutating func append(hex byte: UInt8) {
    func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x61 + value - 10 }
    append(digit(byte >> 4))
    append(digit(byte & 15))
  }
}
