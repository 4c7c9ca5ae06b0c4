// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import Kimberlite
public import KimberliteCore

extension ByteBuffer {
  /// Appends text as a JSON string.
  public mutating func append(jsonString text: String) {
    append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        append(UInt8(ascii: "\\"))
        append(byte)
      case 0x0a: append(utf8: "\\n")
      case 0x09: append(utf8: "\\t")
      case 0x0d: append(utf8: "\\r")
      case 0..<0x20, 0x7f:
        append(utf8: "\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16))
      default: append(byte)
      }
    }
    append(UInt8(ascii: "\""))
  }
}

extension Receipt {
  /// The moment of the record, with microseconds.
  public var time: String {
    // Always six digits, so that lines sort by time as text.
    let fraction = String(1_000_000 + timestamp / 1000 % 1_000_000).dropFirst()
    let second = Int64(timestamp / 1_000_000_000) * 1_000_000
    return "\(SQLType.timestamptz.format(.integer(second)).dropLast()).\(fraction)Z"
  }

  /// The line that says that a record is durable.
  public func line() -> String {
    "{\"offset\":\(offset),\"events\":\(events),\"timestamp\":\"\(time)\",\"hash\":\"\(hash.hex)\"}\n"
  }
}
