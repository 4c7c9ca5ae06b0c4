// SPDX-License-Identifier: Apache-2.0

import KimberliteCore
import Testing

@Suite
struct DecimalChainTests {
  private static let numbers = [
    "0", "1", "-1", "0.00", "0.05", "-0.05", "7", "12.50", "-12.50", "0.001", "99999999.99",
    "-99999999.99", "123456789012345678", "-12345678901234567", "0.0000000000000001",
    "9999999999999999.9", "1234567890123456789", "0.12345678901234567890",
  ]

  private static func compute(_ operators: String, _ numbers: String...) -> String? {
    let bytes = ([operators] + numbers).map { Array($0.utf8) }
    let starts = bytes.map { bytes in
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
      copy.copyBytes(from: bytes)
      return UnsafeRawBufferPointer(copy)
    }
    defer { for start in starts { start.deallocate() } }
    return starts.map(BorrowedValue.text).withUnsafeBufferPointer { arguments in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: DecimalChain.textMax) { text in
        DecimalChain.compute(arguments, into: text).map { count in
          String(decoding: text[..<count], as: UTF8.self)
        }
      }
    }
  }

  private static func long(_ op: String, _ a: String, _ b: String) throws -> String {
    guard let left = Decimal(canonical: a), let right = Decimal(canonical: b) else { return "?" }
    return switch op {
    case "+": try left.adding(right).text
    case "-": try left.subtracting(right).text
    default: try left.multiplied(by: right).text
    }
  }

  @Test
  func `the short way answers what the long one does, or nothing`() throws {
    var answered = 0
    for op in ["+", "-", "*"] {
      for a in Self.numbers {
        for b in Self.numbers {
          guard let short = Self.compute(op, a, b) else { continue }
          answered += 1
          #expect(try short == Self.long(op, a, b), "\(a) \(op) \(b)")
        }
      }
    }
    #expect(answered > 500)
  }

  @Test
  func `a chain goes from left to right`() {
    #expect(Self.compute("-*", "1", "0.05", "100.00") == "95.0000")
    #expect(Self.compute("+/", "1", "2", "3") == nil)
    #expect(Self.compute("+", "1", "2", "3") == nil)
    #expect(Self.compute("+", "1", "1e5") == nil)
  }
}
