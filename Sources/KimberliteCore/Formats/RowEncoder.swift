// SPDX-License-Identifier: Apache-2.0
// Lines of NDJSON, CSV or TSV to the CBOR arrays of one row of a table: the hot path of kb-append.
// A line is read once, noting where each column's value lies; then the values are written in the
// table's order. Nothing is allocated for a row.

/// What the input lines are.
public enum InputFormat: String, Sendable, CaseIterable {
  case ndjson, csv, tsv
}

/// Where the value of a column lies in the line at hand.
struct FieldSlot {
  /// The number of the line that set this slot; any other means absent.
  var line: UInt64 = 0
  var start: Int32 = 0
  var end: Int32 = 0
  var kind: JSONKind = .null
}

/// Turns input lines into rows of one table.
public struct RowEncoder: ~Copyable {
  let table: Table
  let format: InputFormat
  /// Already encoded CBOR a column; `nil` is no default: NULL.
  private var defaults: [[UInt8]?]
  private let names: NameIndex
  /// The columns' types, apart from the columns: reading one must not touch reference counts.
  private let types: [SQLType]
  /// The columns of a row's own event, and those of its personal one.
  private let (own, personal): ([Int], [Int])
  var slots: [FieldSlot]
  /// Counts lines, from 1.
  var line: UInt64 = 0
  /// NDJSON: the column of the last line's n-th key.
  ///
  /// CSV, TSV: the column of the n-th field.
  var order: [Int] = []
  /// Where text with escapes is unescaped.
  private var scratch = ByteBuffer(capacity: 4096)

  /// An encoder of NDJSON.
  ///
  /// - Parameter defaults: the CBOR of each column's default, in `table.columns` order.
  /// - Precondition: `defaults` is empty or has one entry a column.
  public init(table: Table, defaults: [[UInt8]?] = []) {
    self.init(table: table, format: .ndjson, defaults: defaults)
  }

  /// An encoder of CSV or TSV whose first record, the header, names the columns.
  ///
  /// - Throws: an unknown or repeated column.
  public init(
    table: Table, format: InputFormat, header: Span<UInt8>, defaults: [[UInt8]?] = []
  ) throws(InputError) {
    self.init(table: table, format: format, defaults: defaults)
    if format == .ndjson { return }
    for name in try DelimitedText.header(header, format: format) {
      let position = name.text.withSpan { names.find($0) }
      guard let position, !table.columns[position].hidden else {
        throw unknownColumn(name.text, at: name.column)
      }
      if table.columns[position].generation != nil { throw generated(position, at: name.column) }
      if order.contains(position) { throw repeatedColumn(position, at: name.column) }
      order.append(position)
    }
  }

  /// Replaces the encoded default of one column, for defaults that differ from row to row.
  public mutating func setDefault(_ value: [UInt8], at position: Int) {
    defaults[position] = value
  }

  /// Whether the line that was encoded last has a value of its own for a column.
  public func isGiven(_ position: Int) -> Bool { slots[position].line == line }

  private init(table: Table, format: InputFormat, defaults: [[UInt8]?]) {
    precondition(
      defaults.isEmpty || defaults.count == table.columns.count, "one default a column")
    self.table = table
    self.format = format
    self.defaults = defaults.isEmpty ? Array(repeating: nil, count: table.columns.count) : defaults
    self.types = table.columns.map(\.type)
    own = table.positions(personal: false)
    personal = table.positions(personal: true)
    self.names = NameIndex(table.columns.map(\.name))
    self.slots = Array(repeating: FieldSlot(), count: table.columns.count)
  }

  /// Appends the CBOR array of one row to `buffer`: one value a column that is not personal, in
  /// order.
  ///
  /// - Parameters:
  ///   - line: one record without its line end.
  ///   - hiddenKey: the value of the hidden key column, if the table has one.
  /// - Throws: what is wrong and where; `buffer` is then as it was.
  public mutating func encode(
    line bytes: Span<UInt8>, into buffer: inout ByteBuffer, hiddenKey: Int64
  ) throws(InputError) {
    precondition(bytes.count <= Int(Int32.max), "a line is longer than Limits.lineBytesMax")
    let start = buffer.count
    do throws(InputError) {
      line += 1
      switch format {
      case .ndjson: try readObject(bytes)
      case .csv: try readCSV(bytes)
      case .tsv: try readTSV(bytes)
      }
      try write(own, bytes, into: &buffer, hiddenKey: hiddenKey)
    } catch {
      buffer.truncate(to: start)
      throw error
    }
  }

  /// Appends the CBOR array of the personal values of the line that was encoded last.
  public mutating func encodePersonal(
    line bytes: Span<UInt8>, into buffer: inout ByteBuffer
  ) throws(InputError) {
    let start = buffer.count
    do throws(InputError) {
      try write(personal, bytes, into: &buffer, hiddenKey: 0)
    } catch {
      buffer.truncate(to: start)
      throw error
    }
  }

