// SPDX-License-Identifier: Apache-2.0
// Run-time functions over byte strings: parts, bits, encodings, digests.

internal import CCrypto

extension FunctionRegistry {
  static let bytesFunctions: [ScalarFunction] = [
    ScalarFunction(strict: "kb_bytes_substr", -1) { (arguments) throws(SQLError) in
      let bytes = try arguments[0].bytes()
      return .blob(Array(bytes[try window(bytes.count, arguments)]))
    },
    ScalarFunction(strict: "kb_bytes_overlay", -1) { (arguments) throws(SQLError) in
      .blob(try overlay(arguments[0].bytes(), arguments[1].bytes(), arguments))
    },
    trimming("kb_bytes_btrim", start: true, end: true),
    trimming("kb_bytes_ltrim", start: true, end: false),
    trimming("kb_bytes_rtrim", start: false, end: true),
    ScalarFunction(strict: "kb_get_byte", 2) { (arguments) throws(SQLError) in
      let bytes = try arguments[0].bytes()
      return .integer(Int64(bytes[try index(arguments[1], in: bytes.count)]))
    },
    ScalarFunction(strict: "kb_set_byte", 3) { (arguments) throws(SQLError) in
      var bytes = try arguments[0].bytes()
      let index = try index(arguments[1], in: bytes.count)
      bytes[index] = UInt8(truncatingIfNeeded: try arguments[2].int64())
      return .blob(bytes)
    },
    ScalarFunction(strict: "kb_get_bit", 2) { (arguments) throws(SQLError) in
      let bytes = try arguments[0].bytes()
      let index = try index(arguments[1], in: bytes.count * 8)
      return .integer(Int64(bytes[index / 8] >> (index % 8) & 1))
    },
    ScalarFunction(strict: "kb_set_bit", 3) { (arguments) throws(SQLError) in
      var bytes = try arguments[0].bytes()
      let index = try index(arguments[1], in: bytes.count * 8)
      let bit = try arguments[2].int64()
      guard bit == 0 || bit == 1 else {
        throw SQLError(.invalidParameterValue, "new bit must be 0 or 1")
      }
      bytes[index / 8] = bytes[index / 8] & ~(1 << (index % 8)) | UInt8(bit) << (index % 8)
      return .blob(bytes)
    },
    ScalarFunction(strict: "kb_bit_count", 1) { (arguments) throws(SQLError) in
      .integer(Int64(try arguments[0].bytes().reduce(0) { $0 + $1.nonzeroBitCount }))
    },
    ScalarFunction(strict: "kb_encode", 2) { (arguments) throws(SQLError) in
      let bytes = try arguments[0].bytes()
      switch try encoding(arguments[1]) {
      case .hex: return .text(hex(bytes))
      case .base64: return .text(Base64.lines(of: bytes))
      case .escape: return .text(BytesText.escape(bytes))
      }
    },
    ScalarFunction(strict: "kb_decode", 2) { (arguments) throws(SQLError) in
      let text = try arguments[0].string()
      switch try encoding(arguments[1]) {
      case .hex:
        return .blob(
          try text.withSpan { (text) throws(SQLError) in try BytesText.hexadecimal(text) })
      case .base64: return .blob(try Base64.bytes(ofLines: text))
      case .escape:
        guard let bytes = text.withSpan({ BytesText.escaped($0) }) else {
          throw SQLError(.invalidText, "invalid input syntax for type bytea")
        }
        return .blob(bytes)
      }
    },
    ScalarFunction(strict: "kb_convert_from", 2) { (arguments) throws(SQLError) in
      .text(try CharacterEncoding(arguments[1], "source").text(of: try arguments[0].bytes()))
    },
    ScalarFunction(strict: "kb_convert_to", 2) { (arguments) throws(SQLError) in
      .blob(
        try CharacterEncoding(arguments[1], "destination").bytes(of: try arguments[0].string()))
    },
    ScalarFunction(strict: "kb_bytes_length", 2) { (arguments) throws(SQLError) in
      let text = try CharacterEncoding(arguments[1], nil).text(of: try arguments[0].bytes())
      return .integer(Int64(text.unicodeScalars.count))
    },
    ScalarFunction(strict: "kb_md5", 1) { (arguments) throws(SQLError) in
      switch arguments[0] {
      case .text(let text): return .text(hex(try digest(Array(text.utf8), EVP_md5())))
      default: return .text(hex(try digest(arguments[0].bytes(), EVP_md5())))
      }
    },
    ScalarFunction(strict: "kb_sha224", 1) { (arguments) throws(SQLError) in
      .blob(try digest(arguments[0].bytes(), EVP_sha224()))
    },
    ScalarFunction(strict: "kb_sha256", 1) { (arguments) throws(SQLError) in
      .blob(try digest(arguments[0].bytes(), EVP_sha256()))
    },
    ScalarFunction(strict: "kb_sha384", 1) { (arguments) throws(SQLError) in
      .blob(try digest(arguments[0].bytes(), EVP_sha384()))
    },
    ScalarFunction(strict: "kb_sha512", 1) { (arguments) throws(SQLError) in
      .blob(try digest(arguments[0].bytes(), EVP_sha512()))
    },
  ]

