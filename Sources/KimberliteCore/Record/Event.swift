// SPDX-License-Identifier: Apache-2.0
// The events of a record and their bytes. kb-log(5), Events. An event is a CBOR array whose first
// item is its kind; row values are encoded by the column's type, in order of the column ids. The
// values of PERSONAL columns are an event of their own, directly after their row's.

/// The first item of an event.
public enum EventKind: UInt64, Sendable {
  /// `[0, {"actor": …, "reason": …}]`: who and why; only as the first event.
  case context = 0
  /// `[1, table, [values]]`: a row that did not exist; of a table with PERSONAL columns the values
  /// of the others.
  case insert = 1
  /// `[2, table, [values]]`: the new version of the live row with the same key.
  case update = 2
  /// `[3, table, [key values]]`: the live row with this key ends.
  case delete = 3
  /// `[4, stream, sequence, id or null, type or null, JSON text]`
  case streamEvent = 4
  /// `[5, {change}]`: a change of the catalog.
  case schema = 5
  /// `[6, {order}]`: events are to be erased; the second event of its record, and the last.
  case purgeOrder = 6
  /// `[7, {completion}]`: what became of an order.
  case purgeCompletion = 7
  /// `[8, table, [values]]`: the values of the PERSONAL columns of the row in the event before.
  case personal = 8
  /// `[9, table, subject, key]`: a subject of a table has a key from now on, under which this
  /// event is itself; the last events of its record.
  case subject = 9
  /// `[10, {chain}]`: the log left another chain behind; the second event of its record, and the
  /// last.
  case rechain = 10

  /// Items of the event's array, with the kind.
  var itemCount: Int {
    switch self {
    case .context, .schema, .purgeOrder, .purgeCompletion, .rechain: 2
    case .insert, .update, .delete, .personal: 3
    case .subject: 4
    case .streamEvent: 6
    }
  }

  /// Whether the second item of the event is the id of a table or stream.
  public var isOfObject: Bool {
    switch self {
    case .insert, .update, .delete, .streamEvent, .personal, .subject: true
    case .context, .schema, .purgeOrder, .purgeCompletion, .rechain: false
    }
  }
}

/// Who made a record and why.
///
/// Absent fields are not encoded.
public struct Context: Sendable, Equatable {
  /// Who.
  public var actor: String?
  /// Why.
  public var reason: String?
  /// The ticket that asks for it.
  public var ticket: String?
  /// The request id of the run that this record belongs to.
  public var request: String?
  /// With a request id: how many units of input (lines, statements) the run's records hold up to
  /// and including this one, so that a run that was cut short can be continued.
  public var progress: Int64?
  /// With a request id: whether this record is the last of its run.
  public var isLast: Bool
  /// A context; absent fields are not encoded.
  public init(
    actor: String? = nil, reason: String? = nil, ticket: String? = nil, request: String? = nil,
    progress: Int64? = nil, isLast: Bool = false
  ) {
    self.actor = actor
    self.reason = reason
    self.ticket = ticket
    self.request = request
    self.progress = progress
    self.isLast = isLast
  }
}

extension ByteBuffer {
  /// Appends the head of an insert, update, delete or personal part; the array of values follows.
  @inline(__always)
  public mutating func appendEventHead(_ kind: EventKind, _ object: ObjectID) {
    appendCBORArray(3)
    appendCBOR(.unsigned, kind.rawValue)
    appendCBOR(.unsigned, UInt64(object))
  }

  /// Appends an insert or update of a row, given as one value a column in `table.columns` order.
  ///
  /// What a table's personal columns hold is left out: `appendPersonal` is the other half.
  public mutating func appendEvent(_ kind: EventKind, _ table: Table, row: [Value]) {
    appendEvent(kind, table, row, isPersonal: false)
  }

  /// Appends the personal part of the row whose insert or update was appended last.
  public mutating func appendPersonal(_ table: Table, row: [Value]) {
    appendEvent(.personal, table, row, isPersonal: true)
  }

  private mutating func appendEvent(
    _ kind: EventKind, _ table: Table, _ row: [Value], isPersonal: Bool
  ) {
    precondition(row.count == table.columns.count, "a row has one value a column")
    appendEventHead(kind, table.id)
    var count = 0
    for column in table.columns where column.personal == isPersonal { count += 1 }
    appendCBORArray(count)
    for (value, column) in zip(row, table.columns) where column.personal == isPersonal {
      appendCBOR(value, as: column.type)
    }
  }

  /// Appends a delete: the values of the key columns in key order.
  public mutating func appendDelete(_ table: Table, key: [Value]) {
    let columns = table.keyColumns
    precondition(key.count == columns.count, "a key has one value a key column")
    appendEventHead(.delete, table.id)
    appendCBORArray(key.count)
    for (value, position) in zip(key, columns) {
      appendCBOR(value, as: table.columns[position].type)
    }
  }

