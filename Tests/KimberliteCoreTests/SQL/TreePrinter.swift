// SPDX-License-Identifier: Apache-2.0
// A syntax tree as one line of text with every grouping made visible, for the parser's tests.

import KimberliteCore

extension Expression {
  var shown: String {
    switch kind {
    case .null: "NULL"
    case .boolean(let value): value ? "TRUE" : "FALSE"
    case .number(let text): text
    case .string(let text): "'\(text)'"
    case .bytes(let bytes): "X\(bytes)"
    case .typed(let type, let text): "\(type.sqlName)'\(text)'"
    case .parameter(let name): ":\(name)"
    case .column(let names): names.map(\.text).joined(separator: ".")
    case .unary(.not, let operand): "(NOT \(operand.shown))"
    case .unary(.minus, let operand): "(-\(operand.shown))"
    case .unary(.plus, let operand): "(+\(operand.shown))"
    case .binary(let symbol, let left, let right):
      "(\(left.shown) \(symbol.rawValue) \(right.shown))"
    case .isNull(let operand, let negated): "(\(operand.shown) IS \(not(negated))NULL)"
    case .isTruth(let operand, let value, let negated):
      "(\(operand.shown) IS \(not(negated))\(value))"
    case .isDistinct(let left, let right, let negated):
      "(\(left.shown) IS \(not(negated))DISTINCT FROM \(right.shown))"
    case .between(let operand, let low, let high, let negated):
      "(\(operand.shown) \(not(negated))BETWEEN \(low.shown) AND \(high.shown))"
    case .betweenSymmetric(let operand, let one, let other, let negated):
      "(\(operand.shown) \(not(negated))BETWEEN SYMMETRIC \(one.shown) AND \(other.shown))"
    case .inList(let operand, let list, let negated):
      "(\(operand.shown) \(not(negated))IN [\(commas(list))])"
    case .inQuery(let operand, let query, let negated):
      "(\(operand.shown) \(not(negated))IN {\(query.shown)})"
    case .like(let operand, let pattern, let escape, let kind, let negated):
      "(\(operand.shown) \(not(negated))\(kind == .like ? "LIKE" : "ILIKE") \(pattern.shown)"
        + (escape.map { " ESCAPE \($0.shown)" } ?? "") + ")"
    case .exists(let query): "EXISTS{\(query.shown)}"
    case .subquery(let query): "{\(query.shown)}"
    case .caseWhen(let operand, let branches, let otherwise):
      "CASE" + (operand.map { " \($0.shown)" } ?? "")
        + branches.map { " WHEN \($0.when.shown) THEN \($0.then.shown)" }.joined()
        + (otherwise.map { " ELSE \($0.shown)" } ?? "") + " END"
    case .cast(let operand, let type): "\(operand.shown)::\(type.sqlName)"
    case .call(let call):
      "\(call.name.text)(" + (call.distinct ? "DISTINCT " : "") + (call.star ? "*" : "")
        + commas(call.arguments) + call.orderShown + ")"
        + (call.filter.map { " FILTER \($0.shown)" } ?? "")
        + (call.over.map { " OVER \($0.shown)" } ?? "")
    case .row(let items): "ROW[\(commas(items))]"
    case .array(let items): "ARRAY[\(commas(items))]"
    default: "\(kind)"
    }
  }
}

extension FunctionCall {
  fileprivate var orderShown: String {
    if orderBy.isEmpty { return "" }
    return (withinGroup ? ") WITHIN GROUP (" : " ") + "ORDER BY \(commas(orderBy))"
  }
}

extension WindowReference {
  fileprivate var shown: String {
    switch self {
    case .named(let name): name.text
    case .specification(let window): window.shown
    }
  }
}

extension WindowSpecification {
  fileprivate var shown: String {
    var parts: [String] = []
    if let base { parts.append(base.text) }
    if !partitionBy.isEmpty { parts.append("PARTITION BY \(commas(partitionBy))") }
    if !orderBy.isEmpty { parts.append("ORDER BY \(commas(orderBy))") }
    if let frame { parts.append(frame.shown) }
    return "(\(parts.joined(separator: " ")))"
  }
}

extension WindowFrame {
  fileprivate var shown: String {
    "\(unit.rawValue) \(Self.shown(start)) .. \(Self.shown(end))"
      + (exclusion.map { " EXCLUDE \($0.rawValue)" } ?? "")
  }