  private static func trimming(_ name: String, start: Bool, end: Bool) -> ScalarFunction {
    ScalarFunction(strict: name, 2) { (arguments) throws(SQLError) in
      var bytes = try arguments[0].bytes()[...]
      let set = try arguments[1].bytes()
      if start { bytes = bytes.drop { set.contains($0) } }
      while end, let last = bytes.last, set.contains(last) { bytes.removeLast() }
      return .blob(Array(bytes))
    }
  }

  private static func index(_ value: Value, in count: Int) throws(SQLError) -> Int {
    let index = try value.int64()
    guard index >= 0, index < count else {
      throw SQLError(.init("2202E"), "index \(index) out of valid range, 0..\(count - 1)")
    }
    return Int(index)
  }

  private enum TextEncoding: String { case hex, base64, escape }

  private static func encoding(_ value: Value) throws(SQLError) -> TextEncoding {
    let name = try value.string()
    guard let encoding = TextEncoding(rawValue: name.lowercased()) else {
      throw SQLError(
        .invalidParameterValue, "unrecognized encoding: \"\(name)\"",
        hint: "there are hex, base64 and escape")
    }
    return encoding
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    var buffer = ByteBuffer(capacity: 2 * bytes.count)
    for byte in bytes { buffer.append(hex: byte) }
    return buffer.span.text
  }

  private static func digest(_ bytes: [UInt8], _ kind: OpaquePointer?) throws(SQLError) -> [UInt8] {
    var result = Array(repeating: UInt8(0), count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    guard EVP_Digest(bytes, bytes.count, &result, &count, kind, nil) == 1 else {
      throw SQLError(.internalError, "libcrypto does not compute this digest")
    }
    return Array(result.prefix(Int(count)))
  }
}

/// The encodings that convert_from and convert_to know.
private enum CharacterEncoding {
  case utf8, latin1, ascii

  init(_ value: Value, _ place: String?) throws(SQLError) {
    let name = try value.string()
    let letters = name.lowercased().unicodeScalars.filter { ScalarClass.alnum.contains($0) }
    switch String(String.UnicodeScalarView(letters)) {
    case "utf8", "unicode": self = .utf8
    case "latin1", "iso88591": self = .latin1
    case "sqlascii": self = .ascii
    default:
      throw SQLError(
        place == nil ? .invalidParameterValue : .invalidParameterValue,
        place.map { "invalid \($0) encoding name \"\(name)\"" }
          ?? "invalid encoding name \"\(name)\"",
        hint: "there are UTF8, LATIN1 and SQL_ASCII")
    }
  }