  private mutating func write(
    _ positions: [Int], _ bytes: Span<UInt8>, into buffer: inout ByteBuffer, hiddenKey: Int64
  ) throws(InputError) {
    buffer.appendCBORArray(positions.count)
    for position in positions {
      try write(position, bytes, into: &buffer, hiddenKey: hiddenKey)
    }
  }

  /// Notes where the members of the line's object lie.
  private mutating func readObject(_ bytes: Span<UInt8>) throws(InputError) {
    var scanner = JSONScanner(bytes)
    scanner.skipBlanks()
    guard scanner.accept(UInt8(ascii: "{")) else {
      throw scanner.unexpected(want: "the '{' of a row")
    }
    scanner.skipBlanks()
    if !scanner.accept(UInt8(ascii: "}")) {
      var index = 0
      while true {
        guard scanner.next == UInt8(ascii: "\"") else {
          throw scanner.unexpected(want: "a key in double quotes")
        }
        let keyStart = scanner.position
        let escaped = try scanner.skipString()
        let position = try column(
          bytes.extracting((keyStart + 1)..<(scanner.position - 1)), escaped: escaped,
          index: index, at: keyStart + 1)
        scanner.skipBlanks()
        guard scanner.accept(UInt8(ascii: ":")) else { throw scanner.unexpected(want: "':'") }
        scanner.skipBlanks()
        let start = scanner.position
        let kind = try scanner.skipValue()
        slots[position] = FieldSlot(
          line: line, start: Int32(start), end: Int32(scanner.position), kind: kind)
        index += 1
        scanner.skipBlanks()
        if scanner.accept(UInt8(ascii: ",")) {
          scanner.skipBlanks()
          continue
        }
        guard scanner.accept(UInt8(ascii: "}")) else {
          throw scanner.unexpected(want: "',' or '}'")
        }
        break
      }
    }
    try scanner.finish()
  }

  /// The column of a key.
  ///
  /// Lines mostly repeat the last one's order, so that one is tried first.
  @inline(__always)
  private mutating func column(_ key: Span<UInt8>, escaped: Bool, index: Int, at byte: Int)
    throws(InputError) -> Int
  {
    if !escaped, index < order.count, names.matches(order[index], key),
      slots[order[index]].line != line
    {
      return order[index]
    }
    return try lookUp(key, escaped: escaped, index: index, at: byte)
  }

  @inline(never)
  private mutating func lookUp(_ key: Span<UInt8>, escaped: Bool, index: Int, at byte: Int)
    throws(InputError) -> Int
  {
    var plain = ByteBuffer(capacity: key.count)
    if escaped { plain.append(unescaping: key) } else { plain.append(key) }
    guard let position = names.find(plain.span), !table.columns[position].hidden else {
      throw unknownColumn(plain.span.text, at: byte)
    }
    if table.columns[position].generation != nil { throw generated(position, at: byte) }
    if slots[position].line == line { throw repeatedColumn(position, at: byte) }
    // An escaped key never matches by its bytes: predicting it would not help.
    if index < order.count { order[index] = position } else { order.append(position) }
    return position
  }

  private func unknownColumn(_ name: String, at byte: Int) -> InputError {
    let shown = name.withSpan { SQLError.quote($0) }
    let names = table.columns.filter { !$0.hidden }.map(\.name)
    return InputError(
      .undefinedColumn, column: byte, name: name,
      "table \"\(table.name)\" has no column \(shown)",
      hint: nearestName(to: name, among: names).map { "did you mean \"\($0)\"?" })
  }

  private func generated(_ position: Int, at byte: Int) -> InputError {
    let name = table.columns[position].name
    return InputError(
      .invalidColumnReference, column: byte, name: name,
      "column \"\(name)\" is a generated column: it takes no value")
  }

  private func repeatedColumn(_ position: Int, at byte: Int) -> InputError {
    let name = table.columns[position].name
    return InputError(
      .duplicateColumn, column: byte, name: name, "column \"\(name)\" is given twice")
  }

  /// Appends the value of one column.
  @inline(__always)
  private mutating func write(
    _ position: Int, _ bytes: Span<UInt8>, into buffer: inout ByteBuffer, hiddenKey: Int64
  ) throws(InputError) {
    let slot = slots[position]
    guard slot.line == line else {
      return try writeAbsent(position, into: &buffer, hiddenKey: hiddenKey)
    }
    let type = types[position]
    let start = Int(slot.start)
    let end = Int(slot.end)
    switch slot.kind {
    case .null: try writeNull(position, at: start + 1, into: &buffer)
    case .yes where type == .boolean: buffer.appendCBOR(true)
    case .no where type == .boolean: buffer.appendCBOR(false)
    case .number, .yes, .no:
      try write(bytes.extracting(start..<end), position, type, at: start + 1, into: &buffer)
    case .string:
      // A JSON column keeps the value as written, quotes and all.
      let range = type.isJSON && format == .ndjson ? start..<end : (start + 1)..<(end - 1)
      try write(bytes.extracting(range), position, type, at: start + 1, into: &buffer)
    case .escapedString:
      try writeEscaped(position, type, bytes, slot, into: &buffer)
    case .object, .array:
      guard type.isJSON else { throw nested(position, slot) }
      try write(bytes.extracting(start..<end), position, type, at: start + 1, into: &buffer)
    }
  }

