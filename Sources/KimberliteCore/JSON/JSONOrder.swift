// SPDX-License-Identifier: Apache-2.0
// The order of JSONB, read off the stored texts without taking them apart: PostgreSQL's
// compareJsonbContainers (jsonb_util.c). Object > array > boolean > number > string > null; more
// members or elements are greater; then one after the other. Of scalars and arrays at the top, the
// empty array is the least.

extension JSONB {
  /// The order of two JSONB texts in normal form: -1, 0 or 1.
  public static func compareTexts(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
    var first = JSONScanner(a)
    var second = JSONScanner(b)
    do throws(InputError) {
      first.skipBlanks()
      second.skipBlanks()
      if first.isAtArray != second.isAtArray, !first.isAtObject, !second.isAtObject {
        // At the top a scalar counts as an array of one that is less than others of one.
        let count = try first.isAtArray ? first.elementCount() : second.elementCount()
        return (count == 0) == first.isAtArray ? -1 : 1
      }
      return try compare(&first, &second)
    } catch {
      // Not JSON: only a damaged view has such a value. Any order will do that is one.
      return compareBytes(a, b)
    }
  }

  @_lifetime(first: copy first)
  @_lifetime(second: copy second)
  private static func compare(
    _ first: inout JSONScanner, _ second: inout JSONScanner
  ) throws(InputError) -> Int {
    first.skipBlanks()
    second.skipBlanks()
    let ranks = (first.rank, second.rank)
    if ranks.0 != ranks.1 { return ranks.0 < ranks.1 ? -1 : 1 }
    guard first.isAtArray || first.isAtObject else { return try scalars(&first, &second) }
    let isObject = first.isAtObject
    let counts = (try first.elementCount(), try second.elementCount())
    if counts.0 != counts.1 { return counts.0 < counts.1 ? -1 : 1 }
    first.skipByte()
    second.skipByte()
    for _ in 0..<counts.0 {
      if isObject {
        first.skipBlanks()
        second.skipBlanks()
        let order = try scalars(&first, &second)
        if order != 0 { return order }
        first.skip(UInt8(ascii: ":"))
        second.skip(UInt8(ascii: ":"))
      }
      let order = try compare(&first, &second)
      if order != 0 { return order }
      first.skip(UInt8(ascii: ","))
      second.skip(UInt8(ascii: ","))
    }
    first.skip(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
    second.skip(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
    return 0
  }

  @_lifetime(first: copy first)
  @_lifetime(second: copy second)
  private static func scalars(
    _ first: inout JSONScanner, _ second: inout JSONScanner
  ) throws(InputError) -> Int {
    let starts = (first.position, second.position)
    let kinds = (try first.skipValue(), try second.skipValue())
    let a = first.bytes.extracting(starts.0..<first.position)
    let b = second.bytes.extracting(starts.1..<second.position)
    switch kinds {
    case (.number, .number): return Decimal.compareTexts(a, b)
    case (.yes, .no): return 1
    case (.no, .yes): return -1
    case (.string, .string):
      return compareBytes(a.extracting(1..<a.count - 1), b.extracting(1..<b.count - 1))
    case (.string, .escapedString), (.escapedString, .string), (.escapedString, .escapedString):
      var plainA = ByteBuffer(capacity: a.count)
      var plainB = ByteBuffer(capacity: b.count)
      plainA.append(unescaping: a.extracting(1..<a.count - 1))
      plainB.append(unescaping: b.extracting(1..<b.count - 1))
      return compareBytes(plainA.span, plainB.span)
    default: return 0
    }
  }

  private static func compareBytes(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
    let shorter = min(a.count, b.count)
    for index in 0..<shorter where a[index] != b[index] { return a[index] < b[index] ? -1 : 1 }
    return a.count == b.count ? 0 : a.count < b.count ? -1 : 1
  }
}

extension JSONScanner {
  fileprivate var isAtArray: Bool { next == UInt8(ascii: "[") }
  fileprivate var isAtObject: Bool { next == UInt8(ascii: "{") }

  /// The place of the kind of the next value in the order of kinds.
  fileprivate var rank: Int {
    switch next {
    case UInt8(ascii: "n"): 0
    case UInt8(ascii: "\""): 1
    case UInt8(ascii: "t"), UInt8(ascii: "f"): 3
    case UInt8(ascii: "["): 4
    case UInt8(ascii: "{"): 5
    default: 2
    }
  }

  /// How many members or elements the next value has, which is an object or array.
  fileprivate func elementCount() throws(InputError) -> Int {
    var scanner = JSONScanner(bytes.extracting(position..<bytes.count))
    let isObject = scanner.isAtObject
    scanner.skipByte()
    var count = 0
    while true {
      scanner.skipBlanks()
      if scanner.accept(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) { return count }
      if isObject {
        _ = try scanner.skipValue()
        scanner.skip(UInt8(ascii: ":"))
        scanner.skipBlanks()
      }
      _ = try scanner.skipValue()
      scanner.skip(UInt8(ascii: ","))
      count += 1
    }
  }

  @_lifetime(self: copy self)
  fileprivate mutating func skipByte() { _ = accept(next) }

  /// Passes over a punctuation mark and the blanks before it.
  @_lifetime(self: copy self)
  fileprivate mutating func skip(_ mark: UInt8) {
    skipBlanks()
    _ = accept(mark)
  }
}
