// SPDX-License-Identifier: Apache-2.0
// Orders to erase and their ends, as tables of the view: what a purge still has to do, and which
// keys nobody may bring back.

internal import KimberliteCore

/// Notes purge orders and completions in the view.
final class PurgeWriter {
  private let order: Prepared
  private let denied: Prepared
  private let end: Prepared

  init(_ connection: Connection) throws(SQLiteError) {
    order = try connection.prepare(
      "INSERT INTO kb_purges VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", persistent: true)
    denied = try connection.prepare(
      "INSERT OR IGNORE INTO kb_denied VALUES (?1, ?2)", persistent: true)
    end = try connection.prepare(
      "INSERT OR IGNORE INTO kb_purge_ends VALUES (?1, ?2, ?3, ?4, ?5, ?6)", persistent: true)
  }

  /// Notes an order.
  func add(_ order: PurgeOrder, _ offset: UInt64) throws(SQLiteError) {
    let statement = self.order
    try statement.bind(1, Int64(offset))
    try statement.bind(2, Int64(order.object))
    try statement.bind(3, order.scope.rawValue)
    try statement.bind(4, Int64(order.erasures.eventCount))
    try statement.bind(5, Int64(order.erasures.recordCount))
    try statement.bind(6, blob: order.plan.bytes)
    if let notBefore = order.notBefore {
      try statement.bind(7, Int64(notBefore))
    } else {
      try statement.bindNull(7)
    }
    try statement.bind(8, order.approvals.joined(separator: "\n"))
    try statement.run()
    for hash in order.denied {
      try denied.bind(1, Int64(order.object))
      try denied.bind(2, blob: hash)
      try denied.run()
    }
  }

  /// Notes the end of an order.
  func add(_ completion: PurgeCompletion, _ offset: UInt64) throws(SQLiteError) {
    try end.bind(1, Int64(completion.order))
    try end.bind(2, Int64(offset))
    try end.bind(3, completion.outcome.rawValue)
    try end.bind(4, Int64(completion.events))
    try end.bind(5, Int64(completion.segments))
    try end.bind(6, Int64(completion.searchedBytes))
    try end.run()
  }
}
