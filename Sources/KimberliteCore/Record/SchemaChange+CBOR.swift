// SPDX-License-Identifier: Apache-2.0
// Schema events: `[5, {"change": "create table", …}]`. kb-log(5), Schema changes. Encode and
// decode stand side by side and are exact inverses.

extension ByteBuffer {
  /// Appends a schema event.
  public mutating func appendEvent(_ change: SchemaChange) {
    appendCBORArray(2)
    appendCBOR(.unsigned, EventKind.schema.rawValue)
    change.item.write(to: &self)
  }
}

extension CBORReader {
  /// Reads the change of a schema event, after its head.
  @_lifetime(self: copy self)
  public mutating func readSchemaChange() throws(CBORError) -> SchemaChange {
    let start = position
    guard let change = SchemaChange(item: try CBORItem(reading: &self)) else {
      throw .unexpected(at: start, want: "a schema change that this version knows")
    }
    // What was passed over in reading would be lost in silence.
    var again = ByteBuffer(capacity: position - start)
    change.item.write(to: &again)
    guard again.count == position - start,
      again.withSpan(
        0..<again.count,
        { written in
          for index in written.indices where written[index] != bytes[start + index] { return false }
          return true
        })
    else { throw .unexpected(at: start, want: "a schema change and nothing besides") }
    return change
  }
}

extension SchemaChange {
  var item: CBORItem {
    switch self {
    case .createTable(let table):
      return .map([("change", .text("create table")), ("table", table.item)])
    case .dropTable(let id):
      return .map([("change", .text("drop table")), ("id", .integer(Int64(id)))])
    case .renameTable(let id, let name):
      return .map([
        ("change", .text("rename table")), ("id", .integer(Int64(id))), ("name", .text(name)),
      ])
    case .addColumn(let id, let column, let constraints):
      return .map([
        ("change", .text("add column")), ("id", .integer(Int64(id))), ("column", column.item),
        ("constraints", .array(constraints.map(\.item))),
      ])
    case .dropColumn(let id, let column):
      return .map([
        ("change", .text("drop column")), ("id", .integer(Int64(id))),
        ("column", .integer(Int64(column))),
      ])
    case .renameColumn(let id, let column, let name, let checks):
      return .map([
        ("change", .text("rename column")), ("id", .integer(Int64(id))),
        ("column", .integer(Int64(column))), ("name", .text(name)),
        ("constraints", .array(checks.map(\.item))),
      ])
    case .createIndex(let index):
      return .map([("change", .text("create index")), ("index", index.item)])
    case .dropIndex(let id):
      return .map([("change", .text("drop index")), ("id", .integer(Int64(id)))])
    case .createStream(let stream):
      return .map([
        ("change", .text("create stream")), ("id", .integer(Int64(stream.id))),
        ("name", .text(stream.name)), ("created", .integer(Int64(stream.createdAt))),
      ])
    case .dropStream(let id):
      return .map([("change", .text("drop stream")), ("id", .integer(Int64(id)))])
    case .setRetention, .dropRetention, .createHold, .rewordHold, .releaseHold, .setLog:
      guard let item = policyItem else { preconditionFailure("a change of policy has an item") }
      return item
    case .define(let definition): return definition.item
    }
  }

