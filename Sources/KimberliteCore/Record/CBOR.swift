// SPDX-License-Identifier: Apache-2.0
// Deterministic CBOR: RFC 8949 §4.2.1. The writer emits nothing else and the reader accepts
// nothing else: shortest heads, shortest floats, definite lengths, valid UTF-8.

/// What is wrong with a CBOR item, and at which byte of the input.
public enum CBORError: Error, Equatable, Sendable {
  case truncated(at: Int)
  case notCanonical(at: Int)
  case unexpected(at: Int, want: String)
  case invalidUTF8(at: Int)
}

/// The major types of RFC 8949 §3.1.
enum CBORMajor: UInt8 {
  case unsigned = 0
  case negative = 1
  case bytes = 2
  case text = 3
  case array = 4
  case map = 5
  case tag = 6
  case simple = 7
}

extension ByteBuffer {
  /// Appends an item's head with the shortest argument.
  @inline(__always)
  mutating func appendCBOR(_ major: CBORMajor, _ argument: UInt64) {
    let high = major.rawValue << 5
    if argument < 24 {
      append(high | UInt8(truncatingIfNeeded: argument))
    } else if argument <= 0xff {
      append(high | 24)
      append(UInt8(truncatingIfNeeded: argument))
    } else if argument <= 0xffff {
      append(high | 25)
      append(bigEndian: UInt16(truncatingIfNeeded: argument))
    } else if argument <= 0xffff_ffff {
      append(high | 26)
      append(bigEndian: UInt32(truncatingIfNeeded: argument))
    } else {
      append(high | 27)
      append(bigEndian: argument)
    }
  }

  /// Appends an integer.
  @inline(__always)
  public mutating func appendCBOR(_ value: Int64) {
    if value >= 0 {
      appendCBOR(.unsigned, UInt64(bitPattern: value))
    } else {
      appendCBOR(.negative, UInt64(bitPattern: ~value))
    }
  }

  /// Appends an array's head; `count` items follow.
  public mutating func appendCBORArray(_ count: Int) { appendCBOR(.array, UInt64(count)) }
  /// Appends a map's head; `count` pairs follow, sorted by encoded key.
  public mutating func appendCBORMap(_ count: Int) { appendCBOR(.map, UInt64(count)) }
  /// Appends a tag's head; one item follows.
  public mutating func appendCBORTag(_ tag: UInt64) { appendCBOR(.tag, tag) }
  /// Appends null.
  public mutating func appendCBORNull() { append(0xf6) }
  /// Appends true or false.
  public mutating func appendCBOR(_ value: Bool) { append(value ? 0xf5 : 0xf4) }

  /// Appends a text string.
  public mutating func appendCBOR(_ text: String) {
    var text = text
    text.withUTF8 {
      appendCBOR(.text, UInt64($0.count))
      append(UnsafeRawBufferPointer($0))
    }
  }

  /// Appends a text string whose bytes the caller knows to be valid UTF-8.
  @inline(__always)
  public mutating func appendCBOR(validUTF8 text: Span<UInt8>) {
    appendCBOR(.text, UInt64(text.count))
    append(text)
  }

  /// Appends a byte string.
  public mutating func appendCBOR(bytes: Span<UInt8>) {
    appendCBOR(.bytes, UInt64(bytes.count))
    append(bytes)
  }

  /// Appends a byte string.
  public mutating func appendCBOR(bytes: [UInt8]) {
    appendCBOR(.bytes, UInt64(bytes.count))
    append(bytes)
  }

  /// Appends a float in the shortest of the three widths that keeps its value; every NaN becomes
  /// the one of RFC 8949 §4.2.2.
  public mutating func appendCBOR(_ value: Double) {
    if value.isNaN {
      append(0xf9)
      append(bigEndian: UInt16(0x7e00))
      return
    }
    let single = Float(value)
    guard Double(single).bitPattern == value.bitPattern else {
      append(0xfb)
      append(bigEndian: value.bitPattern)
      return
    }
    if let half = Self.half(single) {
      append(0xf9)
      append(bigEndian: half)
    } else {
      append(0xfa)
      append(bigEndian: single.bitPattern)
    }
  }

