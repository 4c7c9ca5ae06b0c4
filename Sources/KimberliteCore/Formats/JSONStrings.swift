// SPDX-License-Identifier: Apache-2.0
// The text that a JSON string stands for.

extension ByteBuffer {
  /// Appends the text of a JSON string from the bytes between its quotes.
  ///
  /// - Precondition: a `JSONScanner` has accepted them.
  mutating func append(unescaping text: Span<UInt8>) {
    var index = 0
    while index < text.count {
      let byte = text[index]
      guard byte == UInt8(ascii: "\\") else {
        append(byte)
        index += 1
        continue
      }
      index += 2
      switch text[index - 1] {
      case UInt8(ascii: "b"): append(0x08)
      case UInt8(ascii: "f"): append(0x0c)
      case UInt8(ascii: "n"): append(0x0a)
      case UInt8(ascii: "r"): append(0x0d)
      case UInt8(ascii: "t"): append(0x09)
      case UInt8(ascii: "u"):
        var scalar = Self.unit(text, index)
        index += 4
        if scalar & 0xfc00 == 0xd800 {
          scalar = 0x10000 + (scalar & 0x3ff) << 10 + (Self.unit(text, index + 2) & 0x3ff)
          index += 6
        }
        append(scalar: scalar)
      case let other: append(other)
      }
    }
  }

  private static func unit(_ text: Span<UInt8>, _ index: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 << 4 | UInt32(text[index + $1].hexValue ?? 0) }
  }

  /// Appends the UTF-8 of a Unicode scalar.
  mutating func append(scalar: UInt32) {
    func byte(_ high: UInt32, _ shift: UInt32, _ mask: UInt32) -> UInt8 {
      UInt8(truncatingIfNeeded: high | (scalar >> shift & mask))
    }
    switch scalar {
    case ..<0x80: append(byte(0, 0, 0x7f))
    case ..<0x800:
      append(byte(0xc0, 6, 0x1f))
      append(byte(0x80, 0, 0x3f))
    case ..<0x10000:
      append(byte(0xe0, 12, 0x0f))
      append(byte(0x80, 6, 0x3f))
      append(byte(0x80, 0, 0x3f))
    default:
      append(byte(0xf0, 18, 0x07))
      append(byte(0x80, 12, 0x3f))
      append(byte(0x80, 6, 0x3f))
      append(byte(0x80, 0, 0x3f))
    }
  }
}