  private static func shown(_ bound: Bound) -> String {
    switch bound {
    case .unboundedPreceding: "first"
    case .preceding(let offset): "-\(offset.shown)"
    case .currentRow: "current"
    case .following(let offset): "+\(offset.shown)"
    case .unboundedFollowing: "last"
    }
  }
}

private func commas(_ items: [OrderItem]) -> String {
  items.map { item in
    item.expression.shown + (item.descending ? " DESC" : "")
      + (item.nullsFirst.map { $0 ? " NULLS FIRST" : " NULLS LAST" } ?? "")
  }.joined(separator: ", ")
}

private func not(_ negated: Bool) -> String { negated ? "NOT " : "" }

private func commas(_ list: [Expression]) -> String {
  list.map(\.shown).joined(separator: ", ")
}

private func commas(_ names: [Name]) -> String { names.map(\.text).joined(separator: ", ") }

extension ObjectName {
  var shown: String { (schema.map { $0.text + "." } ?? "") + name.text }
}

extension Query {
  var shown: String {
    var parts: [String] = []
    for table in with {
      let columns = table.columns.isEmpty ? "" : "(\(commas(table.columns)))"
      parts.append("WITH \(table.name.text)\(columns) = {\(table.query.shown)}")
    }
    switch body {
    case .select(let select): parts.append(select.shown)
    case .values(let rows, _):
      parts.append("VALUES " + rows.map { "[\(commas($0))]" }.joined(separator: ", "))
    case .setOperation(let kind, let all, let left, let right, _):
      parts.append("{\(left.shown)} \(kind)\(all ? " all" : "") {\(right.shown)}")
    }
    if !orderBy.isEmpty {
      parts.append("ORDER BY " + commas(orderBy))
    }
    if let limit { parts.append("LIMIT \(limit.shown)\(withTies ? " WITH TIES" : "")") }
    if let offset { parts.append("OFFSET \(offset.shown)") }
    return parts.joined(separator: " ")
  }
}

extension GroupingElement {
  fileprivate var shown: String {
    func steps(_ list: [[Expression]]) -> String {
      list.map { "[\(commas($0))]" }.joined(separator: ", ")
    }
    switch self {
    case .expression(let expression): return expression.shown
    case .list(let list): return "[\(commas(list))]"
    case .rollup(let list): return "ROLLUP (\(steps(list)))"
    case .cube(let list, _): return "CUBE (\(steps(list)))"
    case .sets(let elements):
      return "SETS (\(elements.map(\.shown).joined(separator: ", ")))"
    }
  }
}

extension SelectItem {
  var shown: String {
    switch self {
    case .all: "*"
    case .allOf(let table): "\(table.text).*"
    case .expression(let expression, let alias):
      expression.shown + (alias.map { " AS \($0.text)" } ?? "")
    }
  }
}

private func commas(_ items: [SelectItem]) -> String {
  items.map(\.shown).joined(separator: ", ")
}

extension Select {
  var shown: String {
    var text = "SELECT " + (distinct ? "DISTINCT " : "")
    if !distinctOn.isEmpty { text += "DISTINCT ON (\(commas(distinctOn))) " }
    text += commas(items)
    if !from.isEmpty { text += " FROM " + from.map(\.shown).joined(separator: ", ") }
    if let filter { text += " WHERE \(filter.shown)" }
    if !groupBy.isEmpty {
      let elements = groupBy.map(\.shown).joined(separator: ", ")
      text += " GROUP BY \(groupDistinct ? "DISTINCT " : "")\(elements)"
    }
    if let having { text += " HAVING \(having.shown)" }
    for (name, window) in windows { text += " WINDOW \(name.text) \(window.shown)" }
    return text
  }
}

extension TableReference {
  var shown: String {
    switch self {
    case .named(let name, let time, let alias):
      return name.shown + (time.map { " \($0.shown)" } ?? "") + (alias?.shown ?? "")
    case .subquery(let query, let alias, _), .lateral(let query, let alias, _):
      return "{\(query.shown)}" + (alias?.shown ?? "")
    case .function(let function, let alias):
      return Expression(.call(function.call), at: 0).shown
        + (function.ordinality ? " WITH ORDINALITY" : "") + (alias?.shown ?? "")
    case .during(let table, let clause):
      return "\(table.shown) FOR \(clause.period.text)"
    case .difference(let difference):
      return "DIFF \(difference.table.shown) \(difference.from.shown) \(difference.to.shown)"
        + (difference.alias?.shown ?? "")
    case .join(let kind, let left, let right, let condition, _):
      let on =
        switch condition {
        case .none: ""
        case .natural: " NATURAL"
        case .on(let expression): " ON \(expression.shown)"
        case .using(let names): " USING [\(commas(names))]"
        }
      return "(\(left.shown) \(kind) \(right.shown)\(on))"
    }
  }
}