  /// Appends the introduction of a subject's key: the subject's value, encoded, and the key's id.
  public mutating func appendSubject(_ table: ObjectID, value: [UInt8], key: SubjectKeyID) {
    appendCBORArray(4)
    appendCBOR(.unsigned, EventKind.subject.rawValue)
    appendCBOR(.unsigned, UInt64(table))
    appendCBOR(bytes: value)
    appendCBOR(bytes: key.bytes)
  }

  /// Appends the head of a stream event up to the data, which follows as one text string.
  public mutating func appendStreamEventHead(
    _ stream: ObjectID, sequence: UInt64, id: String?, type: String?
  ) {
    appendCBORArray(6)
    appendCBOR(.unsigned, EventKind.streamEvent.rawValue)
    appendCBOR(.unsigned, UInt64(stream))
    appendCBOR(.unsigned, sequence)
    if let id { appendCBOR(id) } else { appendCBORNull() }
    if let type { appendCBOR(type) } else { appendCBORNull() }
  }

  /// Appends the context event.
  public mutating func appendEvent(_ context: Context) {
    var pairs: [(key: String, value: CBORItem)] = []
    if let actor = context.actor { pairs.append(("actor", .text(actor))) }
    if let reason = context.reason { pairs.append(("reason", .text(reason))) }
    if let ticket = context.ticket { pairs.append(("ticket", .text(ticket))) }
    if let request = context.request { pairs.append(("request", .text(request))) }
    if let progress = context.progress { pairs.append(("progress", .integer(progress))) }
    if context.isLast { pairs.append(("last", .bool(true))) }
    appendCBORArray(2)
    appendCBOR(.unsigned, EventKind.context.rawValue)
    CBORItem.map(pairs).write(to: &self)
  }

  /// Appends a value of a column, encoded by its type.
  ///
  /// kb-log(5), Values.
  public mutating func appendCBOR(_ value: Value, as type: SQLType) {
    switch (value, type) {
    case (.null, _): appendCBORNull()
    case (.integer(let bit), .boolean): appendCBOR(bit != 0)
    case (.integer(let number), _): appendCBOR(number)
    // The view keeps no sign of zero, so neither does the log.
    case (.real(let number), _): appendCBOR(number == 0 ? 0 : number)
    case (.text(let text), .numeric): appendCBOR(decimal: text)
    case (.text(let text), _): appendCBOR(text)
    case (.blob(let bytes), .interval): appendCBOR(interval: bytes)
    case (.blob(let bytes), _): appendCBOR(bytes: bytes)
    }
  }

  /// Appends canonical decimal text as a decimal fraction, RFC 8949 §3.4.4.
  public mutating func appendCBOR(decimal text: String) {
    guard let decimal = Decimal(canonical: text) else {
      preconditionFailure("a NUMERIC reached the encoder in a form that is not canonical")
    }
    appendCBOR(decimal)
  }

  /// Appends a decimal fraction, RFC 8949 §3.4.4; beyond 64 bits the mantissa is a bignum.
  public mutating func appendCBOR(_ decimal: Decimal) {
    appendCBORTag(4)
    appendCBORArray(2)
    appendCBOR(Int64(-decimal.scale))
    if let small = Int64(exactly: decimal.coefficient) {
      appendCBOR(small)
      return
    }
    let negative = decimal.coefficient < 0
    let magnitude = negative ? ~decimal.coefficient : decimal.coefficient
    if magnitude <= Int128(UInt64.max) {
      appendCBOR(negative ? .negative : .unsigned, UInt64(magnitude))
      return
    }
    var digits = ByteBuffer(capacity: 16)
    digits.append(bigEndian: magnitude)
    let bytes = digits.array()
    appendCBORTag(negative ? 3 : 2)
    appendCBOR(bytes: Array(bytes.drop { $0 == 0 }))
  }

  private mutating func appendCBOR(interval bytes: [UInt8]) {
    guard let interval = Interval(storage: bytes) else {
      preconditionFailure("an INTERVAL reached the encoder in a form that is not ours")
    }
    appendCBORArray(3)
    appendCBOR(Int64(interval.months))
    appendCBOR(Int64(interval.days))
    appendCBOR(interval.microseconds)
  }
}

extension CBORReader {
  /// Reads an event's array head and kind.
  @_lifetime(self: copy self)
  public mutating func readEventHead() throws(CBORError) -> EventKind {
    let start = position
    let items = try readArray()
    guard items >= 1, let kind = EventKind(rawValue: try readUnsigned()) else {
      throw .unexpected(at: start, want: "an event of a kind that this version knows")
    }
    if items != kind.itemCount {
      throw .unexpected(at: start, want: "an event of \(kind.itemCount) items")
    }
    return kind
  }

  /// Reads the table or stream that an event is of.
  @_lifetime(self: copy self)
  public mutating func readObjectID() throws(CBORError) -> ObjectID {
    let start = position
    guard let id = ObjectID(exactly: try readUnsigned()) else {
      throw .unexpected(at: start, want: "an object id")
    }
    return id
  }

