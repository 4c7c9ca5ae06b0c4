// SPDX-License-Identifier: Apache-2.0
// COMMENT ON as a change of the catalog.

extension Binder {
  func plan(_ statement: CommentStatement) throws(SQLError) -> [SchemaChange] {
    let target = try target(statement.target)
    if catalog.comment(on: target) == statement.text { return [] }
    return [.define(.comment(target, statement.text))]
  }

  private func target(_ target: CommentStatement.Target) throws(SQLError) -> CommentTarget {
    switch target {
    case .object(let kind, let object):
      try Binding(self).requirePlain(object)
      guard let id = id(object.name, kind) else {
        if isTaken(object.name.text) { throw notA("\(kind)", object.name) }
        throw noRelation(object.name, among: names(of: kind))
      }
      return .object(id)
    case .column(let object, let name):
      if let view = catalog.view(named: object.name.text) {
        guard let place = view.columns.firstIndex(where: { $0.name == name.text }) else {
          throw SQLError(
            .undefinedColumn,
            "column \"\(name.text)\" of view \"\(view.name)\" does not exist", at: name.position,
            hint: nearestHint(to: name.text, among: view.columns.map(\.name)))
        }
        return .column(view.id, ColumnID(place + 1))
      }
      let table = try existingTable(object)
      return .column(table.id, table.columns[try position(of: name, in: table)].id)
    case .constraint(let name, let object):
      let table = try existingTable(object)
      return .constraint(table.id, try constraint(name, of: table).name)
    }
  }

  /// The object of a kind with a name.
  private func id(_ name: Name, _ kind: DropStatement.Kind) -> ObjectID? {
    switch kind {
    case .table: catalog.table(named: name.text)?.id
    case .view: catalog.view(named: name.text)?.id
    case .index: catalog.index(named: name.text)?.id
    case .stream: catalog.stream(named: name.text)?.id
    case .sequence: catalog.sequence(named: name.text)?.id
    }
  }
}
