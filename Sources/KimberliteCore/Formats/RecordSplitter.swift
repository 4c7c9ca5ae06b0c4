// SPDX-License-Identifier: Apache-2.0
// Chunks of input to records. One buffer that grows to the longest record; blank lines between
// records are skipped.

/// Cuts a stream of bytes into the records of a format.
public struct RecordSplitter: ~Copyable {
  private let format: InputFormat
  private var bytes = ByteBuffer(capacity: 1 << 16)
  /// Where the next record begins in `bytes`.
  private var start = 0
  /// How far the next record's end was looked for.
  private var scanned = 0
  private var inQuotes = false
  private var isFinished = false
  private var isFirst = true
  /// The line on which the next record begins, from 1.
  private var line = 1
  /// Line ends seen inside the quotes of the next record.
  private var innerLines = 0

  /// A splitter at the start of its input.
  public init(format: InputFormat) { self.format = format }

  /// Takes the next bytes of the input.
  public mutating func append(_ chunk: UnsafeRawBufferPointer) {
    compact()
    bytes.append(chunk)
  }

  /// Takes the next bytes of the input.
  public mutating func append(_ chunk: Span<UInt8>) {
    compact()
    bytes.append(chunk)
  }

  /// Says that the input has ended: what is left is the last record.
  public mutating func finish() { isFinished = true }

  /// Calls `body` with the next record, without its line end, and the number of its first line.
  ///
  /// - Returns: `false` when more input is needed, or after `finish` none is left.
  /// - Throws: a record longer than `Limits.lineBytesMax`, quotes that the input does not close, a
  ///   byte order mark of UTF-16: these are final. And what `body` throws: the record is then
  ///   consumed, and the next call goes on after it.
  public mutating func next(
    _ body: (_ record: Span<UInt8>, _ line: Int) throws(InputError) -> Void
  ) throws(InputError) -> Bool {
    while true {
      guard let end = try recordEnd() else { return false }
      let first = line
      var last = end
      let begin = start
      let hasNewline = end < bytes.count
      start = hasNewline ? end + 1 : end
      scanned = start
      line += innerLines + 1
      innerLines = 0
      if last > begin, bytes.span[last - 1] == 0x0d { last -= 1 }
      let from = isFirst ? begin + (try markLength(begin, last)) : begin
      isFirst = false
      let record = bytes.span.extracting(from..<last)
      if isBlank(record) { continue }
      try body(record, first)
      return true
    }
  }

  /// The number of the line on which the next record begins, from 1.
  public var lineNumber: Int { line }

  private func isBlank(_ record: Span<UInt8>) -> Bool {
    if record.isEmpty { return true }
    guard format == .ndjson else { return false }
    for index in 0..<record.count where !record[index].isBlank { return false }
    return true
  }

  /// The length of UTF-8's byte order mark, which is dropped.
  private func markLength(_ begin: Int, _ end: Int) throws(InputError) -> Int {
    let span = bytes.span
    guard end - begin >= 2 else { return 0 }
    switch (span[begin], span[begin + 1]) {
    case (0xff, 0xfe), (0xfe, 0xff):
      throw InputError(column: 1, "the input is UTF-16", hint: "convert it to UTF-8 (iconv)")
    case (0xef, 0xbb) where end - begin >= 3 && span[begin + 2] == 0xbf: return 3
    default: return 0
    }
  }

  /// Drops the records that were handed out.
  private mutating func compact() {
    guard start > 0 else { return }
    bytes.removeFirst(start)
    scanned -= start
    start = 0
  }

  /// Where the next record's line end stands; the end of the bytes for the last one.
  private mutating func recordEnd() throws(InputError) -> Int? {
    let end = format == .csv ? scanQuoted() : scanLine()
    if (end ?? bytes.count) - start > Limits.lineBytesMax {
      throw InputError(.programLimit, column: 1, "line is longer than 16 MiB")
    }
    if end != nil { return end }
    scanned = bytes.count
    guard isFinished, start < bytes.count else { return nil }
    if inQuotes { throw InputError(column: 1, "the quotes of this record are not closed") }
    return bytes.count
  }

  private borrowing func scanLine() -> Int? {
    bytes.span.firstIndex(of: 0x0a, from: scanned)
  }

  private mutating func scanQuoted() -> Int? {
    let found = Self.scan(bytes.span, from: scanned, inQuotes: inQuotes, lines: innerLines)
    inQuotes = found.inQuotes
    innerLines = found.lines
    return found.end
  }

  /// Looks for a line end outside quotes; line ends inside them are counted.
  private static func scan(_ span: Span<UInt8>, from start: Int, inQuotes: Bool, lines: Int)
    -> (end: Int?, inQuotes: Bool, lines: Int)
  {
    var inQuotes = inQuotes
    var lines = lines
    for index in start..<span.count {
      let byte = span[index]
      if byte == UInt8(ascii: "\"") { inQuotes.toggle() }
      guard byte == 0x0a else { continue }
      if !inQuotes { return (index, inQuotes, lines) }
      lines += 1
    }
    return (nil, inQuotes, lines)
  }
}

extension ByteBuffer {
  /// Drops bytes from the front.
  mutating func removeFirst(_ dropped: Int) {
    precondition(dropped >= 0 && dropped <= count, "drops more than there is")
    let left = count - dropped
    let from = UnsafeMutableRawPointer(base + dropped)
    UnsafeMutableRawPointer(base).copyMemory(from: from, byteCount: left)
    truncate(to: left)
  }
}

extension Span where Element == UInt8 {
  /// The first position of a byte from `start` on, eight bytes at a time.
  func firstIndex(of byte: UInt8, from start: Int) -> Int? {
    let ones: UInt64 = 0x0101_0101_0101_0101
    var index = start
    while count - index >= 8 {
      let word = withUnsafeBytes {
        UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      }
      let match = word ^ (ones &* UInt64(byte))
      let hit = (match &- ones) & ~match & 0x8080_8080_8080_8080
      if hit != 0 { return index + hit.trailingZeroBitCount >> 3 }
      index += 8
    }
    while index < count {
      if self[index] == byte { return index }
      index += 1
    }
    return nil
  }
}
