// SPDX-License-Identifier: Apache-2.0
// What columns a table needs to hold the rows of an input: kb-append --create. kb-append(1).

/// Watches the first rows of an input and proposes columns.
public struct SchemaInference: ~Copyable {
  /// What the values seen so far have in common.
  private enum Shape: Sendable {
    case unknown, boolean, integer, decimal, double, date, timestamptz, uuid, text, json

    /// The shape that holds both.
    func joined(_ other: Shape) -> Shape {
      if self == other || other == .unknown { return self }
      if self == .unknown { return other }
      switch (self, other) {
      case (.integer, .decimal), (.decimal, .integer): return .decimal
      case (.double, .integer), (.double, .decimal), (.integer, .double), (.decimal, .double):
        return .double
      case (.date, .timestamptz), (.timestamptz, .date): return .timestamptz
      case (.json, _), (_, .json): return .json
      default: return .text
      }
    }

    var type: SQLType {
      switch self {
      case .boolean: .boolean
      case .integer: .bigint
      case .decimal: .numeric(precision: nil, scale: nil)
      case .double: .double
      case .date: .date
      case .timestamptz: .timestamptz
      case .uuid: .uuid
      case .json: .json
      case .unknown, .text: .text
      }
    }
  }

  private let format: InputFormat
  private var names: [String] = []
  private var shapes: [Shape] = []

  /// An inference over NDJSON rows.
  public init() { self.format = .ndjson }

  /// An inference over the records that follow a CSV or TSV header.
  ///
  /// - Throws: a header that is not well-formed or names a column twice.
  public init(format: InputFormat, header: Span<UInt8>) throws(InputError) {
    self.format = format
    if format == .ndjson { return }
    for name in try DelimitedText.header(header, format: format) {
      if names.contains(name.text) {
        throw InputError(
          .duplicateColumn, column: name.column, name: name.text,
          "column \"\(name.text)\" is given twice")
      }
      names.append(name.text)
      shapes.append(.unknown)
    }
  }

  /// Takes one row into account.
  ///
  /// - Throws: what is wrong with the line and where.
  public mutating func observe(line: Span<UInt8>) throws(InputError) {
    switch format {
    case .ndjson: try observe(object: line)
    case .csv, .tsv: try observe(record: line)
    }
  }

  /// The columns in order of their first appearance.
  ///
  /// - Parameter key: the primary key's columns, which are NOT NULL; one that no row had is TEXT
  ///   and comes last.
  public func columns(key: [String]) -> [ColumnDefinition] {
    let missing = key.filter { !names.contains($0) }
    let all = zip(names, shapes).map { ($0, $1.type) } + missing.map { ($0, SQLType.text) }
    return all.map { name, type in
      ColumnDefinition(
        name: Name(name, at: 0), type: type, notNull: key.contains(name), defaultValue: nil,
        constraints: [])
    }
  }

  private mutating func observe(object line: Span<UInt8>) throws(InputError) {
    var scanner = JSONScanner(line)
    scanner.skipBlanks()
    guard scanner.accept(UInt8(ascii: "{")) else {
      throw scanner.unexpected(want: "the '{' of a row")
    }
    scanner.skipBlanks()
    var more = !scanner.accept(UInt8(ascii: "}"))
    while more {
      guard scanner.next == UInt8(ascii: "\"") else {
        throw scanner.unexpected(want: "a key in double quotes")
      }
      let keyStart = scanner.position + 1
      _ = try scanner.skipString()
      var key = ByteBuffer(capacity: 64)
      key.append(unescaping: line.extracting(keyStart..<(scanner.position - 1)))
      scanner.skipBlanks()
      guard scanner.accept(UInt8(ascii: ":")) else { throw scanner.unexpected(want: "':'") }
      scanner.skipBlanks()
      let start = scanner.position
      let kind = try scanner.skipValue()
      let value = line.extracting(start..<scanner.position)
      note(key.span.text, Self.shape(of: value, kind))
      scanner.skipBlanks()
      more = scanner.accept(UInt8(ascii: ","))
      if more {
        scanner.skipBlanks()
      } else if !scanner.accept(UInt8(ascii: "}")) {
        throw scanner.unexpected(want: "',' or '}'")
      }
    }
    try scanner.finish()
  }