  /// The IEEE 754 half with exactly this value, if there is one.
  static func half(_ value: Float) -> UInt16? {
    let bits = value.bitPattern
    let sign = UInt16(truncatingIfNeeded: (bits >> 16) & 0x8000)
    let exponent = Int((bits >> 23) & 0xff)
    let mantissa = bits & 0x7f_ffff
    if exponent == 0xff { return mantissa == 0 ? sign | 0x7c00 : nil }
    if exponent == 0 { return mantissa == 0 ? sign : nil }
    let power = exponent - 127
    if power >= -14 && power <= 15 {
      guard mantissa & 0x1fff == 0 else { return nil }
      return sign | UInt16((power + 15) << 10) | UInt16(mantissa >> 13)
    }
    guard power >= -24 && power < -14 else { return nil }
    let shift = UInt32(13 + (-14 - power))
    let full = mantissa | 0x80_0000
    guard full & ((1 << shift) - 1) == 0 else { return nil }
    return sign | UInt16(full >> shift)
  }
}

/// Reads items from the front of a run of bytes, refusing what is not canonical.
public struct CBORReader: ~Escapable {
  let bytes: Span<UInt8>
  /// Bytes read so far.
  public private(set) var position: Int

  /// A reader of `bytes`.
  @_lifetime(copy bytes)
  public init(_ bytes: Span<UInt8>) {
    self.bytes = bytes
    self.position = 0
  }

  /// Whether all bytes are read.
  public var isAtEnd: Bool { position == bytes.count }

  /// Demands that all bytes are read.
  public func finish() throws(CBORError) {
    if position != bytes.count { throw .unexpected(at: position, want: "the end") }
  }

  /// The major type of the next item, not consumed: 0 unsigned, 1 negative, 2 bytes, 3 text,
  /// 4 array, 5 map, 6 tag, 7 simple or float.
  public func peekMajor() throws(CBORError) -> UInt8 {
    if position >= bytes.count { throw .truncated(at: position) }
    return bytes[position] >> 5
  }

  /// Whether true or false is next.
  public var nextIsBool: Bool {
    position < bytes.count && (bytes[position] == 0xf4 || bytes[position] == 0xf5)
  }

  /// Consumes null if it is next.
  @inline(__always)
  @_lifetime(self: copy self)
  public mutating func readNull() -> Bool {
    guard position < bytes.count, bytes[position] == 0xf6 else { return false }
    position += 1
    return true
  }

  @inline(__always)
  @_lifetime(self: copy self)
  mutating func readHead() throws(CBORError) -> (major: UInt8, argument: UInt64) {
    let start = position
    if start >= bytes.count { throw .truncated(at: start) }
    let first = bytes[start]
    let low = first & 0x1f
    position = start + 1
    if low < 24 { return (first >> 5, UInt64(low)) }
    let width: Int
    switch low {
    case 24: width = 1
    case 25: width = 2
    case 26: width = 4
    case 27: width = 8
    default: throw .notCanonical(at: start)
    }
    if bytes.count - position < width { throw .truncated(at: start) }
    var argument: UInt64 = 0
    for index in 0..<width { argument = argument << 8 | UInt64(bytes[position + index]) }
    position += width
    let least: UInt64 =
      switch width {
      case 1: 24
      case 2: 0x100
      case 4: 0x1_0000
      default: 0x1_0000_0000
      }
    // A float's argument is its bits; the float reader checks that they are the shortest.
    if first >> 5 != 7 && argument < least { throw .notCanonical(at: start) }
    return (first >> 5, argument)
  }

  @inline(__always)
  @_lifetime(self: copy self)
  mutating func read(_ major: CBORMajor, _ want: StaticString) throws(CBORError) -> UInt64 {
    let start = position
    let head = try readHead()
    if head.major != major.rawValue { throw .unexpected(at: start, want: "\(want)") }
    return head.argument
  }

  /// Reads an integer.
  @inline(__always)
  @_lifetime(self: copy self)
  public mutating func readInteger() throws(CBORError) -> Int64 {
    let start = position
    let head = try readHead()
    guard head.major <= 1, head.argument <= UInt64(Int64.max) else {
      throw .unexpected(at: start, want: "a 64-bit integer")
    }
    let value = Int64(bitPattern: head.argument)
    return head.major == 0 ? value : ~value
  }

