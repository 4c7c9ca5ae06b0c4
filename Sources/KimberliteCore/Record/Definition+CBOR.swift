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
