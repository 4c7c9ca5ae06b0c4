// SPDX-License-Identifier: Apache-2.0
// Functions of plain numbers as SQLite calls them: once a row and more, so that no array, String or
// Value is made.

internal import CSQLite
internal import KimberliteCore

extension Connection {
  func register(_ function: NumberFunction) throws(SQLiteError) {
    let box = Unmanaged.passRetained(NumberBox(self, function.body))
    let flags = SQLITE_UTF8 | SQLITE_INNOCUOUS | SQLITE_DETERMINISTIC
    let status = sqlite3_create_function_v2(
      handle, function.name, Int32(function.argumentCount), flags, box.toOpaque(),
      { context, count, values in
        guard let data = sqlite3_user_data(context), let values else { return }
        Unmanaged<NumberBox>.fromOpaque(data).takeUnretainedValue()
          .call(context, UnsafeBufferPointer(start: values, count: Int(count)))
      }, nil, nil,
      { data in
        if let data { Unmanaged<NumberBox>.fromOpaque(data).release() }
      })
    if status != SQLITE_OK { throw error }
  }
}

private final class NumberBox {
  unowned let connection: Connection
  let body: NumberFunction.Body

  init(_ connection: Connection, _ body: NumberFunction.Body) {
    self.connection = connection
    self.body = body
  }

  func call(_ context: OpaquePointer?, _ values: UnsafeBufferPointer<OpaquePointer?>) {
    do throws(SQLError) {
      switch body {
      case .integer(let compute):
        guard let number = try integer(values[0]) else { return }
        sqlite3_result_int64(context, try compute(number))
      case .double(let compute):
        guard let number = double(values[0]) else { return }
        sqlite3_result_double(context, try compute(number))
      case .doubles(let compute):
        guard let a = double(values[0]), let b = double(values[1]) else { return }
        sqlite3_result_double(context, try compute(a, b))
      case .integerChain(let compute):
        guard let operators = sqlite3_value_text(values[0]), !hasNull(values),
          var result = try integer(values[1])
        else { return }
        for index in 2..<values.count {
          guard let operand = try integer(values[index]) else { return }
          result = try compute(operators[index - 2], result, operand)
        }
        sqlite3_result_int64(context, result)
      case .doubleChain(let compute):
        guard let operators = sqlite3_value_text(values[0]), !hasNull(values),
          var result = double(values[1])
        else { return }
        for index in 2..<values.count {
          guard let operand = double(values[index]) else { return }
          result = try compute(operators[index - 2], result, operand)
        }
        sqlite3_result_double(context, result)
      }
    } catch {
      connection.functionError = error
      sqlite3_result_error(context, error.message, -1)
    }
  }

  /// Looked for first: `1 / 0 + NULL` is an error only to whoever computes before he looks.
  private func hasNull(_ values: UnsafeBufferPointer<OpaquePointer?>) -> Bool {
    for value in values where sqlite3_value_type(value) == SQLITE_NULL { return true }
    return false
  }

  /// `nil` for NULL; a float is what SQLite makes of integers that overflow.
  private func integer(_ value: OpaquePointer?) throws(SQLError) -> Int64? {
    switch sqlite3_value_type(value) {
    case SQLITE_NULL: return nil
    case SQLITE_INTEGER: return sqlite3_value_int64(value)
    default: throw SQLError(.numericOutOfRange, "bigint out of range")
    }
  }

  private func double(_ value: OpaquePointer?) -> Double? {
    sqlite3_value_type(value) == SQLITE_NULL ? nil : sqlite3_value_double(value)
  }
}