  func text(of bytes: [UInt8]) throws(SQLError) -> String {
    if bytes.contains(0) { throw Self.invalid([0], self) }
    switch self {
    case .utf8, .ascii:
      if let text = String(validating: bytes, as: UTF8.self) { return text }
      throw Self.invalid(Self.firstInvalid(bytes), .utf8)
    case .latin1:
      return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
  }

  func bytes(of text: String) throws(SQLError) -> [UInt8] {
    guard self == .latin1 else { return Array(text.utf8) }
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      guard let byte = UInt8(exactly: scalar.value) else {
        let shown = String(Character(scalar)).utf8.map { "0x" + String($0, radix: 16) }
        throw SQLError(
          .init("22P05"),
          "character with byte sequence \(shown.joined(separator: " ")) in encoding \"UTF8\" "
            + "has no equivalent in encoding \"LATIN1\"")
      }
      bytes.append(byte)
    }
    return bytes
  }

  private static func firstInvalid(_ bytes: [UInt8]) -> [UInt8] {
    var index = 0
    while index < bytes.count {
      let length = bytes[index] < 0x80 ? 1 : bytes[index] < 0xE0 ? 2 : bytes[index] < 0xF0 ? 3 : 4
      let piece = Array(bytes[index..<min(index + length, bytes.count)])
      if String(validating: piece, as: UTF8.self) == nil { return piece }
      index += length
    }
    return []
  }

  private static func invalid(_ bytes: [UInt8], _ encoding: CharacterEncoding) -> SQLError {
    let shown = bytes.map {
      let digits = String($0, radix: 16)
      return "0x" + (digits.utf8.count == 1 ? "0" : "") + digits
    }
    let name = encoding == .latin1 ? "LATIN1" : "UTF8"
    return SQLError(
      .init("22021"),
      "invalid byte sequence for encoding \"\(name)\": \(shown.joined(separator: " "))")
  }
}

extension Base64 {
  /// The text of bytes in lines of 76 characters, as MIME has it.
  static func lines(of bytes: [UInt8]) -> String {
    let text = Array(encode(bytes).utf8)
    var result: [UInt8] = []
    for (index, byte) in text.enumerated() {
      if index > 0, index % 76 == 0 { result.append(UInt8(ascii: "\n")) }
      result.append(byte)
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// The bytes of a text that may have blanks in it.
  static func bytes(ofLines text: String) throws(SQLError) -> [UInt8] {
    var bytes: [UInt8] = []
    var group: UInt32 = 0
    var digits = 0
    var padding = 0
    for scalar in text.unicodeScalars {
      var value: UInt32 = 0
      switch scalar {
      case " ", "\t", "\n", "\r": continue
      case "A"..."Z": value = scalar.value - 65
      case "a"..."z": value = scalar.value - 71
      case "0"..."9": value = scalar.value + 4
      case "+": value = 62
      case "/": value = 63
      case "=":
        if padding == 0, digits != 2, digits != 3 {
          throw SQLError(
            .invalidParameterValue, "unexpected \"=\" while decoding base64 sequence")
        }
        padding += 1
      default:
        throw SQLError(
          .invalidParameterValue,
          "invalid symbol \"\(scalar)\" found while decoding base64 sequence")
      }
      group = group << 6 | value
      digits += 1
      guard digits == 4 else { continue }
      bytes.append(UInt8(truncatingIfNeeded: group >> 16))
      if padding < 2 { bytes.append(UInt8(truncatingIfNeeded: group >> 8)) }
      if padding < 1 { bytes.append(UInt8(truncatingIfNeeded: group)) }
      (group, digits) = (0, 0)
    }
    if digits != 0 {
      throw SQLError(
        .invalidParameterValue, "invalid base64 end sequence",
        hint: "Input data is missing padding, is truncated, or is otherwise corrupted.")
    }
    return bytes
  }
}
