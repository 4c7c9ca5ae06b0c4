// SPDX-License-Identifier: Apache-2.0

/// What an event is about: the row of a table, by its key, or the event of a stream, by its number.
public struct EventKey: Hashable, Sendable {
  /// The table or stream.
  public private(set) var object: ObjectID
  /// The key values as events encode them.
  private var key: [UInt8]

  /// The row of a table with these key values.
  public init(_ table: Table, key values: [Value]) {
    object = table.id
    var bytes = ByteBuffer()
    for (value, column) in zip(values, table.keyColumns) {
      bytes.appendCBOR(value, as: table.columns[column].type)
    }
    key = bytes.array()
  }

  /// The event of a stream with this number.
  public init(stream: ObjectID, sequence: UInt64) {
    object = stream
    var bytes = ByteBuffer()
    bytes.appendCBOR(.unsigned, sequence)
    key = bytes.array()
  }

  /// What an event says it is about; `nil` where it is neither a row that is put nor of a stream.
  ///
  /// `catalog` is that of the record's moment.
  public init?(_ event: Span<UInt8>, catalog: Catalog) throws(CBORError) {
    var reader = CBORReader(event)
    let kind = try reader.readEventHead()
    switch kind {
    case .insert, .update:
      object = try reader.readObjectID()
      guard let table = catalog.table(object) else { return nil }
      // Values of personal columns are in an event of their own; keys have none.
      let held = table.positions(personal: false)
      let count = try reader.readArray()
      var values: [Range<Int>] = []
      for _ in 0..<count {
        let start = reader.position
        try reader.skipItem()
        values.append(start..<reader.position)
      }
      key = []
      for column in table.keyColumns {
        guard let place = held.firstIndex(of: column), place < values.count else { return nil }
        key += event.extracting(values[place]).array()
      }
    case .streamEvent:
      object = try reader.readObjectID()
      let start = reader.position
      _ = try reader.readSequence()
      key = event.extracting(start..<reader.position).array()
    default: return nil
    }
  }
}

extension CBORReader {
  /// Moves behind an item, whatever it is.
  @_lifetime(self: copy self)
  mutating func skipItem(depth: Int = 0) throws(CBORError) {
    let start = position
    if depth > CBORItem.depthMax { throw .unexpected(at: start, want: "fewer levels") }
    switch try peekMajor() {
    case CBORMajor.unsigned.rawValue, CBORMajor.negative.rawValue: _ = try readHead()
    case CBORMajor.bytes.rawValue: _ = try readBytesRange()
    case CBORMajor.text.rawValue: _ = try readTextRange()
    case CBORMajor.array.rawValue:
      for _ in 0..<(try readArray()) { try skipItem(depth: depth + 1) }
    case CBORMajor.map.rawValue:
      for _ in 0..<2 * (try readMap()) { try skipItem(depth: depth + 1) }
    case CBORMajor.tag.rawValue:
      _ = try readTag()
      try skipItem(depth: depth + 1)
    default:
      if readNull() { return }
      if nextIsBool { _ = try readBool() } else { _ = try readDouble() }
    }
  }
}
