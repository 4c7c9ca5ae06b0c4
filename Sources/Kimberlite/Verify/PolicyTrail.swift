// SPDX-License-Identifier: Apache-2.0

internal import KimberliteCore

/// What the records of a log say of purges, of chains and of reading, gathered while they are
/// verified.
///
/// Parts of a log are looked at in any order, so everything is kept with its record.
struct PolicyTrail: Sendable {
  /// What orders erase, by the records that hold them.
  private(set) var orders: [UInt64: Erasures] = [:]
  /// Orders that say when nothing of them is erased before: nanoseconds since 1970.
  private var notBefore: [UInt64: UInt64] = [:]
  /// The orders that are said to be carried out.
  private(set) var done: Set<UInt64> = []
  /// The orders that are said to be withdrawn.
  private var withdrawn: Set<UInt64> = []
  /// Whether orders name keys of erased rows, to know them again by.
  private(set) var hasDenied = false
  /// The chains that were left behind, by the records that say so.
  private(set) var chains: [UInt64: Rechain] = [:]
  /// The newest record that says whether reads are audited.
  private var audit: (offset: UInt64, isOn: Bool)?

  /// What completed orders have erased.
  var erased: Erasures {
    Erasures(union: orders.filter { done.contains($0.key) }.map(\.value))
  }

  /// What may be erased: all that was ordered, unless the order was withdrawn.
  var ordered: [Erasures] { orders.filter { !withdrawn.contains($0.key) }.map(\.value) }

  /// Orders that are neither carried out nor withdrawn, oldest first.
  var pending: [PendingPurge] {
    orders.keys.filter { !done.contains($0) && !withdrawn.contains($0) }.sorted()
      .map { PendingPurge(offset: $0, notBefore: notBefore[$0]) }
  }

  /// The record since which reads are audited; `nil` where they are not.
  var auditsReadsSince: UInt64? { audit.flatMap { $0.isOn ? $0.offset : nil } }

  /// Reads the events of a record; one that cannot be read has an empty range.
  mutating func read(_ events: [Range<Int>], of body: Span<UInt8>, offset: UInt64) {
    for range in events {
      // Events of rows, which are most, are told apart by their first bytes.
      let event = body.extracting(range)
      guard event.count > 2, event[0] == 0x82 else { continue }
      var reader = CBORReader(event)
      if (try? reader.readEventHead()) == .schema, let change = try? reader.readSchemaChange(),
        case .setLog(.auditReads(let isOn)) = change
      {
        append(audit: (offset, isOn))
      }
    }
    // An order, its end and what is said of a chain are the second of the two events of a record.
    guard events.count == PurgeOrder.eventCount else { return }
    let event = body.extracting(events[1])
    if let order = PurgeOrder(event: event) {
      orders[offset] = order.erasures
      notBefore[offset] = order.notBefore
      if !order.denied.isEmpty { hasDenied = true }
    } else if let end = PurgeCompletion(event: event) {
      switch end.outcome {
      case .done: done.insert(end.order)
      case .withdrawn: withdrawn.insert(end.order)
      }
    } else if let chain = Rechain(event: event) {
      chains[offset] = chain
    }
  }

  /// Adds what other records say.
  mutating func append(_ other: PolicyTrail) {
    orders.merge(other.orders) { first, _ in first }
    notBefore.merge(other.notBefore) { first, _ in first }
    done.formUnion(other.done)
    withdrawn.formUnion(other.withdrawn)
    chains.merge(other.chains) { first, _ in first }
    hasDenied = hasDenied || other.hasDenied
    if let audit = other.audit { append(audit: audit) }
  }

  private mutating func append(audit other: (offset: UInt64, isOn: Bool)) {
    if audit.map({ $0.offset <= other.offset }) ?? true { audit = other }
  }
}
