// SPDX-License-Identifier: Apache-2.0
// What the log says of an erasure: the order, and what became of it. kb-log(5), Purge order. Who
// asked for it and why is in the record's context.

/// What of the rows or events that a purge is about is erased.
public enum PurgeScope: String, Sendable, CaseIterable {
  /// Every version that the log holds of the rows.
  case all = "all versions"
  /// Every version but the live one.
  case superseded = "superseded versions"
  /// The values of PERSONAL columns, in every version.
  case personal = "personal columns"
  /// Events of a stream.
  case events = "stream events"
}

/// An order to erase events: `[6, {…}]`.
public struct PurgeOrder: Sendable, Equatable {
  /// What of them is erased.
  public var scope: PurgeScope
  /// The table or stream.
  public var object: ObjectID
  /// What is erased.
  public var erasures: Erasures
  /// Of a stream: the number that its next event gets, so that none is given again whose event
  /// was erased.
  public var next: UInt64?
  /// The digest of the plan that was approved.
  public var plan: Digest
  /// Before this nothing is erased: nanoseconds since 1970; `nil` for at once.
  public var notBefore: UInt64?
  /// The keys whose owners approved, as `ALTER LOG SET PURGE APPROVALS` names them.
  public var approvals: [String]
  /// Keyed hashes of the rows' keys, so that nobody brings them back unnoticed.
  ///
  /// 16 bytes each.
  public var denied: [[UInt8]]
  /// Subject keys that are destroyed: nothing under them is left to be read, here or elsewhere.
  public var subjectKeys: [SubjectKeyID]

  /// An order of known parts.
  public init(
    scope: PurgeScope, object: ObjectID, erasures: Erasures, next: UInt64? = nil, plan: Digest,
    notBefore: UInt64? = nil, approvals: [String] = [], denied: [[UInt8]] = [],
    subjectKeys: [SubjectKeyID] = []
  ) {
    self.scope = scope
    self.object = object
    self.erasures = erasures
    self.next = next
    self.plan = plan
    self.notBefore = notBefore
    self.approvals = approvals
    self.denied = denied
    self.subjectKeys = subjectKeys
  }

  /// Events of a record that holds an order: its context and the order.
  public static let eventCount: UInt32 = 2
  /// Bytes of a keyed hash of a row's key.
  public static let deniedByteCount = 16
}

/// What became of a purge order: `[7, {…}]`.
public struct PurgeCompletion: Sendable, Equatable {
  /// How an order ends.
  public enum Outcome: String, Sendable {
    /// All of it is erased, and that was checked.
    case done
    /// It was withdrawn before anything was erased.
    case withdrawn
  }

  /// The record of the order.
  public var order: UInt64
  /// How it ended.
  public var outcome: Outcome
  /// Events that were erased.
  public var events: Int
  /// Segment files that were written anew.
  public var segments: Int
  /// Bytes of the files that were searched for what was erased, without finding it.
  public var searchedBytes: UInt64

  /// A completion of known parts.
  public init(
    order: UInt64, outcome: Outcome, events: Int, segments: Int, searchedBytes: UInt64
  ) {
    self.order = order
    self.outcome = outcome
    self.events = events
    self.segments = segments
    self.searchedBytes = searchedBytes
  }
}

extension ByteBuffer {
  /// Appends a purge order.
  public mutating func appendEvent(_ order: PurgeOrder) {
    appendCBORArray(2)
    appendCBOR(.unsigned, EventKind.purgeOrder.rawValue)
    order.item.write(to: &self)
  }

  /// Appends the end of a purge order.
  public mutating func appendEvent(_ completion: PurgeCompletion) {
    appendCBORArray(2)
    appendCBOR(.unsigned, EventKind.purgeCompletion.rawValue)
    completion.item.write(to: &self)
  }
}

extension CBORReader {
  /// Reads the order of a purge order event, after its head.
  @_lifetime(self: copy self)
  public mutating func readPurgeOrder() throws(CBORError) -> PurgeOrder {
    let start = position
    let item = try CBORItem(reading: &self)
    guard let order = PurgeOrder(item: item), order.item == item else {
      throw .unexpected(at: start, want: "a purge order that this version knows")
    }
    return order
  }

  /// Reads what a purge completion event says, after its head.
  @_lifetime(self: copy self)
  public mutating func readPurgeCompletion() throws(CBORError) -> PurgeCompletion {
    let start = position
    let item = try CBORItem(reading: &self)
    guard let completion = PurgeCompletion(item: item), completion.item == item else {
      throw .unexpected(at: start, want: "a purge completion that this version knows")
    }
    return completion
  }
}

