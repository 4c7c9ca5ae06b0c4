// SPDX-License-Identifier: Apache-2.0
// The text form of an array of one dimension: `{a,"b c",NULL}`.
// https://www.postgresql.org/docs/15/arrays.html#ARRAYS-IO

enum ArrayText {
  /// The elements of an array's text; `nil` is NULL.
  ///
  /// Throws 22P02 where it spells no array, 0A000 where it spells one of several dimensions.
  static func parse(_ text: String, at position: Int? = nil) throws(SQLError) -> [String?] {
    var reader = Reader(bytes: Array(text.utf8), position: position)
    return try reader.elements(text)
  }

  private struct Reader {
    let bytes: [UInt8]
    let position: Int?
    var index = 0

    mutating func elements(_ text: String) throws(SQLError) -> [String?] {
      let malformed = SQLError(
        .invalidText, "malformed array literal: \"\(text)\"", at: position,
        hint: "an array is written {a,b} or ARRAY[a, b]")
      skipBlanks()
      guard accept(UInt8(ascii: "{")) else { throw malformed }
      var elements: [String?] = []
      skipBlanks()
      if !accept(UInt8(ascii: "}")) {
        repeat {
          guard let element = try element() else { throw malformed }
          elements.append(element)
          skipBlanks()
        } while accept(UInt8(ascii: ","))
        guard accept(UInt8(ascii: "}")) else { throw malformed }
      }
      skipBlanks()
      if index < bytes.count { throw malformed }
      return elements
    }

    /// An element, which may be NULL; `nil` where there is none.
    private mutating func element() throws(SQLError) -> String?? {
      skipBlanks()
      guard index < bytes.count else { return nil }
      if bytes[index] == UInt8(ascii: "{") {
        throw SQLError(
          .featureNotSupported, "arrays of arrays are not supported", at: position)
      }
      let isQuoted = accept(UInt8(ascii: "\""))
      var value: [UInt8] = []
      /// How much of an unquoted element is more than blanks at its end.
      var length = 0
      while index < bytes.count {
        var byte = bytes[index]
        if isQuoted
          ? byte == UInt8(ascii: "\"") : byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}")
        {
          if isQuoted { index += 1 }
          let kept = isQuoted ? value : Array(value[..<length])
          let text = String(decoding: kept, as: UTF8.self)
          if isQuoted { return text }
          return kept.isEmpty ? nil : .some(text.lowercased() == "null" ? nil : text)
        }
        if !isQuoted, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "{") { return nil }
        let isEscaped = byte == UInt8(ascii: "\\")
        if isEscaped {
          index += 1
          guard index < bytes.count else { return nil }
          byte = bytes[index]
        }
        value.append(byte)
        if isEscaped || !byte.isBlank { length = value.count }
        index += 1
      }
      return nil
    }

    private mutating func accept(_ byte: UInt8) -> Bool {
      guard index < bytes.count, bytes[index] == byte else { return false }
      index += 1
      return true
    }

    private mutating func skipBlanks() {
      while index < bytes.count, bytes[index].isBlank { index += 1 }
    }
  }
}
