// SPDX-License-Identifier: Apache-2.0
// The core's functions as SQLite sees them. SQLite owns a box a function and lets go of it with
// the connection; an error's SQLSTATE travels beside SQLite's message, in the connection.

internal import CSQLite
internal import KimberliteCore

extension Connection {
  /// Makes everything that bound SQL calls known to this connection.
  func registerFunctions() throws(SQLiteError) {
    for function in FunctionRegistry.scalars { try register(function) }
    for function in FunctionRegistry.aggregates { try register(function) }
    let shell = UnownedConnection(self)
    try register(
      ScalarFunction("kb_now", 0, isDeterministic: false) { (_) throws(SQLError) in
        .integer(shell.connection.now)
      })
    for function in FunctionRegistry.numbers + FloatFunctions.all { try register(function) }
    for function in FunctionRegistry.zoneFunctions({ TimeZones.shared.zone($0) }) {
      try register(function)
    }
    try register(
      ScalarFunction("kb_user", 0, isDeterministic: false) { (_) throws(SQLError) in
        let user = shell.connection.user ?? User.loginName
        shell.connection.user = user
        return .text(user)
      })
    try register(
      ScalarFunction("kb_clock", 0, isDeterministic: false) { (_) in
        .integer(Int64(Clock.realtime / 1000))
      })
    try register(
      ScalarFunction("kb_random", 0, isDeterministic: false) { (_) in
        .real(Double.random(in: 0..<1))
      })
    try register(
      ScalarFunction("kb_random_uuid", 0, isDeterministic: false) { (_) throws(SQLError) in
        // RFC 9562, version 4.
        var bytes = Entropy.bytes(16)
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        return .blob(bytes)
      })
    try LateralRows.register(self)
    for function in sequenceFunctions { try register(function) }
    try StreamRows.register(self)
    try AccessRows.register(self)
    try FunctionRows.register(self)
    let status = sqlite3_create_collation_v2(
      handle, FunctionRegistry.numericCollation, SQLITE_UTF8, nil,
      { _, countA, a, countB, b in
        Int32(
          Decimal.compareTexts(
            UnsafeRawBufferPointer(start: a, count: Int(countA)),
            UnsafeRawBufferPointer(start: b, count: Int(countB))))
      }, nil)
    if status != SQLITE_OK { throw error }
    let other = sqlite3_create_collation_v2(
      handle, JSONB.collation, SQLITE_UTF8, nil,
      { _, countA, a, countB, b in
        let first = UnsafeRawBufferPointer(start: a, count: Int(countA))
        let second = UnsafeRawBufferPointer(start: b, count: Int(countB))
        return Int32(
          JSONB.compareTexts(
            Span<UInt8>(_unsafeBytes: first), Span<UInt8>(_unsafeBytes: second)))
      }, nil)
    if other != SQLITE_OK { throw error }
  }

  private func register(_ function: ScalarFunction) throws(SQLiteError) {
    let box = Unmanaged.passRetained(
      FunctionBox(
        self, scalar: function.body, aggregate: nil, isChain: function.name == DecimalChain.function
      ))
    let flags =
      SQLITE_UTF8 | SQLITE_INNOCUOUS | (function.isDeterministic ? SQLITE_DETERMINISTIC : 0)
    let status = sqlite3_create_function_v2(
      handle, function.name, Int32(function.argumentCount), flags, box.toOpaque(),
      { context, count, values in
        guard let box = FunctionBox.of(context), !box.chain(context, count, values) else { return }
        box.call(context, FunctionBox.arguments(count, values))
      }, nil, nil, { FunctionBox.release($0) })
    if status != SQLITE_OK { throw error }
  }

  /// An aggregate, which can be a window function as well.
  private func register(_ function: AggregateFunction) throws(SQLiteError) {
    let box = Unmanaged.passRetained(FunctionBox(self, scalar: nil, aggregate: function))
    let status = sqlite3_create_window_function(
      handle, function.name, Int32(function.argumentCount), SQLITE_UTF8 | SQLITE_INNOCUOUS,
      box.toOpaque(),
      { context, count, values in
        FunctionBox.of(context)?.step(context, count, values) { (state, row) throws(SQLError) in
          try state.step(row)
        }
      }, { context in FunctionBox.of(context)?.answer(context, isLast: true) },
      { context in FunctionBox.of(context)?.answer(context, isLast: false) },
      { context, count, values in
        FunctionBox.of(context)?.step(context, count, values) { (state, row) throws(SQLError) in
          try state.inverse(row)
        }
      }, { FunctionBox.release($0) })
    if status != SQLITE_OK { throw error }
  }
}

/// Lets a `Sendable` closure name the connection that it runs on: SQLite calls it there alone.
struct UnownedConnection: @unchecked Sendable {
  unowned let connection: Connection
  init(_ connection: Connection) { self.connection = connection }
}

