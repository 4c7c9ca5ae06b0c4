// SPDX-License-Identifier: Apache-2.0
// How much time and memory a query may take.

internal import CSQLite
internal import KimberliteCore

/// The bounds of the queries of a reader.
public struct QueryBounds: Sendable {
  /// How long one query may run, from its first row asked for to its last.
  public var time: Duration?
  /// Bytes that SQLite may hold at once, for all readers of the process.
  public var memory: Int?

  /// Bounds of known parts.
  public init(time: Duration? = nil, memory: Int? = nil) {
    self.time = time
    self.memory = memory
  }
}

/// When the query that runs on a connection must have ended.
final class Deadline {
  // The connection owns it.
  private unowned let connection: Connection
  private let limit: Duration
  private var end: ContinuousClock.Instant?

  /// Steps of SQLite's machine between two looks at the clock: some tens of microseconds.
  private static let steps: Int32 = 4096

  init(_ limit: Duration, of connection: Connection) {
    self.limit = limit
    self.connection = connection
    sqlite3_progress_handler(
      connection.handle, Self.steps,
      { context in
        guard let context else { return 0 }
        return Unmanaged<Deadline>.fromOpaque(context).takeUnretainedValue().hasPassed ? 1 : 0
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  /// Begins the time of a query.
  func begin() { end = ContinuousClock.now + limit }

  private var hasPassed: Bool {
    guard let end, ContinuousClock.now >= end else { return false }
    // SQLite says that it was interrupted; this says why.
    connection.functionError = SQLError(
      .queryCanceled, "canceled: the query ran for more than \(limit)",
      hint: "give it more with --timeout, or an index, or a narrower question")
    return true
  }
}

extension Reader {
  /// Bounds every query from now on.
  public func bound(_ bounds: QueryBounds) {
    if let time = bounds.time { connection.deadline = Deadline(time, of: connection) }
    if let memory = bounds.memory { sqlite3_hard_heap_limit64(Int64(memory)) }
  }
}