  init?(item: CBORItem) {
    let id = item["id"]?.number
    switch item["change"]?.string {
    case "create table":
      guard let table = Table(item: item["table"]) else { return nil }
      self = .createTable(table)
    case "drop table":
      guard let id else { return nil }
      self = .dropTable(id)
    case "rename table":
      guard let id, let name = item["name"]?.string else { return nil }
      self = .renameTable(id, to: name)
    case "add column":
      guard let id, let column = Column(item: item["column"]),
        let constraints = item["constraints"]?.list(Constraint.init(item:))
      else { return nil }
      self = .addColumn(id, column, constraints: constraints)
    case "drop column":
      guard let id, let column = item["column"]?.number else { return nil }
      self = .dropColumn(id, column)
    case "rename column":
      guard let id, let column = item["column"]?.number, let name = item["name"]?.string,
        let checks = item["constraints"]?.list(Constraint.init(item:))
      else { return nil }
      self = .renameColumn(id, column, to: name, checks: checks)
    case "create index":
      guard let index = Index(item: item["index"]) else { return nil }
      self = .createIndex(index)
    case "drop index":
      guard let id else { return nil }
      self = .dropIndex(id)
    case "create stream":
      guard let id, let name = item["name"]?.string, let created = item["created"]?.offset
      else { return nil }
      self = .createStream(Stream(id: id, name: name, createdAt: created))
    case "drop stream":
      guard let id else { return nil }
      self = .dropStream(id)
    default:
      if let definition = Definition(item: item) {
        self = .define(definition)
      } else {
        self.init(policy: item)
      }
    }
  }
}

extension Table {
  fileprivate var item: CBORItem {
    .map(
      [
        ("id", .integer(Int64(id))), ("name", .text(name)),
        ("columns", .array(columns.map(\.item))),
        ("constraints", .array(constraints.map(\.item))),
        ("storage", .text(storageName)), ("created", .integer(Int64(createdAt))),
        ("next", .integer(Int64(nextColumnID))),
      ] + (subject.map { [("subject", .integer(Int64($0)))] } ?? [])
        + (period.map { [("period", $0.item)] } ?? []))
  }

  fileprivate init?(item: CBORItem?) {
    guard let item, let id = item["id"]?.number, let name = item["name"]?.string,
      let columns = item["columns"]?.list(Column.init(item:)),
      let constraints = item["constraints"]?.list(Constraint.init(item:)),
      let storage = item["storage"]?.string, let created = item["created"]?.offset,
      let next = item["next"]?.number
    else { return nil }
    self.init(
      id: id, name: name, columns: columns, constraints: constraints, storageName: storage,
      createdAt: created, nextColumnID: next, subject: item["subject"]?.number)
    if let stated = item["period"] {
      guard let period = Period(item: stated) else { return nil }
      self.period = period
    }
  }
}

extension Period {
  fileprivate var item: CBORItem {
    .map([
      ("name", .text(name)), ("from", .integer(Int64(from))), ("to", .integer(Int64(to))),
    ])
  }

  fileprivate init?(item: CBORItem) {
    guard let name = item["name"]?.string, let from = item["from"]?.number,
      let to = item["to"]?.number
    else { return nil }
    self.init(name: name, from: from, to: to)
  }
}

extension Column {
  var item: CBORItem {
    var fillBytes = ByteBuffer(capacity: 16)
    fillBytes.appendCBOR(fill, as: type)
    return .map(
      [
        ("id", .integer(Int64(id))), ("name", .text(name)), ("type", .text(type.sqlName)),
        ("not null", .bool(notNull)), ("default", defaultText.map(CBORItem.text) ?? .null),
        ("fill", .bytes(fillBytes.array())), ("hidden", .bool(hidden)),
        ("storage", .text(storageName)),
      ] + (personal ? [("personal", .bool(true))] : []) + (source?.pairs ?? []))
  }

  init?(item: CBORItem?) {
    guard let item, let id = item["id"]?.number, let name = item["name"]?.string,
      let type = item["type"]?.string.flatMap(SQLType.init(sqlName:)),
      case .bool(let notNull)? = item["not null"], case .bytes(let fillBytes)? = item["fill"],
      case .bool(let hidden)? = item["hidden"], let storage = item["storage"]?.string
    else { return nil }
    var reader = CBORReader(fillBytes.span)
    guard let fill = try? reader.readValue(as: type), reader.isAtEnd else { return nil }
    self.init(
      id: id, name: name, type: type, notNull: notNull, defaultText: item["default"]?.string,
      fill: fill, hidden: hidden, personal: item["personal"] == .bool(true),
      storageName: storage)
    source = ColumnSource(item: item)
  }
}