extension TableAlias {
  var shown: String { " AS \(name.text)" + (columns.isEmpty ? "" : "(\(commas(columns)))") }
}

extension Moment {
  var shown: String {
    switch self {
    case .timestamp(let expression): "T \(expression.shown)"
    case .offset(let expression): "O \(expression.shown)"
    }
  }
}

extension TimeClause {
  var shown: String {
    switch self {
    case .asOf(let moment, _): "@[\(moment.shown)]"
    case .between(let low, let high, _): "@[\(low.shown) .. \(high.shown)]"
    case .fromTo(let low, let high, _): "@[\(low.shown) ..< \(high.shown)]"
    case .all: "@[ALL]"
    }
  }
}

extension Statement {
  var shown: String {
    switch self {
    case .select(let query): query.shown
    case .insert(let insert): insert.shown
    case .update(let update):
      "UPDATE \(update.table.shown)" + (update.alias.map { " AS \($0.text)" } ?? "")
        + " SET \(commas(update.assignments))" + tables("FROM", update.from)
        + (update.filter.map { " WHERE \($0.shown)" } ?? "") + returning(update.returning)
    case .delete(let delete):
      "DELETE \(delete.table.shown)" + (delete.alias.map { " AS \($0.text)" } ?? "")
        + tables("USING", delete.using)
        + (delete.filter.map { " WHERE \($0.shown)" } ?? "") + returning(delete.returning)
    case .createTable(let table):
      "TABLE \(table.name.shown)\(table.ifNotExists ? "?" : "") "
        + (table.columns.map(\.shown) + table.constraints.map(\.shown)
        + table.likes.map { "LIKE \($0.source.shown) \($0.options.count)" })
        .joined(separator: "; ") + (table.source.map { "{\($0.query.shown)}" } ?? "")
    case .createIndex(let index):
      (index.unique ? "UNIQUE " : "") + "INDEX \(index.name?.text ?? "-")"
        + (index.ifNotExists ? "?" : "") + " ON \(index.table.shown) "
        + index.columns.map { $0.name.text + ($0.descending ? "-" : "+") }.joined(separator: " ")
    case .createStream(let name, let ifNotExists):
      "STREAM \(name.shown)\(ifNotExists ? "?" : "")"
    case .createView(let view):
      (view.replaces ? "REPLACE " : "") + "VIEW \(view.name.shown)"
        + (view.columns.isEmpty ? "" : "(\(commas(view.columns)))") + " <\(view.text)>"
    case .createSequence(let sequence):
      "SEQUENCE \(sequence.name.shown)\(sequence.ifNotExists ? "?" : "")"
    case .alterSequence(let sequence):
      "ALTER SEQUENCE \(sequence.name.shown)\(sequence.ifExists ? "?" : "")"
    case .rename(let rename):
      "RENAME \(rename.kind)\(rename.ifExists ? "?" : "") \(rename.name.shown) TO "
        + rename.newName.text
    case .drop(let drop):
      "DROP \(drop.kind)\(drop.ifExists ? "?" : "") "
        + drop.names.map(\.shown).joined(separator: ", ") + (drop.cascades ? " CASCADE" : "")
    case .alterTable(let alter):
      "ALTER\(alter.ifExists ? "?" : "") \(alter.table.shown) "
        + alter.actions.map(\.shown).joined(separator: ", ")
    case .comment(let comment): "COMMENT \(comment.text ?? "-")"
    case .createHold(let hold):
      "HOLD '\(hold.matter.text)' \(hold.table.shown)"
        + (hold.condition.map { " <\($0.text)>" } ?? "")
    case .releaseHold(let matter, let table):
      "RELEASE '\(matter.text)'" + (table.map { " \($0.shown)" } ?? "")
    case .alterLog(.auditReads(let isOn)): "LOG AUDIT READS \(isOn)"
    case .alterLog(.purgeApprovals(let needed, let keys, _)):
      "LOG APPROVALS \(needed) \(keys.map(\.text))"
    case .alterLog(.purgeDelay(let delay)): "LOG DELAY \(delay?.text ?? "-")"
    case .transaction(let statement): statement.shown
    case .explain(let statement): "EXPLAIN \(statement.shown)"
    case .prepare(let prepare):
      "PREPARE \(prepare.name.text) \(prepare.types.map(\.sqlName)) \(prepare.statement.shown)"
    case .execute(let execute): "EXECUTE \(execute.name.text) [\(commas(execute.arguments))]"
    case .deallocate(let name): "DEALLOCATE \(name?.text ?? "ALL")"
    case .merge(let merge): merge.shown
    case .with(let with): with.shown
    }
  }
}

