// SPDX-License-Identifier: Apache-2.0
// Aggregates that string values together, in the order in which they come.

extension FunctionRegistry {
  static let textAggregates: [AggregateFunction] = [
    .init("kb_string_agg", 2) { Joined() },
    .init("kb_array_agg", 1) { JSONElements() },
  ]
}

/// Texts or byte strings, each but the first behind its separator.
private final class Joined: Aggregation {
  private var bytes: [UInt8]?
  private var isText = true

  override func step(_ arguments: Arguments) throws(SQLError) {
    switch arguments[0] {
    case .text: isText = true
    case .blob: isText = false
    case .null, .integer, .real: return
    }
    if bytes == nil { bytes = [] } else { append(arguments[1]) }
    append(arguments[0])
    if let count = bytes?.count, count > Limits.aggregateBytesMax {
      throw SQLError(.programLimit, "a value is too large")
    }
  }

  private func append(_ value: BorrowedValue) {
    switch value {
    case .text(let content), .blob(let content): bytes?.append(contentsOf: content)
    case .null, .integer, .real: break
    }
  }

  override func value() throws(SQLError) -> Value {
    guard let bytes else { return .null }
    return isText ? .text(String(decoding: bytes, as: UTF8.self)) : .blob(bytes)
  }
}

/// A JSON array of JSON texts.
private final class JSONElements: Aggregation {
  private var text: [UInt8] = []

  override func step(_ arguments: Arguments) throws(SQLError) {
    guard case .text(let element) = arguments[0] else { return }
    text.append(contentsOf: text.isEmpty ? "[".utf8 : ", ".utf8)
    text.append(contentsOf: element)
    if text.count > Limits.aggregateBytesMax {
      throw SQLError(.programLimit, "a value is too large")
    }
  }

  override func value() throws(SQLError) -> Value {
    text.isEmpty ? .null : .text(String(decoding: text, as: UTF8.self) + "]")
  }
}