  private mutating func observe(record: Span<UInt8>) throws(InputError) {
    try DelimitedText.checkUTF8(record)
    var position = 0
    var index = 0
    repeat {
      let field =
        format == .csv
        ? try DelimitedText.nextCSV(record, &position)
        : try DelimitedText.nextTSV(record, &position)
      guard index < names.count else {
        throw InputError(
          column: field.start + 1, "more fields than the \(names.count) that the header names")
      }
      let text = DelimitedText.text(of: field, in: record, format: format)
      let shape: Shape =
        switch field.kind {
        case .null: .unknown
        case .number: text.withSpan { Self.shape(ofPlain: $0) }
        default: text.withSpan { Self.shape(ofText: $0) }
        }
      shapes[index] = shapes[index].joined(shape)
      index += 1
    } while position <= record.count
  }

  private mutating func note(_ name: String, _ shape: Shape) {
    guard let index = names.firstIndex(of: name) else {
      names.append(name)
      shapes.append(shape)
      return
    }
    shapes[index] = shapes[index].joined(shape)
  }

  private static func shape(of value: Span<UInt8>, _ kind: JSONKind) -> Shape {
    switch kind {
    case .null: .unknown
    case .yes, .no: .boolean
    case .number: shape(ofNumber: value)
    case .string: shape(ofText: value.extracting(1..<(value.count - 1)))
    case .escapedString: .text
    case .object, .array: .json
    }
  }

  /// Digits that fit BIGINT, plain decimals that fit NUMERIC, else DOUBLE PRECISION.
  private static func shape(ofNumber text: Span<UInt8>) -> Shape {
    if case .number = NumberText.integer(text) { return .integer }
    for index in 0..<text.count where text[index] | 0x20 == UInt8(ascii: "e") { return .double }
    if case .number(_, exact: true) = Decimal.scan(text) { return .decimal }
    return .double
  }

  /// What a string holds; digits alone stay text.
  private static func shape(ofText text: Span<UInt8>) -> Shape {
    guard text.count >= 10 else { return .text }
    do throws(DateTimeFault) {
      if text.count == 10 {
        _ = try DateTimeText.date(text)
        return .date
      }
      if text.count >= 20, hasZone(text) {
        _ = try DateTimeText.timestamp(text, zoned: true)
        return .timestamptz
      }
    } catch {
      return .text
    }
    guard text.count == 36, text[8] == UInt8(ascii: "-") else { return .text }
    do throws(SQLError) { _ = try SQLType.uuid.parseUUID(text) } catch { return .text }
    return .uuid
  }

  /// Whether a time of RFC 3339 ends in `Z` or `±HH:MM`: without a zone it names no instant.
  private static func hasZone(_ text: Span<UInt8>) -> Bool {
    let last = text[text.count - 1]
    if last == UInt8(ascii: "Z") || last == UInt8(ascii: "z") { return true }
    let sign = text[text.count - 6]
    return text[text.count - 3] == UInt8(ascii: ":")
      && (sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"))
  }

  /// An unquoted field of CSV, a field of TSV.
  ///
  /// A number with leading zeros is a code, not a number.
  private static func shape(ofPlain text: Span<UInt8>) -> Shape {
    switch text.text {
    case "true", "false", "TRUE", "FALSE": return .boolean
    default: break
    }
    guard NumberText.floatForm(text).valid else { return shape(ofText: text) }
    let start = text[0] == UInt8(ascii: "-") ? 1 : 0
    let isPadded =
      text.count > start + 1 && text[start] == UInt8(ascii: "0") && text[start + 1].isDigit
    if isPadded || !text[start].isDigit { return .text }
    return shape(ofNumber: text)
  }
}