private func tables(_ word: String, _ list: [TableReference]) -> String {
  list.isEmpty ? "" : " \(word) " + list.map(\.shown).joined(separator: ", ")
}

private func returning(_ items: [SelectItem]?) -> String {
  items.map { " RETURNING \(commas($0))" } ?? ""
}

private func commas(_ list: [Assignment]) -> String {
  list.map { assignment in
    let value =
      assignment.output.map { "{\($0.query.shown)}.\($0.index)" }
      ?? assignment.value?.shown ?? "DEFAULT"
    return "\(assignment.column.text) = \(value)"
  }.joined(separator: ", ")
}

extension InsertStatement {
  var shown: String {
    var text = "INSERT \(table.shown)" + (alias.map { " AS \($0.text)" } ?? "")
    if !columns.isEmpty { text += " (\(commas(columns)))" }
    switch source {
    case .defaultValues: text += " DEFAULT VALUES"
    case .query(let query): text += " {\(query.shown)}"
    case .values(let rows):
      let cells = rows.map { row in
        "[" + row.map { $0?.shown ?? "DEFAULT" }.joined(separator: ", ") + "]"
      }
      text += " VALUES " + cells.joined(separator: ", ")
    }
    if let conflict {
      text += " CONFLICT(\(commas(conflict.columns)))"
      switch conflict.action {
      case .nothing: text += " NOTHING"
      case .update(let assignments, let filter):
        text += " SET \(commas(assignments))" + (filter.map { " WHERE \($0.shown)" } ?? "")
      }
    }
    return text + KimberliteCoreTests.returning(returning)
  }
}

extension ColumnDefinition {
  var shown: String {
    "\(name.text) \(type.sqlName)" + (notNull ? " NOT NULL" : "") + (personal ? " PERSONAL" : "")
      + (defaultValue.map { " DEFAULT <\($0.text)>" } ?? "")
      + (generation.map { " \($0.shown)" } ?? "")
      + constraints.map { " " + $0.shown }.joined()
  }
}

extension TableConstraint {
  var shown: String {
    let label = name.map { "\($0.text):" } ?? ""
    switch kind {
    case .primaryKey(let names): return "\(label)PK(\(commas(names)))"
    case .unique(let names): return "\(label)UQ(\(commas(names)))"
    case .check(let source): return "\(label)CK<\(source.text)>"
    case .foreignKey(let names, let table, let targets, let rules):
      return "\(label)FK(\(commas(names)))->\(table.shown)(\(commas(targets)))\(rules.shown)"
    case .subjectKey(let name): return "\(label)SK(\(name.text))"
    case .period(let name, let from, let to):
      return "\(label)PERIOD \(name.text)(\(from.text), \(to.text))"
    case .withoutOverlaps(let names, let period, let isPrimary):
      return "\(label)\(isPrimary ? "PK" : "UQ")(\(commas(names)); \(period.text))"
    }
  }
}

