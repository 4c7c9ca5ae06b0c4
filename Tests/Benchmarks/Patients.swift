// SPDX-License-Identifier: Apache-2.0
// The input: patients as a hospital has them, about 220 bytes of NDJSON each. A row depends on
// its id, its version and the seed alone, so everybody gets the same ones.

/// Rows in memory, parsed: what a peer binds without further work.
struct PatientBatch {
  static let textCount = 9
  static let columns = [
    "id", "mrn", "given", "family", "birth_date", "gender", "address", "city", "phone", "email",
    "visits",
  ]

  private(set) var bytes: [UInt8] = []
  /// Where each text ends in `bytes`, `textCount` of each row.
  private(set) var ends: [Int] = []
  private(set) var ids: [Int64] = []
  private(set) var visits: [Int64] = []

  var count: Int { ids.count }

  func range(_ row: Int, _ text: Int) -> Range<Int> {
    let index = row * Self.textCount + text
    return (index == 0 ? 0 : ends[index - 1])..<ends[index]
  }

  func text(_ row: Int, _ text: Int) -> String {
    String(decoding: bytes[range(row, text)], as: UTF8.self)
  }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    ids.removeAll(keepingCapacity: true)
    visits.removeAll(keepingCapacity: true)
  }

  fileprivate mutating func begin(_ id: Int64) { ids.append(id) }
  fileprivate mutating func put(_ text: StaticString) {
    bytes.append(
      contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }
  fileprivate mutating func put(_ number: Int, width: Int = 1) {
    bytes.append(decimal: number, width: width)
  }
  fileprivate mutating func lower(_ text: StaticString) {
    // Addresses are ASCII: what is not has no place in them.
    for byte in UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    where byte < 0x80 { bytes.append(byte | 0x20) }
  }
  fileprivate mutating func end() { ends.append(bytes.count) }
  fileprivate mutating func end(visits count: Int) { visits.append(Int64(count)) }
}

extension [UInt8] {
  /// Appends a number that is not negative.
  mutating func append(decimal number: Int, width: Int = 1) {
    var digits: (UInt64, Int) = (0, 0)
    var rest = number
    var scale = 1
    var count = 1
    while rest >= 10 {
      rest /= 10
      scale *= 10
      count += 1
    }
    digits = (UInt64(number), scale)
    for _ in count..<Swift.max(width, count) { append(0x30) }
    while digits.1 > 0 {
      append(0x30 + UInt8(digits.0 / UInt64(digits.1) % 10))
      digits.1 /= 10
    }
  }
}

/// Makes patients.
struct Patients {
  let seed: UInt64

  /// Adds versions of the rows with these ids.
  ///
  /// Later versions move house, get a new telephone and
  /// come again; the rest stays.
  func add(_ ids: some Sequence<Int>, version: Int, to batch: inout PatientBatch) {
    for id in ids { add(id, version, &batch) }
  }

  private func add(_ id: Int, _ version: Int, _ batch: inout PatientBatch) {
    var fixed = Random(seed ^ UInt64(id) &* 0xd6e8_feb8_6659_fd93)
    var fresh = Random(fixed.next() ^ UInt64(version))
    let isFemale = fixed.below(2) == 0
    let given = isFemale ? Names.women[fixed.below(32)] : Names.men[fixed.below(32)]
    let family = Names.families[fixed.below(48)]
    batch.begin(Int64(id))
    batch.put("M")
    batch.put(id, width: 8)
    batch.end()
    batch.put(given)
    batch.end()
    batch.put(family)
    batch.end()
    batch.put(1925 + fixed.below(100))
    batch.put("-")
    batch.put(1 + fixed.below(12), width: 2)
    batch.put("-")
    batch.put(1 + fixed.below(28), width: 2)
    batch.end()
    batch.put(fixed.below(200) == 0 ? "diverse" : isFemale ? "female" : "male")
    batch.end()
    batch.put(Names.streets[fresh.below(32)])
    batch.put(" ")
    batch.put(1 + fresh.below(180))
    batch.end()
    batch.put(Names.cities[fresh.below(40)])
    batch.end()
    batch.put("+49 ")
    batch.put(151 + fresh.below(28))
    batch.put(" ")
    batch.put(1_000_000 + fresh.below(9_000_000))
    batch.end()
    batch.lower(given)
    batch.put(".")
    batch.lower(family)
    batch.put(fixed.below(1000))
    batch.put("@example.org")
    batch.end()
    batch.end(visits: version + fixed.below(40))
  }

  // MARK: Files

  private static let keys: [StaticString] = [
    ",\"mrn\":\"", "\",\"given\":\"", "\",\"family\":\"", "\",\"birth_date\":\"",
    "\",\"gender\":\"", "\",\"address\":\"", "\",\"city\":\"", "\",\"phone\":\"",
    "\",\"email\":\"",
  ]

  static func appendJSON(_ batch: PatientBatch, _ row: Int, to output: inout [UInt8]) {
    append("{\"id\":", &output)
    output.append(decimal: Int(batch.ids[row]))
    for text in 0..<PatientBatch.textCount {
      append(keys[text], &output)
      output.append(contentsOf: batch.bytes[batch.range(row, text)])
    }
    append("\",\"visits\":", &output)
    output.append(decimal: Int(batch.visits[row]))
    append("}\n", &output)
  }

  static func appendTabbed(_ batch: PatientBatch, _ row: Int, to output: inout [UInt8]) {
    output.append(decimal: Int(batch.ids[row]))
    for text in 0..<PatientBatch.textCount {
      output.append(0x09)
      output.append(contentsOf: batch.bytes[batch.range(row, text)])
    }
    output.append(0x09)
    output.append(decimal: Int(batch.visits[row]))
    output.append(0x0a)
  }

  private static func append(_ text: StaticString, _ output: inout [UInt8]) {
    output.append(
      contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Writes rows to a file, as NDJSON or as PostgreSQL's COPY text.
  func write(
    _ ids: some Sequence<Int>, version: Int, to path: String, tabbed: Bool = false
  ) throws {
    var output: [UInt8] = []
    var batch = PatientBatch()
    for id in ids {
      batch.removeAll()
      add(id, version, &batch)
      if tabbed {
        Self.appendTabbed(batch, 0, to: &output)
      } else {
        Self.appendJSON(batch, 0, to: &output)
      }
    }
    try Files.write(output, to: path)
  }
}

/// All ids once, in an order that jumps about: updates do not come sorted.
struct ScatteredIDs: Sequence, IteratorProtocol {
  private let count: Int
  private let stride: Int
  private var index = 0

  init(count: Int) {
    self.count = count
    // A prime: it visits every id unless `count` is a multiple of it.
    stride = count % 611_953 == 0 ? 611_957 : 611_953
  }

  mutating func next() -> Int? {
    if index == count { return nil }
    defer { index += 1 }
    return index * stride % count + 1
  }
}