  @inline(never)
  private func writeAbsent(_ position: Int, into buffer: inout ByteBuffer, hiddenKey: Int64)
    throws(InputError)
  {
    if table.columns[position].hidden {
      buffer.appendCBOR(hiddenKey)
    } else if let value = defaults[position] {
      buffer.append(value)
    } else {
      try writeNull(position, at: 1, into: &buffer)
    }
  }

  private func writeNull(_ position: Int, at byte: Int, into buffer: inout ByteBuffer)
    throws(InputError)
  {
    let column = table.columns[position]
    guard !column.notNull else {
      let what = slots[position].line == line ? "null" : "no value, and no default,"
      throw InputError(
        .notNullViolation, column: byte, name: column.name,
        "column \"\(column.name)\": \(what) for a NOT NULL column")
    }
    buffer.appendCBORNull()
  }

  @inline(never)
  private mutating func writeEscaped(
    _ position: Int, _ type: SQLType, _ bytes: Span<UInt8>, _ slot: FieldSlot,
    into buffer: inout ByteBuffer
  ) throws(InputError) {
    let start = Int(slot.start)
    let end = Int(slot.end)
    if type.isJSON && format == .ndjson {
      try write(bytes.extracting(start..<end), position, type, at: start + 1, into: &buffer)
      return
    }
    scratch.removeAll()
    switch format {
    case .ndjson: scratch.append(unescaping: bytes.extracting((start + 1)..<(end - 1)))
    case .csv: scratch.append(unquoting: bytes.extracting((start + 1)..<(end - 1)))
    case .tsv: scratch.append(unescapingCopy: bytes.extracting(start..<end))
    }
    try write(scratch.span, position, type, at: start + 1, into: &buffer)
  }

  private func nested(_ position: Int, _ slot: FieldSlot) -> InputError {
    let column = table.columns[position]
    let what = slot.kind == .object ? "an object" : "an array"
    return InputError(
      .datatypeMismatch, column: Int(slot.start) + 1, name: column.name,
      "column \"\(column.name)\": \(what) is not \(column.type.nameWithArticle)",
      hint: "declare the column as JSON")
  }

  /// Appends a value from its text form.
  @inline(__always)
  private borrowing func write(
    _ text: Span<UInt8>, _ position: Int, _ type: SQLType, at byte: Int,
    into buffer: inout ByteBuffer
  ) throws(InputError) {
    do throws(SQLError) {
      if type == .jsonb {
        let normal = try JSONB.normalized(text)
        normal.withSpan { buffer.appendCBOR(validUTF8: $0) }
      } else if type == .json {
        if format != .ndjson { _ = try type.parse(text) }
        buffer.appendCBOR(validUTF8: text.extracting(text.trimmedRange))
      } else {
        try buffer.appendCBOR(parsing: text, as: type)
      }
    } catch {
      let name = table.columns[position].name
      throw InputError(
        error.state, column: byte, name: name, "column \"\(name)\": \(error.message)",
        hint: error.hint)
    }
  }
}

extension SQLType {
  /// Whether values are JSON texts.
  @inline(__always)
  var isJSON: Bool { self == .json || self == .jsonb }
}

extension ByteBuffer {
  /// Appends the CBOR of the value that a text form says.
  ///
  /// The text is valid UTF-8 without NUL.
  @inline(__always)
  mutating func appendCBOR(parsing text: Span<UInt8>, as type: SQLType) throws(SQLError) {
    switch type {
    case .text, .varchar(limit: nil): appendCBOR(validUTF8: text)
    case .varchar(let limit?) where text.count <= limit: appendCBOR(validUTF8: text)
    case .smallint, .integer, .bigint:
      appendCBOR(try type.parseInteger(text.extracting(text.trimmedRange)))
    case .numeric: appendCBOR(try type.parseDecimal(text.extracting(text.trimmedRange)))
    case .date, .time, .timestamp, .timestamptz:
      appendCBOR(try type.parseDateTime(text.extracting(text.trimmedRange)))
    case .real, .double: appendCBOR(try type.parseFloat(text.extracting(text.trimmedRange)))
    case .boolean, .varchar, .char, .bytea, .interval, .uuid, .json, .jsonb:
      appendCBOR(try type.parse(text), as: type)
    }
  }
}
