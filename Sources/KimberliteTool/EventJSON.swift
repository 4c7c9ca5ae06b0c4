// SPDX-License-Identifier: Apache-2.0
// An event as JSON, for people: without the catalog, so that columns have places and no names.

public import KimberliteCore

extension ByteBuffer {
  /// Levels of an event that are shown.
  private static var depthMax: Int { 32 }

  /// Appends an event's one CBOR item as JSON.
  ///
  /// Bytes become hex digits, decimals numbers.
  public mutating func append(jsonOfEvent event: Span<UInt8>) throws(CBORError) {
    var reader = CBORReader(event)
    try append(jsonOf: &reader, depth: 0)
    if reader.position < event.count {
      throw .unexpected(at: reader.position, want: "the end of the event")
    }
  }

  private mutating func append(jsonOf reader: inout CBORReader, depth: Int) throws(CBORError) {
    let start = reader.position
    if depth > Self.depthMax { throw .unexpected(at: start, want: "fewer levels") }
    switch try reader.peekMajor() {
    case 0, 1: append(utf8: String(try reader.readInteger()))
    case 2:
      append(utf8: "\"")
      for byte in try reader.readBytes() {
        append(utf8: (byte < 16 ? "0" : "") + String(byte, radix: 16))
      }
      append(utf8: "\"")
    case 3: append(jsonString: try reader.readText())
    case 4:
      let count = try reader.readArray()
      append(utf8: "[")
      for index in 0..<count {
        if index > 0 { append(utf8: ",") }
        try append(jsonOf: &reader, depth: depth + 1)
      }
      append(utf8: "]")
    case 5:
      let count = try reader.readMap()
      append(utf8: "{")
      for index in 0..<count {
        if index > 0 { append(utf8: ",") }
        append(jsonString: try reader.readText())
        append(utf8: ":")
        try append(jsonOf: &reader, depth: depth + 1)
      }
      append(utf8: "}")
    case 6: append(utf8: try reader.readDecimal().text)
    default:
      if reader.readNull() {
        append(utf8: "null")
      } else if reader.nextIsBool {
        append(utf8: try reader.readBool() ? "true" : "false")
      } else {
        let value = try reader.readDouble()
        // JSON has no infinity and no NaN.
        if value.isFinite { append(utf8: "\(value)") } else { append(jsonString: "\(value)") }
      }
    }
  }
}