extension AlterTableStatement.Action {
  var shown: String {
    switch self {
    case .addColumn(let column, let ifNotExists): "ADD\(ifNotExists ? "?" : "") \(column.shown)"
    case .dropColumn(let name, let ifExists, let cascades):
      "DROP\(ifExists ? "?" : "") \(name.text)\(cascades ? " CASCADE" : "")"
    case .alterColumn(let name, .setDefault(let source)):
      "DEFAULT \(name.text) \(source?.text ?? "-")"
    case .alterColumn(let name, .setNotNull(let isSet)): "NOT NULL \(name.text) \(isSet)"
    case .alterColumn(let name, .setType(let type, let using)):
      "TYPE \(name.text) \(type.sqlName)" + (using.map { " USING \($0.shown)" } ?? "")
    case .alterColumn(let name, .addIdentity(let always, _)): "IDENTITY \(name.text) \(always)"
    case .alterColumn(let name, .setIdentity): "SET IDENTITY \(name.text)"
    case .alterColumn(let name, .dropIdentity): "DROP IDENTITY \(name.text)"
    case .alterColumn(let name, .dropExpression): "DROP EXPRESSION \(name.text)"
    case .addConstraint(let constraint):
      "ADD \(constraint.shown)\(constraint.isValid ? "" : " NOT VALID")"
    case .dropConstraint(let name, let ifExists, let cascades):
      "DROP CONSTRAINT\(ifExists ? "?" : "") \(name.text)\(cascades ? " CASCADE" : "")"
    case .renameConstraint(let old, let new): "RENAME CONSTRAINT \(old.text) TO \(new.text)"
    case .validateConstraint(let name): "VALIDATE \(name.text)"
    case .renameColumn(let old, let new): "RENAME \(old.text) TO \(new.text)"
    case .renameTable(let name): "RENAME TO \(name.text)"
    case .setRetention(let clause):
      "RETENTION '\(clause.interval.text)' \(clause.column.text)\(clause.isLocked ? " LOCK" : "")"
    default: "\(self)"
    }
  }
}

extension TransactionStatement {
  var shown: String {
    switch self {
    case .begin(let modes): "BEGIN\(modes.shown)"
    case .commit(let chains): "COMMIT\(chains ? " CHAIN" : "")"
    case .rollback(let chains): "ROLLBACK\(chains ? " CHAIN" : "")"
    case .savepoint(let name): "SAVEPOINT \(name.text)"
    case .release(let name): "RELEASE \(name.text)"
    case .rollbackTo(let name): "ROLLBACK TO \(name.text)"
    case .setModes(let modes): "SET\(modes.shown)"
    case .setConstraints(let names, let areDeferred):
      "CONSTRAINTS [\(commas(names))] \(areDeferred ? "DEFERRED" : "IMMEDIATE")"
    }
  }
}

extension TransactionModes {
  var shown: String {
    (setsIsolation ? " ISOLATION" : "")
      + (isReadOnly.map { $0 ? " READ ONLY" : " READ WRITE" } ?? "")
  }
}

extension MergeStatement {
  var shown: String {
    "MERGE \(table.shown)" + (alias.map { " AS \($0.text)" } ?? "")
      + " USING \(source.shown) ON \(condition.shown)" + clauses.map(\.shown).joined()
  }
}

extension MergeClause {
  var shown: String {
    let what =
      switch action {
      case .nothing: "NOTHING"
      case .delete: "DELETE"
      case .update(let assignments): "SET \(commas(assignments))"
      case .insert(let columns, let values):
        "INSERT [\(commas(columns))] "
          + (values.map { $0.map { $0?.shown ?? "DEFAULT" }.joined(separator: ", ") } ?? "DEFAULT")
      }
    return " WHEN \(isMatched ? "" : "NOT ")MATCHED" + (condition.map { " \($0.shown)" } ?? "")
      + " \(what)"
  }
}

extension WithStatement {
  var shown: String {
    parts.map { part in
      switch part {
      case .query(let common, _): "WITH \(common.name.text) = {\(common.query.shown)} "
      case .change(let name, _, let change): "WITH \(name.text) = {\(change.shown)} "
      }
    }.joined() + statement.shown
  }
}

extension ReferenceRules<Name> {
  var shown: String {
    var text = matchesFull ? " full" : ""
    if onDelete != .noAction { text += " delete: \(onDelete.shown)" }
    if onUpdate != .noAction { text += " update: \(onUpdate.shown)" }
    return text + (isDeferrable ? " deferrable" : "") + (isDeferred ? " deferred" : "")
  }
}

extension ReferentialAction<Name> {
  var shown: String {
    switch self {
    case .noAction: "no action"
    case .restrict: "restrict"
    case .cascade: "cascade"
    case .setNull(let names): "null(\(commas(names)))"
    case .setDefault(let names): "default(\(commas(names)))"
    }
  }
}

extension ColumnGeneration {
  var shown: String {
    switch self {
    case .serial: "SERIAL"
    case .identity(let always, _): "IDENTITY \(always)"
    case .expression(let source): "AS <\(source.text)>"
    }
  }
}