  /// Reads the head of the array of an event's values, which must be `count`.
  @_lifetime(self: copy self)
  public mutating func readValuesHead(count: Int) throws(CBORError) {
    let start = position
    if try readArray() != count { throw .unexpected(at: start, want: "\(count) values") }
  }

  /// Reads the number of a stream event.
  @_lifetime(self: copy self)
  public mutating func readSequence() throws(CBORError) -> UInt64 {
    let start = position
    let sequence = try readUnsigned()
    if sequence >= 1 << 62 { throw .unexpected(at: start, want: "a number below 2^62") }
    return sequence
  }

  /// Reads what follows the number of a stream event: where the texts lie in the event.
  @_lifetime(self: copy self)
  public mutating func readStreamEvent() throws(CBORError)
    -> (id: Range<Int>?, type: Range<Int>?, data: Range<Int>)
  {
    let id = readNull() ? nil : try readTextRange()
    let type = readNull() ? nil : try readTextRange()
    return (id, type, try readTextRange())
  }

  /// Reads a subject's value, encoded, and the id of its key, behind the table's id.
  @_lifetime(self: copy self)
  public mutating func readSubject() throws(CBORError) -> (value: [UInt8], key: SubjectKeyID) {
    let value = try readBytes()
    let start = position
    let key = try readBytes()
    guard key.count == SubjectKeyID.byteCount else {
      throw .unexpected(at: start, want: "the id of a subject's key")
    }
    return (value, SubjectKeyID(key.span))
  }

  /// Reads the map of a context event.
  @_lifetime(self: copy self)
  public mutating func readContext() throws(CBORError) -> Context {
    let start = position
    guard case .map(let pairs) = try CBORItem(reading: &self) else {
      throw .unexpected(at: start, want: "a map")
    }
    var context = Context()
    for (key, value) in pairs {
      switch (key, value) {
      case ("actor", .text(let text)): context.actor = text
      case ("reason", .text(let text)): context.reason = text
      case ("ticket", .text(let text)): context.ticket = text
      case ("request", .text(let text)): context.request = text
      case ("progress", .integer(let number)): context.progress = number
      case ("last", .bool(true)): context.isLast = true
      default: throw .unexpected(at: start, want: "a field of the context")
      }
    }
    return context
  }

  /// Reads a value as `ByteBuffer.appendCBOR(_:as:)` wrote it.
  @_lifetime(self: copy self)
  public mutating func readValue(as type: SQLType) throws(CBORError) -> Value {
    if readNull() { return .null }
    switch type {
    case .boolean: return .integer(try readBool() ? 1 : 0)
    case .smallint, .integer, .bigint, .date, .time, .timestamp, .timestamptz:
      return .integer(try readInteger())
    case .real, .double: return .real(try readDouble())
    case .numeric: return .text(try readDecimal().text)
    case .text, .varchar, .char, .json, .jsonb: return .text(try readText())
    case .bytea, .uuid: return .blob(try readBytes())
    case .interval: return .blob(try readInterval().storage)
    }
  }

  /// Reads a decimal fraction.
  @_lifetime(self: copy self)
  public mutating func readDecimal() throws(CBORError) -> Decimal {
    let start = position
    guard try readTag() == 4, try readArray() == 2 else {
      throw .unexpected(at: start, want: "a decimal fraction")
    }
    let exponent = try readInteger()
    guard exponent <= 0, exponent >= -Int64(Decimal.digitsMax) else {
      throw .unexpected(at: start, want: "an exponent from -38 to 0")
    }
    return Decimal(coefficient: try readMantissa(), scale: Int(-exponent))
  }

  @_lifetime(self: copy self)
  private mutating func readMantissa() throws(CBORError) -> Int128 {
    let start = position
    let head = try readHead()
    switch head.major {
    case CBORMajor.unsigned.rawValue: return Int128(head.argument)
    case CBORMajor.negative.rawValue: return ~Int128(head.argument)
    case CBORMajor.tag.rawValue where head.argument == 2 || head.argument == 3:
      let bytes = try readBytes()
      guard bytes.count > 8, bytes.count <= 16, bytes[0] != 0 else { break }
      let magnitude = bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
      guard let value = Int128(exactly: magnitude) else { break }
      return head.argument == 2 ? value : ~value
    default: break
    }
    throw .unexpected(at: start, want: "an integer of at most 38 digits")
  }

  @_lifetime(self: copy self)
  private mutating func readInterval() throws(CBORError) -> Interval {
    let start = position
    guard try readArray() == 3, let months = Int32(exactly: try readInteger()),
      let days = Int32(exactly: try readInteger())
    else { throw .unexpected(at: start, want: "an interval") }
    return Interval(months: months, days: days, microseconds: try readInteger())
  }
}
