// SPDX-License-Identifier: Apache-2.0
// Result rows to text: the streaming formats of kb-query. Values come one by one, as SQLite hands
// them out, and go straight into the buffer; the aligned table is in AlignedRows.swift.

/// What result rows are printed as.
public enum OutputFormat: String, Sendable, CaseIterable {
  case table, ndjson, json, csv, tsv, markdown, html
}

/// Prints the rows of one result into `output`, which the caller writes and empties at will.
///
/// The calls are `begin`, then for every row one `append…` a column and `endRow`, then `finish`.
public struct RowPrinter: ~Copyable {
  /// Printed text that the caller has not yet taken.
  public var output = ByteBuffer(capacity: 1 << 16)
  /// Rows printed so far.
  public private(set) var rowCount = 0

  let format: OutputFormat
  let columns: [ResultColumn]
  /// What precedes each value: the JSON key of each column with its punctuation, or a separator.
  private let prefixes: [UInt8]
  private var prefixRanges: [Range<Int>] = []
  /// How each column's integers, texts and blobs are shown.
  private let types: [SQLType]
  /// The column that the next value belongs to.
  private var column = 0
  /// Where in `output` that value begins.
  private var cellStart = 0
  private var aligned: AlignedRows
  /// Where a value is formatted before it is escaped.
  private var scratch = ByteBuffer(capacity: 256)

  /// A printer of rows of these columns.
  public init(format: OutputFormat, columns: [ResultColumn]) {
    self.format = format
    self.columns = columns
    self.types = columns.map(\.type)
    self.aligned = AlignedRows(columns: columns)
    var prefixes = ByteBuffer(capacity: 256)
    for (index, column) in columns.enumerated() {
      let start = prefixes.count
      switch format {
      case .ndjson, .json:
        prefixes.append(UInt8(ascii: index == 0 ? "{" : ","))
        prefixes.append(json: Array(column.name.utf8).span)
        prefixes.append(UInt8(ascii: ":"))
      case .csv: if index > 0 { prefixes.append(UInt8(ascii: ",")) }
      case .tsv: if index > 0 { prefixes.append(UInt8(ascii: "\t")) }
      case .markdown: prefixes.append(utf8: index == 0 ? "| " : " | ")
      case .html:
        if index == 0 { prefixes.append(utf8: "<tr>") }
        let isRight = column.type.isRightAligned
        prefixes.append(utf8: isRight ? "<td align=\"right\">" : "<td>")
      case .table: break
      }
      prefixRanges.append(start..<prefixes.count)
    }
    self.prefixes = prefixes.array()
  }

  /// Prints what precedes the rows.
  public mutating func begin() {
    switch format {
    case .ndjson, .table: break
    case .json: output.append(utf8: "[")
    case .csv: printHeader { $0.append(csv: $1) }
    case .tsv: printHeader { $0.append(copy: $1) }
    case .markdown:
      for (index, column) in columns.enumerated() {
        output.append(utf8: index == 0 ? "| " : " | ")
        output.append(markdown: Array(column.name.utf8).span)
      }
      output.append(utf8: " |\n|")
      for column in columns {
        output.append(utf8: column.type.isRightAligned ? " ---: |" : " --- |")
      }
      output.append(UInt8(ascii: "\n"))
    case .html:
      output.append(utf8: "<table>\n<thead>\n<tr>")
      for column in columns {
        output.append(utf8: "<th>")
        output.append(html: Array(column.name.utf8).span)
        output.append(utf8: "</th>")
      }
      output.append(utf8: "</tr>\n</thead>\n<tbody>\n")
    }
  }

  private mutating func printHeader(_ escape: (inout ByteBuffer, Span<UInt8>) -> Void) {
    for (index, column) in columns.enumerated() {
      let prefixes = prefixes
      output.append(prefixes.span.extracting(prefixRanges[index]))
      escape(&output, Array(column.name.utf8).span)
    }
    endLine()
  }

  /// RFC 4180 ends a line with CR LF; every reader takes LF, and so do the other Unix tools.
  private mutating func endLine() { output.append(UInt8(ascii: "\n")) }

  /// Prints NULL.
  public mutating func appendNull() {
    _ = startValue()
    switch format {
    case .ndjson, .json: output.append(utf8: "null")
    case .tsv: output.append(utf8: "\\N")
    case .csv, .markdown, .table: break
    case .html: output.append(utf8: "<i>NULL</i>")
    }
    endValue()
  }

