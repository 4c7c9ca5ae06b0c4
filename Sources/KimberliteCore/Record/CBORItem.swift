// SPDX-License-Identifier: Apache-2.0
// CBOR as a value, for events that are rare and want names: schema changes.

/// A CBOR item of the kinds that events use.
///
/// Map keys are text.
indirect enum CBORItem: Equatable {
  case null
  case bool(Bool)
  case integer(Int64)
  case double(Double)
  case text(String)
  case bytes([UInt8])
  case array([CBORItem])
  /// Pairs in any order; written sorted by encoded key, RFC 8949 §4.2.1.
  case map([(key: String, value: CBORItem)])

  /// Levels that `init(reading:)` follows before it refuses.
  static let depthMax = 16

  static func == (a: CBORItem, b: CBORItem) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let x), .bool(let y)): x == y
    case (.integer(let x), .integer(let y)): x == y
    case (.double(let x), .double(let y)): x.bitPattern == y.bitPattern
    case (.text(let x), .text(let y)): x == y
    case (.bytes(let x), .bytes(let y)): x == y
    case (.array(let x), .array(let y)): x == y
    case (.map(let x), .map(let y)): x.elementsEqual(y, by: ==)
    default: false
    }
  }

  subscript(key: String) -> CBORItem? {
    guard case .map(let pairs) = self else { return nil }
    return pairs.first { $0.key == key }?.value
  }

  /// A map of pairs in the order in which it is read back.
  static func map(sorting pairs: [(key: String, value: CBORItem)]) -> CBORItem {
    .map(pairs.sorted { precedes($0.key, $1.key) })
  }

  /// The order of RFC 8949 §4.2.1 for text keys: shorter first, then by bytes.
  private static func precedes(_ a: String, _ b: String) -> Bool {
    let (x, y) = (Array(a.utf8), Array(b.utf8))
    return x.count == y.count ? x.lexicographicallyPrecedes(y) : x.count < y.count
  }

  init(reading reader: inout CBORReader, depth: Int = 0) throws(CBORError) {
    let start = reader.position
    if depth > Self.depthMax { throw .unexpected(at: start, want: "fewer levels") }
    switch try reader.peekMajor() {
    case 0, 1: self = .integer(try reader.readInteger())
    case 2: self = .bytes(try reader.readBytes())
    case 3: self = .text(try reader.readText())
    case 4:
      let count = try reader.readArray()
      var items: [CBORItem] = []
      for _ in 0..<count { items.append(try CBORItem(reading: &reader, depth: depth + 1)) }
      self = .array(items)
    case 5:
      let count = try reader.readMap()
      var pairs: [(key: String, value: CBORItem)] = []
      for _ in 0..<count {
        let at = reader.position
        let key = try reader.readText()
        if let last = pairs.last, !Self.precedes(last.key, key) { throw .notCanonical(at: at) }
        pairs.append((key, try CBORItem(reading: &reader, depth: depth + 1)))
      }
      self = .map(pairs)
    case 7:
      if reader.readNull() {
        self = .null
      } else if reader.nextIsBool {
        self = .bool(try reader.readBool())
      } else {
        self = .double(try reader.readDouble())
      }
    default: throw .unexpected(at: start, want: "an item without tag")
    }
  }

  func write(to buffer: inout ByteBuffer) {
    switch self {
    case .null: buffer.appendCBORNull()
    case .bool(let value): buffer.appendCBOR(value)
    case .integer(let value): buffer.appendCBOR(value)
    case .double(let value): buffer.appendCBOR(value)
    case .text(let value): buffer.appendCBOR(value)
    case .bytes(let value): buffer.appendCBOR(bytes: value)
    case .array(let items):
      buffer.appendCBORArray(items.count)
      for item in items { item.write(to: &buffer) }
    case .map(let pairs):
      buffer.appendCBORMap(pairs.count)
      for (key, value) in pairs.sorted(by: { Self.precedes($0.key, $1.key) }) {
        buffer.appendCBOR(key)
        value.write(to: &buffer)
      }
    }
  }
}