/// A function registered with a connection.
private final class FunctionBox {
  unowned let connection: Connection
  let scalar: ScalarFunction.Body?
  let aggregate: AggregateFunction?
  /// Whether `DecimalChain` knows a short way.
  let isChain: Bool

  init(
    _ connection: Connection, scalar: ScalarFunction.Body?, aggregate: AggregateFunction?,
    isChain: Bool = false
  ) {
    self.connection = connection
    self.scalar = scalar
    self.aggregate = aggregate
    self.isChain = isChain
  }

  static func of(_ context: OpaquePointer?) -> FunctionBox? {
    guard let data = sqlite3_user_data(context) else { return nil }
    return Unmanaged<FunctionBox>.fromOpaque(data).takeUnretainedValue()
  }

  static func release(_ data: UnsafeMutableRawPointer?) {
    if let data { Unmanaged<FunctionBox>.fromOpaque(data).release() }
  }

  static func arguments(
    _ count: Int32, _ values: UnsafeMutablePointer<OpaquePointer?>?
  ) -> [Value] {
    guard let values else { return [] }
    return (0..<Int(count)).map { Cell(values[$0]).value }
  }

  /// Answers by the short way through NUMERIC, where there is one.
  func chain(
    _ context: OpaquePointer?, _ count: Int32, _ values: UnsafeMutablePointer<OpaquePointer?>?
  ) -> Bool {
    guard isChain else { return false }
    return Self.withBorrowed(count, values) { arguments in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: DecimalChain.textMax) { text in
        guard let count = DecimalChain.compute(arguments, into: text) else { return false }
        text.withMemoryRebound(to: CChar.self) {
          sqlite3_result_text64(
            context, $0.baseAddress, UInt64(count), kb_sqlite_transient(), UInt8(SQLITE_UTF8))
        }
        return true
      }
    }
  }

  private static func withBorrowed<R>(
    _ count: Int32, _ values: UnsafeMutablePointer<OpaquePointer?>?,
    _ body: (UnsafeBufferPointer<BorrowedValue>) -> R
  ) -> R {
    let count = Int(count)
    return withUnsafeTemporaryAllocation(of: BorrowedValue.self, capacity: max(count, 1)) { row in
      for index in 0..<count { row.initializeElement(at: index, to: Cell(values?[index]).borrowed) }
      return body(.init(rebasing: row[..<count]))
    }
  }

  func call(_ context: OpaquePointer?, _ arguments: [Value]) {
    guard let scalar else { return }
    do throws(SQLError) {
      sqlite3_result(context, try scalar(arguments))
    } catch { fail(context, error) }
  }

  /// Gives the state of a group, which SQLite keeps, one row.
  func step(
    _ context: OpaquePointer?, _ count: Int32, _ values: UnsafeMutablePointer<OpaquePointer?>?,
    _ body: (Aggregation, Aggregation.Arguments) throws(SQLError) -> Void
  ) {
    guard let aggregate,
      let slot = sqlite3_aggregate_context(context, Int32(MemoryLayout<UnsafeRawPointer?>.size))?
        .assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
    else { return sqlite3_result_error_nomem(context) }
    let opaque = slot.pointee ?? Unmanaged.passRetained(aggregate.make()).toOpaque()
    slot.pointee = opaque
    let state = Unmanaged<Aggregation>.fromOpaque(opaque).takeUnretainedValue()
    Self.withBorrowed(count, values) { row in
      do throws(SQLError) { try body(state, row) } catch { fail(context, error) }
    }
  }

  /// Answers with the result of a group or frame; after the last answer its state is gone.
  func answer(_ context: OpaquePointer?, isLast: Bool) {
    guard let aggregate else { return }
    // Size 0: no memory is made for a group without rows.
    let slot = sqlite3_aggregate_context(context, 0)?
      .assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
    let state = slot?.pointee.map { opaque in
      let state = Unmanaged<Aggregation>.fromOpaque(opaque)
      return isLast ? state.takeRetainedValue() : state.takeUnretainedValue()
    }
    if isLast { slot?.pointee = nil }
    do throws(SQLError) {
      sqlite3_result(context, try (state ?? aggregate.make()).value())
    } catch { fail(context, error) }
  }

  private func fail(_ context: OpaquePointer?, _ error: SQLError) {
    connection.functionError = error
    sqlite3_result_error(context, error.message, -1)
  }
}

/// Gives SQLite a value as the result of a function or column.
func sqlite3_result(_ context: OpaquePointer?, _ value: Value) {
  switch value {
  case .null: sqlite3_result_null(context)
  case .integer(let number): sqlite3_result_int64(context, number)
  case .real(let number): sqlite3_result_double(context, number)
  case .text(var text):
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        sqlite3_result_text64(
          context, $0.baseAddress, UInt64($0.count), kb_sqlite_transient(), UInt8(SQLITE_UTF8))
      }
    }
  case .blob(let bytes):
    bytes.withUnsafeBytes {
      sqlite3_result_blob64(context, $0.baseAddress, UInt64($0.count), kb_sqlite_transient())
    }
  }
}
