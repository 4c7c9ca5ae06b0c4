// SPDX-License-Identifier: Apache-2.0
// The values of an event read in place, for those who hand them on: no text is copied.

/// A value of an event.
public enum EventValue: Sendable {
  case null
  case integer(Int64)
  /// Where the UTF-8 of a text is in the event.
  case text(Range<Int>)
  case other(Value)
}

extension CBORReader {
  /// Reads a value of each of some types.
  ///
  /// `values` has room for as many as there are types. The loop is here, not at its callers: what
  /// it calls for each value is then compiled into it.
  @_lifetime(self: copy self)
  public mutating func readValues(
    _ types: UnsafeBufferPointer<SQLType>, into values: UnsafeMutablePointer<EventValue>
  ) throws(CBORError) {
    for index in types.indices {
      if readNull() {
        values[index] = .null
        continue
      }
      switch types[index] {
      case .smallint, .integer, .bigint, .date, .time, .timestamp, .timestamptz:
        values[index] = .integer(try readInteger())
      case .text, .varchar, .char, .json, .jsonb: values[index] = .text(try readTextRange())
      default: values[index] = .other(try readValue(as: types[index]))
      }
    }
  }
}