  /// Reads an unsigned integer.
  @_lifetime(self: copy self)
  public mutating func readUnsigned() throws(CBORError) -> UInt64 {
    try read(.unsigned, "an unsigned integer")
  }

  /// Reads an array's head: how many items follow.
  @_lifetime(self: copy self)
  public mutating func readArray() throws(CBORError) -> Int {
    try readCount(.array, "an array", unit: 1)
  }

  /// Reads a map's head: how many pairs follow.
  @_lifetime(self: copy self)
  public mutating func readMap() throws(CBORError) -> Int {
    try readCount(.map, "a map", unit: 2)
  }

  /// A count that the bytes left can hold: lengths are checked before they are trusted.
  @inline(__always)
  @_lifetime(self: copy self)
  private mutating func readCount(_ major: CBORMajor, _ want: StaticString, unit: Int)
    throws(CBORError) -> Int
  {
    let start = position
    let count = try read(major, want)
    if count > UInt64((bytes.count - position) / unit) { throw .truncated(at: start) }
    return Int(count)
  }

  /// Reads a tag's number; one item follows.
  @_lifetime(self: copy self)
  public mutating func readTag() throws(CBORError) -> UInt64 { try read(.tag, "a tag") }

  /// Reads a boolean.
  @_lifetime(self: copy self)
  public mutating func readBool() throws(CBORError) -> Bool {
    if position >= bytes.count { throw .truncated(at: position) }
    let byte = bytes[position]
    if byte != 0xf4 && byte != 0xf5 { throw .unexpected(at: position, want: "a boolean") }
    position += 1
    return byte == 0xf5
  }

  /// Reads a text string: where its bytes lie.
  ///
  /// They are valid UTF-8.
  @inline(__always)
  @_lifetime(self: copy self)
  public mutating func readTextRange() throws(CBORError) -> Range<Int> {
    let count = try readCount(.text, "a text string", unit: 1)
    let range = position..<(position + count)
    position += count
    let valid = bytes.extracting(range).withUnsafeBufferPointer { UTF8Validation.isValid($0) }
    if !valid { throw .invalidUTF8(at: range.lowerBound) }
    return range
  }

  /// Reads a text string.
  @_lifetime(self: copy self)
  public mutating func readText() throws(CBORError) -> String {
    let range = try readTextRange()
    return bytes.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
  }

  /// Reads a byte string: where its bytes lie.
  @_lifetime(self: copy self)
  public mutating func readBytesRange() throws(CBORError) -> Range<Int> {
    let count = try readCount(.bytes, "a byte string", unit: 1)
    position += count
    return (position - count)..<position
  }

  /// Reads a byte string.
  @_lifetime(self: copy self)
  public mutating func readBytes() throws(CBORError) -> [UInt8] {
    let range = try readBytesRange()
    return bytes.extracting(range).array()
  }

  /// Reads a float of any width, which must be the shortest that keeps the value.
  @_lifetime(self: copy self)
  public mutating func readDouble() throws(CBORError) -> Double {
    let start = position
    let head = try readHead()
    let width = position - start
    guard head.major == 7, width > 2 else { throw .unexpected(at: start, want: "a float") }
    let value: Double =
      switch width {
      case 3: Self.expand(half: UInt16(truncatingIfNeeded: head.argument))
      case 5: Double(Float(bitPattern: UInt32(truncatingIfNeeded: head.argument)))
      default: Double(bitPattern: head.argument)
      }
    var again = ByteBuffer(capacity: 16)
    again.appendCBOR(value)
    guard again.span.elementsEqual(bytes.extracting(start..<position)) else {
      throw .notCanonical(at: start)
    }
    return value
  }

  private static func expand(half bits: UInt16) -> Double {
    let sign: Double = bits & 0x8000 == 0 ? 1 : -1
    let exponent = Int(bits >> 10) & 0x1f
    let mantissa = Double(bits & 0x3ff)
    switch exponent {
    case 0: return sign * mantissa * 0x1p-24
    case 31: return mantissa == 0 ? sign * .infinity : .nan
    default:
      return sign * (1024 + mantissa) * Double(sign: .plus, exponent: exponent - 25, significand: 1)
    }
  }
}