extension Constraint {
  var item: CBORItem {
    guard !isValid, case .map(let pairs) = kindItem else { return kindItem }
    return .map(pairs + [("valid", .bool(false))])
  }

  private var kindItem: CBORItem {
    func ids(_ columns: [ColumnID]) -> CBORItem { .array(columns.map { .integer(Int64($0)) }) }
    switch kind {
    case .primaryKey(let columns):
      return .map([
        ("name", .text(name)), ("kind", .text("primary key")), ("columns", ids(columns)),
      ])
    case .unique(let columns):
      return .map([("name", .text(name)), ("kind", .text("unique")), ("columns", ids(columns))])
    case .withoutOverlaps(let columns):
      return .map([
        ("name", .text(name)), ("kind", .text("without overlaps")), ("columns", ids(columns)),
      ])
    case .check(let text):
      return .map([("name", .text(name)), ("kind", .text("check")), ("check", .text(text))])
    case .foreignKey(let columns, let table, let targets, let rules):
      return .map(
        [
          ("name", .text(name)), ("kind", .text("foreign key")), ("columns", ids(columns)),
          ("table", .integer(Int64(table))), ("targets", ids(targets)),
        ] + rules.items)
    }
  }

  init?(item: CBORItem) {
    guard let name = item["name"]?.string else { return nil }
    let columns = item["columns"]?.list(\.number)
    switch item["kind"]?.string {
    case "primary key":
      guard let columns else { return nil }
      self.init(name: name, kind: .primaryKey(columns))
    case "unique":
      guard let columns else { return nil }
      self.init(name: name, kind: .unique(columns))
    case "without overlaps":
      guard let columns else { return nil }
      self.init(name: name, kind: .withoutOverlaps(columns))
    case "check":
      guard let text = item["check"]?.string else { return nil }
      self.init(name: name, kind: .check(text))
    case "foreign key":
      guard let columns, let table = item["table"]?.number,
        let targets = item["targets"]?.list(\.number)
      else { return nil }
      guard let rules = ReferenceRules(item: item) else { return nil }
      self.init(
        name: name, kind: .foreignKey(columns, table: table, targets: targets, rules: rules))
    default: return nil
    }
    isValid = item["valid"] != .bool(false)
  }
}

extension Index {
  var item: CBORItem {
    .map(
      [
        ("id", .integer(Int64(id))), ("name", .text(name)), ("table", .integer(Int64(table))),
        ("unique", .bool(unique)),
        (
          "columns",
          .array(columns.map { .array([.integer(Int64($0.id)), .bool($0.descending)]) })
        ),
      ] + (tokenize.map { [("tokenize", .text($0))] } ?? []))
  }

  init?(item: CBORItem?) {
    guard let item, let id = item["id"]?.number, let name = item["name"]?.string,
      let table = item["table"]?.number, case .bool(let unique)? = item["unique"],
      let columns = item["columns"]?.list({ (pair: CBORItem) -> (id: ColumnID, descending: Bool)? in
        guard case .array(let parts) = pair, parts.count == 2, let id = parts[0].number,
          case .bool(let descending) = parts[1]
        else { return nil }
        return (id, descending)
      })
    else { return nil }
    self.init(
      id: id, name: name, table: table, columns: columns, unique: unique,
      tokenize: item["tokenize"]?.string)
  }
}

extension CBORItem {
  var string: String? {
    if case .text(let text) = self { text } else { nil }
  }
  var number: UInt32? {
    if case .integer(let value) = self { UInt32(exactly: value) } else { nil }
  }
  /// An integer that is not negative.
  var offset: UInt64? {
    if case .integer(let value) = self { UInt64(exactly: value) } else { nil }
  }
  /// Every item of an array, or `nil` if one does not convert.
  func list<T>(_ convert: (CBORItem) -> T?) -> [T]? {
    guard case .array(let items) = self else { return nil }
    let converted = items.compactMap(convert)
    return converted.count == items.count ? converted : nil
  }
}
