// SPDX-License-Identifier: Apache-2.0
// Erasures that a restored log must not undo: its own, those behind its end, and those of a log
// that went on. What stands in the log already needs nothing; of the rest a receipt is kept.
// kb-log(5), Orders.

internal import KimberliteCore

/// Purges that were carried out, as far as one log knows.
struct KnownPurges {
  /// What was erased.
  var erasures = Erasures()
  /// Receipts of orders, by the record of the order, which show what each orders.
  var receipts: [(offset: UInt64, text: String)] = []
  /// The keys that their checkpoints are signed with.
  var verifiers: [VerifierKey] = []
}

extension LogReader {
  /// Receipts of purge orders from record `start` on that are about records before it.
  ///
  /// They lead to a checkpoint of the log that covers them.
  func orders(from start: UInt64, among orders: [UInt64: Erasures], stated: SignedCheckpoint)
    throws(LogError) -> [(offset: UInt64, text: String)]
  {
    var maker = ReceiptMaker(directory, checkpoint: stated)
    var receipts: [(offset: UInt64, text: String)] = []
    let offsets = orders.keys.filter { $0 >= start && orders[$0]?.touches(0..<start) == true }
    for offset in offsets.sorted() {
      var cursor = try records(from: offset)
      guard try cursor.next(), cursor.header.offset == offset else {
        throw directory.isMissing(offset)
      }
      let record = try EventsOfRecord(cursor, after: Catalog())
      // An order is the second event of its record.
      let proven = try record.proven(1, cursor, discloses: true)
      receipts.append((offset, try maker.receipt(proven, hash: cursor.hash).text))
    }
    return receipts
  }

  /// The purge orders in the records from `start` up to `end`.
  func purgeOrders(from start: UInt64, to end: UInt64) throws(LogError) -> [UInt64: Erasures] {
    var orders: [UInt64: Erasures] = [:]
    if start >= end { return orders }
    var cursor = try records(from: start)
    while try cursor.next(), cursor.header.offset < end {
      guard cursor.header.eventCount == PurgeOrder.eventCount,
        let order = PurgeOrder(event: cursor.event(1))
      else { continue }
      orders[cursor.header.offset] = order.erasures
    }
    return orders
  }
}

extension LogDirectory {
  var ordersPath: String { "\(path)/\(Self.ordersName)" }

  /// The orders that receipts in `orders/` prove, and what is wrong with the others.
  func keptOrders(
    _ keys: [VerifierKey]
  ) throws(LogError) -> (orders: [Erasures], damages: [Damage]) {
    var orders: [Erasures] = []
    var damages: [Damage] = []
    guard try disk.exists(ordersPath) else { return ([], []) }
    for name in try disk.list(ordersPath) where !name.hasSuffix(Self.temporarySuffix) {
      let file = "\(Self.ordersName)/\(name)"
      let bytes = try disk.contents(of: "\(path)/\(file)", limit: Snapshot.sidecarBytesMax) ?? []
      do throws(FormatError) {
        orders.append(try Self.order(String(decoding: bytes, as: UTF8.self), keys))
      } catch { damages.append(Damage(file: file, what: error.what)) }
    }
    return (orders, damages)
  }

  private static func order(
    _ text: String, _ keys: [VerifierKey]
  ) throws(FormatError) -> Erasures {
    switch try ReceiptVerdict(text, keys: keys) {
    case .refuted(let what): throw FormatError(at: 0, what)
    case .proven(let receipt):
      guard case .disclosed(_, let event)? = receipt.record.event?.content,
        let order = PurgeOrder(event: event.span)
      else { throw FormatError(at: 0, "the receipt shows no purge order") }
      return order.erasures
    }
  }

  /// Keeps receipts of orders that are not in the log.
  func keep(_ purges: KnownPurges) throws(LogError) {
    if purges.receipts.isEmpty { return }
    if try !disk.exists(ordersPath) { try disk.createDirectory(ordersPath) }
    for (offset, text) in purges.receipts {
      let path = "\(ordersPath)/\(offset)\(ReceiptMaker.suffix)"
      try disk.replace(path, with: Array(text.utf8).span)
    }
    try LogKeys(directory: self).add(purges.verifiers)
  }
}
