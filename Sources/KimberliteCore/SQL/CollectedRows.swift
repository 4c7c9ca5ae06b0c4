// SPDX-License-Identifier: Apache-2.0

/// Rows that an aggregate keeps until it has all of them, in two blocks of memory.
struct CollectedRows {
  /// A value, its bytes in `bytes`.
  private enum Stored {
    case null
    case integer(Int64)
    case real(Double)
    case text(Range<Int>)
    case blob(Range<Int>)
  }

  private var cells: [Stored] = []
  private var bytes: [UInt8] = []
  private(set) var width = 0
  /// How many rows at the beginning are gone.
  private var first = 0

  /// How many rows there are.
  var count: Int { width == 0 ? 0 : cells.count / width - first }

  mutating func append(_ row: Aggregation.Arguments) throws(SQLError) {
    width = row.count
    for value in row {
      switch value {
      case .null: cells.append(.null)
      case .integer(let number): cells.append(.integer(number))
      case .real(let number): cells.append(.real(number))
      case .text(let text): cells.append(.text(keep(text)))
      case .blob(let blob): cells.append(.blob(keep(blob)))
      }
    }
    let size = bytes.count + cells.count * MemoryLayout<Stored>.stride
    if size > Limits.aggregateBytesMax {
      throw SQLError(
        .programLimit,
        "an aggregate would keep more than \(Limits.aggregateBytesMax >> 20) MiB of rows")
    }
  }

  private mutating func keep(_ content: UnsafeRawBufferPointer) -> Range<Int> {
    let start = bytes.count
    bytes.append(contentsOf: content)
    return start..<bytes.count
  }

  /// Lets go of the oldest row; its memory with more of them.
  mutating func removeFirst() {
    first += 1
    guard first > 1000, first > count else { return }
    let kept = bytes.count
    var start = kept
    cells.removeSubrange(..<(first * width))
    first = 0
    for cell in cells {
      switch cell {
      case .text(let range), .blob(let range): start = min(start, range.lowerBound)
      case .null, .integer, .real: break
      }
    }
    bytes.removeSubrange(..<start)
    for index in cells.indices {
      switch cells[index] {
      case .text(let range):
        cells[index] = .text(range.lowerBound - start..<range.upperBound - start)
      case .blob(let range):
        cells[index] = .blob(range.lowerBound - start..<range.upperBound - start)
      case .null, .integer, .real: break
      }
    }
  }

  /// Lends the values of a row.
  func withRow<R>(
    _ row: Int, _ body: (Aggregation.Arguments) throws(SQLError) -> R
  ) throws(SQLError) -> R {
    try withValues { (value) throws(SQLError) in
      try withUnsafeTemporaryAllocation(of: BorrowedValue.self, capacity: width) { buffer in
        for column in 0..<width {
          buffer.initializeElement(at: column, to: value(row, column))
        }
        return Result { () throws(SQLError) in try body(.init(buffer)) }
      }.get()
    }
  }

  /// Lends all values, by row and column.
  func withValues<R>(
    _ body: ((Int, Int) -> BorrowedValue) throws(SQLError) -> R
  ) throws(SQLError) -> R {
    try bytes.withUnsafeBytes { bytes in
      Result { () throws(SQLError) in
        try body { row, column in
          switch cells[(first + row) * width + column] {
          case .null: .null
          case .integer(let number): .integer(number)
          case .real(let number): .real(number)
          case .text(let range): .text(.init(rebasing: bytes[range]))
          case .blob(let range): .blob(.init(rebasing: bytes[range]))
          }
        }
      }
    }.get()
  }
}
