// SPDX-License-Identifier: Apache-2.0
// Schema events of views, comments and the parts of tables: kb-log(5), Schema changes. Encode and
// decode stand side by side and are exact inverses.

extension Definition {
  var item: CBORItem {
    switch self {
    case .createView(let view):
      return .map([("change", .text("create view")), ("view", view.item)])
    case .replaceView(let view):
      return .map([("change", .text("replace view")), ("view", view.item)])
    case .dropView(let id):
      return .map([("change", .text("drop view")), ("id", .integer(Int64(id)))])
    case .createSequence(let sequence):
      return .map([("change", .text("create sequence")), ("sequence", sequence.item)])
    case .alterSequence(let sequence):
      return .map([("change", .text("alter sequence")), ("sequence", sequence.item)])
    case .dropSequence(let id):
      return .map([("change", .text("drop sequence")), ("id", .integer(Int64(id)))])
    case .setSequence(let position):
      return .map([
        ("change", .text("set sequence")), ("id", .integer(Int64(position.id))),
        ("value", .integer(position.value)), ("called", .bool(position.isCalled)),
      ])
    case .addConstraint(let id, let constraint):
      return .map([
        ("change", .text("add constraint")), ("id", .integer(Int64(id))),
        ("constraint", constraint.item),
      ])
    case .alterConstraint(let id, let name, let constraint):
      return .map([
        ("change", .text("alter constraint")), ("id", .integer(Int64(id))), ("name", .text(name)),
        ("constraint", constraint.item),
      ])
    case .alterColumn(let id, let column):
      return .map([
        ("change", .text("alter column")), ("id", .integer(Int64(id))), ("column", column.item),
      ])
    case .retypeColumn(let id, let old, let column):
      return .map([
        ("change", .text("retype column")), ("id", .integer(Int64(id))),
        ("old", .integer(Int64(old))), ("column", column.item),
      ])
    case .alterIndex(let index):
      return .map([("change", .text("alter index")), ("index", index.item)])
    case .dropConstraint(let id, let name):
      return .map([
        ("change", .text("drop constraint")), ("id", .integer(Int64(id))), ("name", .text(name)),
      ])
    case .comment(let target, let text):
      return .map(
        [("change", .text("comment")), ("comment", text.map(CBORItem.text) ?? .null)]
          + target.pairs)
    }
  }

  init?(item: CBORItem) {
    let id = item["id"]?.number
    switch item["change"]?.string {
    case "create view":
      guard let view = StoredView(item: item["view"]) else { return nil }
      self = .createView(view)
    case "replace view":
      guard let view = StoredView(item: item["view"]) else { return nil }
      self = .replaceView(view)
    case "drop view":
      guard let id else { return nil }
      self = .dropView(id)
    case "create sequence":
      guard let sequence = StoredSequence(item: item["sequence"]) else { return nil }
      self = .createSequence(sequence)
    case "alter sequence":
      guard let sequence = StoredSequence(item: item["sequence"]) else { return nil }
      self = .alterSequence(sequence)
    case "drop sequence":
      guard let id else { return nil }
      self = .dropSequence(id)
    case "set sequence":
      guard let id, case .integer(let value)? = item["value"],
        case .bool(let isCalled)? = item["called"]
      else { return nil }
      self = .setSequence(SequencePosition(id: id, value: value, isCalled: isCalled))
    case "add constraint":
      guard let id, let constraint = item["constraint"].flatMap(Constraint.init(item:)) else {
        return nil
      }
      self = .addConstraint(id, constraint)
    case "alter constraint":
      guard let id, let name = item["name"]?.string,
        let constraint = item["constraint"].flatMap(Constraint.init(item:))
      else { return nil }
      self = .alterConstraint(id, name, constraint)
    case "alter column":
      guard let id, let column = Column(item: item["column"]) else { return nil }
      self = .alterColumn(id, column)
    case "retype column":
      guard let id, let old = item["old"]?.number, let column = Column(item: item["column"])
      else { return nil }
      self = .retypeColumn(id, old, column)
    case "alter index":
      guard let index = Index(item: item["index"]) else { return nil }
      self = .alterIndex(index)
    case "drop constraint":
      guard let id, let name = item["name"]?.string else { return nil }
      self = .dropConstraint(id, name)
    case "comment":
      guard let target = CommentTarget(item: item) else { return nil }
      self = .comment(target, item["comment"]?.string)
    default: return nil
    }
  }
}

