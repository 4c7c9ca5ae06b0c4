// SPDX-License-Identifier: Apache-2.0
// A file of rows being written, and the chance that fills them.

internal import Glibc

/// Rows of random fields, in order.
final class TSV {
  private let file: Int32
  private let path: String
  private var random: Random
  private var bytes: [UInt8] = []
  private var isFirst = true

  init(_ path: String, _ table: TPCHSchema.Table, seed: UInt64) throws {
    self.path = path
    random = Random(0x7bc4 &+ seed &* 7919)
    file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    if file < 0 { throw BenchmarkError("cannot create \(path)") }
    for column in table.columns { add(column.name) }
    end()
  }

  func finish() throws {
    flush()
    if close(file) != 0 { throw BenchmarkError("cannot write \(path)") }
  }

  private func flush() {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        write(file, $0.baseAddress?.advanced(by: done), $0.count - done)
      }
      if count <= 0 { break }
      done += count
    }
    bytes.removeAll(keepingCapacity: true)
  }

  func below(_ bound: Int) -> Int { random.below(bound) }
  func `in`(_ range: ClosedRange<Int>) -> Int { range.lowerBound + random.below(range.count) }
  func one(of words: [String]) -> String { words[random.below(words.count)] }

  private func begin() {
    if !isFirst { bytes.append(0x09) }
    isFirst = false
  }

  @discardableResult
  func add(_ number: Int) -> TSV {
    begin()
    bytes.append(decimal: number)
    return self
  }

  @discardableResult
  func add(_ text: String) -> TSV {
    begin()
    bytes.append(contentsOf: text.utf8)
    return self
  }

  @discardableResult
  func add(_ prefix: String, _ number: Int, width: Int) -> TSV {
    add(prefix)
    bytes.append(decimal: number, width: width)
    return self
  }

  /// An amount of cents.
  @discardableResult
  func money(_ cents: Int) -> TSV {
    begin()
    if cents < 0 { bytes.append(0x2d) }
    bytes.append(decimal: abs(cents) / 100)
    bytes.append(0x2e)
    bytes.append(decimal: abs(cents) % 100, width: 2)
    return self
  }

  func letters(_ count: ClosedRange<Int>) -> TSV {
    begin()
    for _ in 0..<self.in(count) { bytes.append(0x61 + UInt8(below(26))) }
    return self
  }

  @discardableResult
  func phone(_ nation: Int) -> TSV {
    add(nation + 10)
    for (low, width) in [(100, 3), (100, 3), (1000, 4)] {
      bytes.append(0x2d)
      bytes.append(decimal: self.in(low...(low * 10 - 1)), width: width)
    }
    return self
  }

  @discardableResult
  func text(_ count: ClosedRange<Int>) -> TSV {
    begin()
    words(self.in(count))
    return self
  }

  /// Two words that a query looks for, with others around them.
  func text(
    _ before: ClosedRange<Int>, _ first: String, _ between: ClosedRange<Int>, _ second: String
  ) -> TSV {
    text(before)
    bytes.append(0x20)
    bytes.append(contentsOf: first.utf8)
    words(self.in(between))
    bytes.append(contentsOf: second.utf8)
    return self
  }

  /// Exactly so many bytes of words.
  private func words(_ count: Int) {
    let start = bytes.count
    while bytes.count - start < count {
      if bytes.count > start { bytes.append(0x20) }
      bytes.append(contentsOf: one(of: TPCHWords.text).utf8)
    }
    bytes.removeLast(bytes.count - start - count)
    if bytes.last == 0x20 { bytes[bytes.count - 1] = 0x2e }
  }

  func end() {
    bytes.append(0x0a)
    isFirst = true
    if bytes.count > 1 << 20 { flush() }
  }
}