extension PurgeOrder {
  /// The order that an event holds; `nil` where it is another event.
  ///
  /// An order is the second of the two events of its record.
  public init?(event: Span<UInt8>) {
    guard event.mayBe(.purgeOrder) else { return nil }
    var reader = CBORReader(event)
    guard (try? reader.readEventHead()) == .purgeOrder, let order = try? reader.readPurgeOrder(),
      reader.isAtEnd
    else { return nil }
    self = order
  }

  fileprivate var item: CBORItem {
    var pairs: [(key: String, value: CBORItem)] = [
      ("scope", .text(scope.rawValue)), ("object", .integer(Int64(object))),
      (
        "events",
        .array(
          erasures.runs.map {
            .array([
              .integer(Int64($0.offset)), .integer(Int64($0.events.lowerBound)),
              .integer(Int64($0.events.count)),
            ])
          })
      ),
      ("plan", .bytes(plan.bytes)),
    ]
    if let next { pairs.append(("next", .integer(Int64(next)))) }
    if let notBefore { pairs.append(("not before", .integer(Int64(notBefore)))) }
    if !approvals.isEmpty { pairs.append(("approvals", .array(approvals.map(CBORItem.text)))) }
    if !denied.isEmpty { pairs.append(("denied", .array(denied.map(CBORItem.bytes)))) }
    if !subjectKeys.isEmpty {
      pairs.append(("subject keys", .array(subjectKeys.map { .bytes($0.bytes) })))
    }
    return .map(sorting: pairs)
  }

  fileprivate init?(item: CBORItem) {
    guard let scope = item["scope"]?.string.flatMap(PurgeScope.init(rawValue:)),
      let object = item["object"]?.number,
      let erasures = item["events"]?.list(Erasures.Run.init(item:)).flatMap(Erasures.init(runs:)),
      case .bytes(let plan)? = item["plan"], plan.count == Digest.byteCount
    else { return nil }
    let next = item["next"]?.offset
    guard next ?? 0 < 1 << 62 else { return nil }
    self.init(
      scope: scope, object: object, erasures: erasures, next: next, plan: Digest(plan.span),
      notBefore: item["not before"]?.offset,
      approvals: item["approvals"]?.list(\.string) ?? [],
      denied: item["denied"]?.list(Self.denied) ?? [],
      subjectKeys: item["subject keys"]?.list(SubjectKeyID.init(item:)) ?? [])
  }

  private static func denied(_ item: CBORItem) -> [UInt8]? {
    if case .bytes(let hash) = item, hash.count == deniedByteCount { hash } else { nil }
  }
}

extension SubjectKeyID {
  fileprivate init?(item: CBORItem) {
    guard case .bytes(let bytes) = item, bytes.count == Self.byteCount else { return nil }
    self.init(bytes.span)
  }
}

extension Erasures.Run {
  fileprivate init?(item: CBORItem) {
    guard let parts = item.list(\.offset), parts.count == 3,
      parts[1] < UInt64(Limits.recordEventsMax), parts[2] <= UInt64(Limits.recordEventsMax)
    else { return nil }
    self.init(offset: parts[0], events: Int(parts[1])..<Int(parts[1] + parts[2]))
  }
}

extension PurgeCompletion {
  /// The completion that an event holds; `nil` where it is another event.
  ///
  /// It is the second of the two events of its record.
  public init?(event: Span<UInt8>) {
    guard event.mayBe(.purgeCompletion) else { return nil }
    var reader = CBORReader(event)
    guard (try? reader.readEventHead()) == .purgeCompletion,
      let completion = try? reader.readPurgeCompletion(), reader.isAtEnd
    else { return nil }
    self = completion
  }

  fileprivate var item: CBORItem {
    .map(sorting: [
      ("order", .integer(Int64(order))), ("outcome", .text(outcome.rawValue)),
      ("events", .integer(Int64(events))), ("segments", .integer(Int64(segments))),
      ("searched", .integer(Int64(searchedBytes))),
    ])
  }

  fileprivate init?(item: CBORItem) {
    guard let order = item["order"]?.offset,
      let outcome = item["outcome"]?.string.flatMap(Outcome.init(rawValue:)),
      let events = item["events"]?.offset.flatMap({ Int(exactly: $0) }),
      let segments = item["segments"]?.offset.flatMap({ Int(exactly: $0) }),
      let searched = item["searched"]?.offset
    else { return nil }
    self.init(
      order: order, outcome: outcome, events: events, segments: segments, searchedBytes: searched)
  }
}

extension Span<UInt8> {
  /// Whether an event, `[kind, …]`, can be of a kind: most are told apart by their second byte.
  fileprivate func mayBe(_ kind: EventKind) -> Bool {
    count > 2 && self[0] == 0x82 && self[1] == UInt8(kind.rawValue)
  }
}