extension StoredView {
  fileprivate var item: CBORItem {
    .map([
      ("id", .integer(Int64(id))), ("name", .text(name)), ("query", .text(text)),
      ("created", .integer(Int64(createdAt))),
      (
        "columns",
        .array(columns.map { .array([.text($0.name), .text($0.type.sqlName)]) })
      ),
    ])
  }

  fileprivate init?(item: CBORItem?) {
    guard let item, let id = item["id"]?.number, let name = item["name"]?.string,
      let text = item["query"]?.string, let created = item["created"]?.offset,
      let columns = item["columns"]?.list({ (pair: CBORItem) -> ViewColumn? in
        guard case .array(let parts) = pair, parts.count == 2, let name = parts[0].string,
          let type = parts[1].string.flatMap(SQLType.init(sqlName:))
        else { return nil }
        return ViewColumn(name: name, type: type)
      })
    else { return nil }
    self.init(id: id, name: name, columns: columns, text: text, createdAt: created)
  }
}

extension CommentTarget {
  fileprivate var pairs: [(key: String, value: CBORItem)] {
    let id: [(key: String, value: CBORItem)] = [("id", .integer(Int64(object)))]
    switch self {
    case .object: return id
    case .column(_, let column): return id + [("column", .integer(Int64(column)))]
    case .constraint(_, let name): return id + [("constraint", .text(name))]
    }
  }

  fileprivate init?(item: CBORItem) {
    guard let id = item["id"]?.number else { return nil }
    if let column = item["column"]?.number {
      self = .column(id, column)
    } else if let name = item["constraint"]?.string {
      self = .constraint(id, name)
    } else {
      self = .object(id)
    }
  }
}

extension StoredSequence {
  fileprivate var item: CBORItem {
    let owner: [(key: String, value: CBORItem)] =
      owner.map {
        [("table", .integer(Int64($0.table))), ("column", .integer(Int64($0.column)))]
      } ?? []
    return .map(
      [
        ("id", .integer(Int64(id))), ("name", .text(name)), ("type", .text(type.sqlName)),
        ("increment", .integer(increment)), ("minimum", .integer(minimum)),
        ("maximum", .integer(maximum)), ("start", .integer(start)), ("cycles", .bool(cycles)),
        ("created", .integer(Int64(createdAt))),
      ] + owner)
  }

  fileprivate init?(item: CBORItem?) {
    guard let item, let id = item["id"]?.number, let name = item["name"]?.string,
      let type = item["type"]?.string.flatMap(SQLType.init(sqlName:)),
      case .integer(let increment)? = item["increment"],
      case .integer(let minimum)? = item["minimum"],
      case .integer(let maximum)? = item["maximum"], case .integer(let start)? = item["start"],
      case .bool(let cycles)? = item["cycles"], let created = item["created"]?.offset
    else { return nil }
    var owner: SequenceOwner?
    if let table = item["table"]?.number, let column = item["column"]?.number {
      owner = SequenceOwner(table: table, column: column)
    }
    self.init(
      id: id, name: name, type: type, increment: increment, minimum: minimum, maximum: maximum,
      start: start, cycles: cycles, owner: owner, createdAt: created)
  }
}

extension ColumnSource {
  /// What a column's map says besides, where it has a source.
  var pairs: [(key: String, value: CBORItem)] {
    switch self {
    case .sequence(let id): [("sequence", .integer(Int64(id)))]
    case .identity(let id, let always):
      [("sequence", .integer(Int64(id))), ("identity", .text(always ? "always" : "by default"))]
    case .generated(let text): [("generated", .text(text))]
    }
  }

  init?(item: CBORItem) {
    if let text = item["generated"]?.string {
      self = .generated(text)
    } else if let id = item["sequence"]?.number {
      let identity = item["identity"]?.string
      self = identity == nil ? .sequence(id) : .identity(id, always: identity == "always")
    } else {
      return nil
    }
  }
}
