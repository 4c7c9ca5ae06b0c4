// SPDX-License-Identifier: Apache-2.0
// The fields of CSV (RFC 4180) and TSV (PostgreSQL's COPY text) records.

/// Splits records of CSV and TSV.
enum DelimitedText {
  /// A field: where it lies and how to read it.
  struct Field {
    var start: Int
    var end: Int
    /// `.string` with its quotes (CSV), `.escapedString`, `.number` for plain text, `.null`.
    var kind: JSONKind
  }

  /// The names in a header record, with the byte where each begins, from 1.
  static func header(_ record: Span<UInt8>, format: InputFormat) throws(InputError) -> [(
    text: String, column: Int
  )] {
    try checkUTF8(record)
    var names: [(text: String, column: Int)] = []
    var position = 0
    while true {
      let field =
        format == .csv ? try nextCSV(record, &position) : try nextTSV(record, &position)
      let name = text(of: field, in: record, format: format)
      if name.isEmpty { throw InputError(column: field.start + 1, "a column without a name") }
      names.append((name, field.start + 1))
      if position > record.count { return names }
    }
  }

  /// The text of a field.
  static func text(of field: Field, in record: Span<UInt8>, format: InputFormat) -> String {
    let whole = record.extracting(field.start..<field.end)
    switch field.kind {
    case .null: return ""
    case .string: return whole.extracting(1..<(whole.count - 1)).text
    case .escapedString:
      var buffer = ByteBuffer(capacity: whole.count)
      if format == .csv {
        buffer.append(unquoting: whole.extracting(1..<(whole.count - 1)))
      } else {
        buffer.append(unescapingCopy: whole)
      }
      return buffer.span.text
    default: return whole.text
    }
  }

  /// Demands UTF-8 without NUL.
  static func checkUTF8(_ record: Span<UInt8>) throws(InputError) {
    var position = 0
    while position < record.count {
      if record.count - position >= 8 {
        let word: UInt64 = record.bigEndian(at: position)
        // No byte has its high bit set and none is 0: a borrow shows only above a true zero.
        if (word | (word &- 0x0101_0101_0101_0101)) & 0x8080_8080_8080_8080 == 0 {
          position += 8
          continue
        }
      }
      let length = record.withUnsafeBytes { UTF8Validation.sequenceLength($0, position) }
      if length == 0 { throw InputError(column: position + 1, "not UTF-8") }
      if record[position] == 0 {
        throw InputError(column: position + 1, "a NUL byte: no text holds U+0000")
      }
      position += length
    }
  }

  /// The field at `position`, which then stands after its comma, beyond the record's end for the
  /// last field.
  @inline(__always)
  static func nextCSV(_ record: Span<UInt8>, _ position: inout Int) throws(InputError) -> Field {
    let start = position
    let quote = UInt8(ascii: "\"")
    guard position < record.count, record[position] == quote else {
      while position < record.count, record[position] != UInt8(ascii: ",") {
        if record[position] == quote {
          throw InputError(column: position + 1, "a quote inside a field that is not quoted")
        }
        position += 1
      }
      defer { position += 1 }
      return Field(start: start, end: position, kind: position == start ? .null : .number)
    }
    var kind = JSONKind.string
    position += 1
    while true {
      guard position < record.count else {
        throw InputError(column: start + 1, "the quoted field does not end")
      }
      if record[position] != quote {
        position += 1
      } else if position + 1 < record.count, record[position + 1] == quote {
        kind = .escapedString
        position += 2
      } else {
        break
      }
    }
    position += 1
    guard position == record.count || record[position] == UInt8(ascii: ",") else {
      throw InputError(column: position + 1, "text after the closing quote")
    }
    defer { position += 1 }
    return Field(start: start, end: position, kind: kind)
  }

  /// The field at `position`, as `nextCSV`.
  @inline(__always)
  static func nextTSV(_ record: Span<UInt8>, _ position: inout Int) throws(InputError) -> Field {
    let start = position
    var kind = JSONKind.number
    while position < record.count, record[position] != UInt8(ascii: "\t") {
      if record[position] == UInt8(ascii: "\\") {
        guard position + 1 < record.count, record[position + 1] != UInt8(ascii: "\t") else {
          throw InputError(column: position + 1, "a backslash that escapes nothing")
        }
        kind = .escapedString
        position += 1
      }
      position += 1
    }
    let isNull =
      position - start == 2 && record[start] == UInt8(ascii: "\\")
      && record[start + 1] == UInt8(ascii: "N")
    defer { position += 1 }
    return Field(start: start, end: position, kind: isNull ? .null : kind)
  }
}

extension RowEncoder {
  /// Notes where the fields of a CSV record lie.
  mutating func readCSV(_ record: Span<UInt8>) throws(InputError) {
    try DelimitedText.checkUTF8(record)
    var position = 0
    var index = 0
    repeat {
      let field = try DelimitedText.nextCSV(record, &position)
      try note(field, index)
      index += 1
    } while position <= record.count
    try checkCount(index, record.count)
  }

  /// Notes where the fields of a TSV record lie.
  mutating func readTSV(_ record: Span<UInt8>) throws(InputError) {
    try DelimitedText.checkUTF8(record)
    var position = 0
    var index = 0
    repeat {
      let field = try DelimitedText.nextTSV(record, &position)
      try note(field, index)
      index += 1
    } while position <= record.count
    try checkCount(index, record.count)
  }

  private mutating func note(_ field: DelimitedText.Field, _ index: Int) throws(InputError) {
    guard index < order.count else {
      throw InputError(
        column: field.start + 1, "more fields than the \(order.count) that the header names")
    }
    slots[order[index]] = FieldSlot(
      line: line, start: Int32(field.start), end: Int32(field.end), kind: field.kind)
  }

  private func checkCount(_ count: Int, _ length: Int) throws(InputError) {
    if count < order.count {
      throw InputError(
        column: length + 1, "\(count) fields where the header names \(order.count)")
    }
  }
}

extension ByteBuffer {
  /// Appends the text between a CSV field's quotes, doubled quotes made single.
  mutating func append(unquoting text: Span<UInt8>) {
    var index = 0
    while index < text.count {
      append(text[index])
      index += text[index] == UInt8(ascii: "\"") ? 2 : 1
    }
  }

  /// Appends a field of COPY text without its backslashes.
  mutating func append(unescapingCopy text: Span<UInt8>) {
    var index = 0
    while index < text.count {
      var byte = text[index]
      if byte == UInt8(ascii: "\\"), index + 1 < text.count {
        index += 1
        switch text[index] {
        case UInt8(ascii: "b"): byte = 0x08
        case UInt8(ascii: "f"): byte = 0x0c
        case UInt8(ascii: "n"): byte = 0x0a
        case UInt8(ascii: "r"): byte = 0x0d
        case UInt8(ascii: "t"): byte = 0x09
        case UInt8(ascii: "v"): byte = 0x0b
        default: byte = text[index]
        }
      }
      append(byte)
      index += 1
    }
  }
}
