// SPDX-License-Identifier: Apache-2.0
// Rows that are sorted before an aggregate sees them: ORDER BY in a call, DISTINCT, WITHIN GROUP.
// SQLite sorts no aggregate's rows, so kb_ordered collects them.

/// What kb_ordered does with its rows, written into its first argument by the binder.
struct RowOrder {
  struct Key {
    /// Counted among the arguments behind the first.
    var column: Int
    var descending: Bool
    var nullsFirst: Bool
    /// Whether its texts are decimals.
    var isNumeric: Bool
  }

  /// The aggregate that gets the rows.
  var function: String
  /// How many of the columns it gets.
  var argumentCount: Int
  /// Whether rows whose keys are equal count once.
  var distinct: Bool
  var keys: [Key]

  /// A text that `init(text:)` reads.
  var text: String {
    let keys = keys.map { key in
      "\(key.column)\(key.descending ? "d" : "a")\(key.nullsFirst ? "f" : "l")"
        + (key.isNumeric ? "n" : "b")
    }
    return ([function, "\(argumentCount)", distinct ? "d" : "a"] + keys).joined(separator: " ")
  }

  init(function: String, argumentCount: Int, distinct: Bool, keys: [Key]) {
    self.function = function
    self.argumentCount = argumentCount
    self.distinct = distinct
    self.keys = keys
  }

  init?(text: String) {
    let words = text.split(separator: " ")
    guard words.count >= 3, let count = Int(words[1]) else { return nil }
    function = String(words[0])
    argumentCount = count
    distinct = words[2] == "d"
    keys = []
    for word in words.dropFirst(3) {
      let letters = word.suffix(3)
      guard let column = Int(word.dropLast(3)), letters.count == 3 else { return nil }
      keys.append(
        Key(
          column: column, descending: letters.first == "d",
          nullsFirst: letters.dropFirst().first == "f", isNumeric: letters.last == "n"))
    }
  }
}

extension RowOrder {
  typealias Cells = (_ row: Int, _ column: Int) -> BorrowedValue

  /// Orders two rows by the keys: -1, 0 or 1.
  func compare(_ a: Int, _ b: Int, _ cells: Cells) -> Int {
    for key in keys {
      let order = Self.compare(cells(a, key.column), cells(b, key.column), key)
      if order != 0 { return order }
    }
    return 0
  }

  static func compare(_ a: BorrowedValue, _ b: BorrowedValue, _ key: Key) -> Int {
    if a.isNull || b.isNull {
      if a.isNull && b.isNull { return 0 }
      return a.isNull == key.nullsFirst ? -1 : 1
    }
    let order =
      switch (a, b) {
      case (.integer(let a), .integer(let b)): a < b ? -1 : a > b ? 1 : 0
      case (.text(let a), .text(let b)) where key.isNumeric: Decimal.compareTexts(a, b)
      case (.text(let a), .text(let b)), (.blob(let a), .blob(let b)): compare(a, b)
      default: compare(Self.number(a), Self.number(b))
      }
    return key.descending ? -order : order
  }

  private static func number(_ value: BorrowedValue) -> Double { (try? value.double()) ?? 0 }

  private static func compare(_ a: Double, _ b: Double) -> Int { a < b ? -1 : a > b ? 1 : 0 }

  private static func compare(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
    for (first, second) in zip(a, b) where first != second { return first < second ? -1 : 1 }
    return a.count < b.count ? -1 : a.count > b.count ? 1 : 0
  }
}

/// `kb_ordered(order, columns…)`.
final class OrderedRows: Aggregation {
  private var order: RowOrder?
  private var rows = CollectedRows()

  override func step(_ arguments: Arguments) throws(SQLError) {
    if order == nil, case .text(let text) = arguments[0] {
      order = RowOrder(text: String(decoding: text, as: UTF8.self))
    }
    try rows.append(.init(rebasing: arguments[1...]))
  }

  override func value() throws(SQLError) -> Value {
    guard let order else { return .null }
    if let hypothesis = Hypothesis(rawValue: order.function) {
      return try rows.withValues { (cells) throws(SQLError) in
        hypothesis.value(rows.count, order, cells)
      }
    }
    let sorted = try rows.withValues { (cells) throws(SQLError) in
      // Equal rows stay in the order in which they came.
      (0..<rows.count).sorted { a, b in
        let way = order.compare(a, b, cells)
        return way == 0 ? a < b : way < 0
      }
    }
    if order.function == "mode" {
      return try rows.withValues { (cells) throws(SQLError) in Self.mode(sorted, order, cells) }
    }
    let aggregation = try FunctionRegistry.aggregate(order.function).make()
    var last: Int?
    for row in sorted {
      if order.distinct, let before = last {
        let isSame = try rows.withValues { (cells) throws(SQLError) in
          order.compare(before, row, cells) == 0
        }
        if isSame { continue }
      }
      last = row
      try rows.withRow(row) { (row) throws(SQLError) in
        try aggregation.step(.init(rebasing: row[..<order.argumentCount]))
      }
    }
    return try aggregation.value()
  }

  /// The value that most rows have; of several, the first.
  private static func mode(_ sorted: [Int], _ order: RowOrder, _ cells: RowOrder.Cells) -> Value {
    var best: (row: Int, count: Int)?
    var run: (row: Int, count: Int)?
    for row in sorted where !cells(row, 0).isNull {
      if let known = run, order.compare(known.row, row, cells) == 0 {
        run = (known.row, known.count + 1)
      } else {
        run = (row, 1)
      }
      if let run, run.count > best?.count ?? 0 { best = run }
    }
    return best.map { cells($0.row, 0).value } ?? .null
  }
}

/// Where a row would stand among others: the first columns of every row are the row in question,
/// the keys stand behind them.
enum Hypothesis: String {
  case rank
  case dense_rank
  case percent_rank
  case cume_dist

  func value(_ count: Int, _ order: RowOrder, _ cells: RowOrder.Cells) -> Value {
    var before: [Int] = []
    var equal = 0
    for row in 0..<count {
      var way = 0
      for (place, key) in order.keys.enumerated() where way == 0 {
        way = RowOrder.compare(cells(row, key.column), cells(0, place), key)
      }
      if way < 0 { before.append(row) }
      if way == 0 { equal += 1 }
    }
    switch self {
    case .rank: return .integer(Int64(before.count + 1))
    case .percent_rank: return .real(Double(before.count) / Double(count))
    case .cume_dist: return .real(Double(before.count + equal + 1) / Double(count + 1))
    case .dense_rank:
      let sorted = before.sorted { order.compare($0, $1, cells) < 0 }
      var groups = sorted.isEmpty ? 0 : 1
      for (a, b) in zip(sorted, sorted.dropFirst()) where order.compare(a, b, cells) != 0 {
        groups += 1
      }
      return .integer(Int64(groups + 1))
    }
  }
}
