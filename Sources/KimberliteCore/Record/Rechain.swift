// SPDX-License-Identifier: Apache-2.0
// What a log says of the chain that it took the place of. kb-log(5), Chains.

/// The chain that a log left behind: `[10, {…}]`, the second and last event of its record.
public struct Rechain: Sendable, Equatable {
  /// The end of the old chain.
  public var old: Checkpoint
  /// The first record that is another one in the new chain.
  public var from: UInt64

  /// A chain of known parts.
  public init(old: Checkpoint, from: UInt64) {
    self.old = old
    self.from = from
  }

  /// What a record says of an old chain; `nil` where its second event is another one.
  public init?(event: Span<UInt8>) {
    guard event.count > 2, event[0] == 0x82, event[1] == UInt8(EventKind.rechain.rawValue) else {
      return nil
    }
    var reader = CBORReader(event)
    guard (try? reader.readEventHead()) == .rechain, let chain = try? reader.readRechain(),
      reader.isAtEnd
    else { return nil }
    self = chain
  }

  fileprivate var item: CBORItem {
    .map(sorting: [
      ("origin", .text(old.origin.text)), ("size", .integer(Int64(old.size))),
      ("root", .bytes(old.root.bytes)), ("from", .integer(Int64(from))),
    ])
  }

  fileprivate init?(item: CBORItem) {
    guard let origin = item["origin"]?.string.flatMap({ LogOrigin(text: $0) }),
      let size = item["size"]?.offset, let from = item["from"]?.offset, from < size,
      case .bytes(let root)? = item["root"], root.count == Digest.byteCount
    else { return nil }
    self.init(old: Checkpoint(origin: origin, size: size, root: Digest(root.span)), from: from)
  }
}

extension ByteBuffer {
  /// Appends what is said of an old chain.
  public mutating func appendEvent(_ chain: Rechain) {
    appendCBORArray(2)
    appendCBOR(.unsigned, EventKind.rechain.rawValue)
    chain.item.write(to: &self)
  }
}

extension CBORReader {
  /// Reads what an event says of an old chain, after its head.
  @_lifetime(self: copy self)
  public mutating func readRechain() throws(CBORError) -> Rechain {
    let start = position
    let item = try CBORItem(reading: &self)
    guard let chain = Rechain(item: item), chain.item == item else {
      throw .unexpected(at: start, want: "an old chain that this version knows")
    }
    return chain
  }
}