  /// Prints an integer-stored value.
  @inline(__always)
  public mutating func appendInteger(_ value: Int64) {
    let type = startValue()
    switch type {
    case .smallint, .integer, .bigint: output.append(decimal: value)
    default:
      let isQuoted = isJSON && type != .boolean && type.storageClass == .integer
      if isQuoted { output.append(UInt8(ascii: "\"")) }
      output.append(value, as: type)
      if isQuoted { output.append(UInt8(ascii: "\"")) }
    }
    endValue()
  }

  /// Prints a real-stored value.
  public mutating func appendReal(_ value: Double) {
    let type = startValue()
    let isQuoted = isJSON && !value.isFinite
    if isQuoted { output.append(UInt8(ascii: "\"")) }
    output.append(value, as: type)
    if isQuoted { output.append(UInt8(ascii: "\"")) }
    endValue()
  }

  /// Prints a text-stored value; the text is valid UTF-8.
  public mutating func appendText(_ text: Span<UInt8>) {
    let type = startValue()
    switch format {
    case .ndjson, .json:
      switch type {
      case .numeric: output.append(text)
      case .json, .jsonb: output.append(oneLineJSON: text)
      default: output.append(json: text)
      }
    case .csv: output.append(csv: text)
    case .tsv: output.append(copy: text)
    case .markdown: output.append(markdown: text)
    case .html: output.append(html: text)
    case .table: output.append(visible: text)
    }
    endValue()
  }

  /// Prints a blob-stored value.
  public mutating func appendBlob(_ bytes: Span<UInt8>) {
    scratch.removeAll()
    scratch.append(bytes, as: types[column])
    let type = startValue()
    Self.append(blob: scratch, type, format, to: &output)
    endValue()
  }

  /// The text forms of blobs are ASCII without quotes: only the `\` of BYTEA is ever escaped.
  private static func append(
    blob text: borrowing ByteBuffer, _ type: SQLType, _ format: OutputFormat,
    to output: inout ByteBuffer
  ) {
    switch format {
    case .ndjson, .json: output.append(json: text.span)
    case .tsv: output.append(copy: text.span)
    case .markdown where type == .bytea: output.append(markdown: text.span)
    case .csv, .markdown, .html, .table: output.append(text.span)
    }
  }

  /// Prints any value.
  public mutating func append(_ value: Value) {
    switch value {
    case .null: appendNull()
    case .integer(let number): appendInteger(number)
    case .real(let number): appendReal(number)
    case .text(let text): appendText(Array(text.utf8).span)
    case .blob(let bytes): appendBlob(bytes.span)
    }
  }

  @inline(__always)
  private var isJSON: Bool { format == .ndjson || format == .json }

  /// Prints what precedes a value and answers its type.
  @inline(__always)
  private mutating func startValue() -> SQLType {
    precondition(column < types.count, "a row has more values than the result has columns")
    if format == .json, column == 0 { output.append(utf8: rowCount == 0 ? "\n" : ",\n") }
    let prefixes = prefixes
    output.append(prefixes.span.extracting(prefixRanges[column]))
    cellStart = output.count
    return types[column]
  }

  @inline(__always)
  private mutating func endValue() {
    if format == .table { aligned.take(&output, from: cellStart) }
    if format == .html { output.append(utf8: "</td>") }
    column += 1
  }

  /// Ends a row.
  public mutating func endRow() {
    precondition(column == types.count, "a row has fewer values than the result has columns")
    column = 0
    rowCount += 1
    switch format {
    case .ndjson: output.append(utf8: types.isEmpty ? "{}\n" : "}\n")
    case .json: output.append(utf8: types.isEmpty ? (rowCount == 1 ? "\n{}" : ",\n{}") : "}")
    case .csv, .tsv: endLine()
    case .markdown: output.append(utf8: " |\n")
    case .html: output.append(utf8: "</tr>\n")
    case .table: aligned.endRow(&output)
    }
  }

  /// Prints what follows the rows.
  public mutating func finish() {
    precondition(column == 0, "the last row is not ended")
    switch format {
    case .ndjson, .csv, .tsv, .markdown: break
    case .json: output.append(utf8: rowCount == 0 ? "]\n" : "\n]\n")
    case .html: output.append(utf8: "</tbody>\n</table>\n")
    case .table:
      aligned.flush(&output)
      output.append(utf8: rowCount == 1 ? "(1 row)\n" : "(\(rowCount) rows)\n")
    }
  }
}

extension SQLType {
  /// Whether tables show values flush right: numbers.
  var isRightAligned: Bool {
    switch self {
    case .smallint, .integer, .bigint, .real, .double, .numeric: true
    default: false
    }
  }
}
