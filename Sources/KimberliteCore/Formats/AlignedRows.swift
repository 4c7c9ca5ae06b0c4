// SPDX-License-Identifier: Apache-2.0
// The `table` format: columns aligned as psql aligns them. The first rows are held back to size
// the columns; the rest stream at those widths, so that memory stays flat.

/// Rows of cells that wait to be aligned.
struct AlignedRows: ~Copyable {
  /// Rows and bytes that are held back at most.
  private static let rowsMax = 1000
  private static let bytesMax = 1 << 20

  private let names: [String]
  private let isRight: [Bool]
  /// Columns on the terminal that each column takes.
  private var widths: [Int]
  /// The cells held back, one after the other.
  private var cells = ByteBuffer(capacity: 4096)
  private var ends: [Int] = []
  private var cellWidths: [Int] = []
  /// Whether the header is printed and the widths are fixed.
  private var isStreaming = false

  init(columns: [ResultColumn]) {
    names = columns.map { column in
      var buffer = ByteBuffer()
      buffer.append(visible: Array(column.name.utf8).span)
      return buffer.span.text
    }
    isRight = columns.map(\.type.isRightAligned)
    widths = names.map { name in name.withSpan { $0.displayWidth } }
  }

  /// Moves a cell's text, which is the end of `output`, here.
  mutating func take(_ output: inout ByteBuffer, from start: Int) {
    append(cell: output.span.extracting(start..<output.count))
    output.truncate(to: start)
  }

  private mutating func append(cell text: Span<UInt8>) {
    cells.append(text)
    ends.append(cells.count)
    cellWidths.append(text.displayWidth)
  }

  /// Ends a row: prints it, unless the columns are still being sized.
  mutating func endRow(_ output: inout ByteBuffer) {
    if isStreaming {
      printRows(&output)
    } else if ends.count >= Self.rowsMax * names.count || cells.count >= Self.bytesMax {
      flush(&output)
    }
  }

  /// Prints the header, if it is not yet, and the rows held back.
  mutating func flush(_ output: inout ByteBuffer) {
    if !isStreaming {
      for (index, width) in cellWidths.enumerated() {
        widths[index % names.count] = max(widths[index % names.count], width)
      }
      isStreaming = true
      printHeader(&output)
    }
    printRows(&output)
  }

  private func printHeader(_ output: inout ByteBuffer) {
    for (index, name) in names.enumerated() {
      let free = widths[index] - name.withSpan { $0.displayWidth }
      output.append(utf8: index == 0 ? " " : "| ")
      output.append(blanks: free / 2)
      output.append(utf8: name)
      output.append(blanks: index == names.count - 1 ? 0 : free - free / 2 + 1)
    }
    output.append(UInt8(ascii: "\n"))
    for (index, width) in widths.enumerated() {
      if index > 0 { output.append(UInt8(ascii: "+")) }
      output.append(utf8: String(repeating: "-", count: width + 2))
    }
    output.append(UInt8(ascii: "\n"))
  }

  private mutating func printRows(_ output: inout ByteBuffer) {
    var start = 0
    for (index, end) in ends.enumerated() {
      let column = index % names.count
      let free = max(0, widths[column] - cellWidths[index])
      let isLast = column == names.count - 1
      output.append(utf8: column == 0 ? " " : "| ")
      if isRight[column] { output.append(blanks: free) }
      output.append(cells.span.extracting(start..<end))
      if !isLast { output.append(blanks: isRight[column] ? 1 : free + 1) }
      if isLast { output.append(UInt8(ascii: "\n")) }
      start = end
    }
    ends.removeAll(keepingCapacity: true)
    cellWidths.removeAll(keepingCapacity: true)
    cells.removeAll()
  }
}

extension ByteBuffer {
  fileprivate mutating func append(blanks count: Int) {
    for _ in 0..<count { append(0x20) }
  }

  /// Appends text so that it can do a terminal no harm: control characters and those that turn
  /// the direction of writing are shown escaped.
  mutating func append(visible text: Span<UInt8>) {
    if text.isPrintableASCII { return append(text) }
    append(harmless: text) { (output, code) in
      switch code {
      case 0x0a: output.append(utf8: "\\n")
      case 0x0d: output.append(utf8: "\\r")
      case 0x09: output.append(utf8: "\\t")
      default:
        output.append(utf8: code < 0x100 ? "\\x" : "\\u")
        if code >= 0x100 { output.append(hex: UInt8(code >> 8)) }
        output.append(hex: UInt8(truncatingIfNeeded: code))
      }
    }
  }

  /// Appends printed rows so that they can do a terminal no harm: line ends and tabs are theirs,
  /// all else is escaped as JSON does it.
  public mutating func append(forTerminal rows: Span<UInt8>) {
    append(harmless: rows) { (output, code) in
      if code == 0x0a || code == 0x09 { return output.append(UInt8(code)) }
      output.append(utf8: "\\u")
      output.append(hex: UInt8(code >> 8))
      output.append(hex: UInt8(truncatingIfNeeded: code))
    }
  }

  /// Appends text, its harmful characters, and bytes that are none, by `escape`.
  private mutating func append(
    harmless text: Span<UInt8>, _ escape: (inout ByteBuffer, UInt16) -> Void
  ) {
    var index = 0
    while index < text.count {
      let (scalar, length) = text.scalar(at: index)
      if let scalar, !scalar.isHarmful {
        append(text.extracting(index..<(index + length)))
      } else {
        // Every harmful character is in the first plane.
        escape(&self, scalar.map { UInt16(truncatingIfNeeded: $0) } ?? UInt16(text[index]))
      }
      index += length
    }
  }
}

extension UInt32 {
  /// C0 and C1 controls, DEL, line separators and bidirectional controls (UAX #9).
  fileprivate var isHarmful: Bool {
    switch self {
    case 0..<0x20, 0x7f...0x9f, 0x061c, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069, 0xfeff:
      true
    default: false
    }
  }

  /// Columns of a terminal: 0 for combining marks, 2 for East Asian wide characters and emoji.
  fileprivate var width: Int {
    if self < 0x300 { return 1 }
    switch self {
    case 0x300...0x36f, 0x200b...0x200d, 0x20d0...0x20ff, 0xfe00...0xfe0f: return 0
    case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff,
      0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f, 0x1f680...0x1f6ff,
      0x1f900...0x1f9ff, 0x20000...0x3fffd:
      return 2
    default: return 1
    }
  }
}

extension Span where Element == UInt8 {
  /// The scalar that begins at `index` and its length; `nil` and 1 where there is none.
  fileprivate func scalar(at index: Int) -> (UInt32?, Int) {
    let first = self[index]
    if first < 0x80 { return (UInt32(first), 1) }
    let length = withUnsafeBytes { UTF8Validation.sequenceLength($0, index) }
    guard length > 0 else { return (nil, 1) }
    var scalar = UInt32(first) & (0xff >> UInt32(length + 1))
    for offset in 1..<length { scalar = scalar << 6 | UInt32(self[index + offset] & 0x3f) }
    return (scalar, length)
  }

  /// Whether every byte is a graphic character of ASCII or a blank.
  fileprivate var isPrintableASCII: Bool {
    for index in 0..<count where self[index] &- 0x20 > 0x5e { return false }
    return true
  }

  /// Columns of a terminal that the text takes.
  fileprivate var displayWidth: Int {
    if isPrintableASCII { return count }
    var width = 0
    var index = 0
    while index < count {
      let (scalar, length) = scalar(at: index)
      width += scalar?.width ?? 1
      index += length
    }
    return width
  }
}
