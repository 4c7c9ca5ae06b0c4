// SPDX-License-Identifier: Apache-2.0
// Valid time bound: which rows of a table hold at some instants, and what is left of a row whose
// portion a change takes. A period begins with its first instant and ends before its second.

extension Binding {
  /// Keeps of a table in FROM the rows whose period meets some instants.
  mutating func restrict(_ from: BoundFrom, to clause: PeriodClause) throws(SQLError) {
    guard case .relation(let index) = from, case .table(let table)? = relations[index].object,
      case .storage(let source, let filter) = relations[index].source
    else {
      throw SQLError(
        .wrongObjectType, "FOR \(clause.period.text) stands behind a table that has the period",
        at: clause.period.position)
    }
    let (begin, end) = try ends(clause.period, table, in: index)
    // What is asked for cannot be a column of the table itself or of its neighbours.
    scopes.append(Scope(.values))
    defer { scopes.removeLast() }
    var conditions = filter.map { [$0] } ?? []
    switch clause.extent {
    case .all: return
    case .asOf(let instant):
      let x = try self.instant(instant, begin)
      conditions.append(try comparison(.lessOrEqual, begin, x, at: instant.position).text)
      conditions.append(try comparison(.greater, end, x, at: instant.position).text)
    case .between(let low, let high):
      let (a, b) = (try self.instant(low, begin), try self.instant(high, begin))
      conditions.append(try comparison(.lessOrEqual, begin, b, at: high.position).text)
      conditions.append(try comparison(.greater, end, a, at: low.position).text)
      conditions.append(try comparison(.lessOrEqual, a, b, at: low.position).text)
    case .fromTo(let low, let high):
      let (a, b) = (try self.instant(low, begin), try self.instant(high, begin))
      conditions.append(try comparison(.less, begin, b, at: high.position).text)
      conditions.append(try comparison(.greater, end, a, at: low.position).text)
      conditions.append(try comparison(.less, a, b, at: low.position).text)
    }
    relations[index].source = .storage(
      from: source, filter: conditions.joined(separator: " AND "))
  }

  /// An instant of a period, in the type of its columns.
  private mutating func instant(_ expression: Expression, _ begin: Bound) throws(SQLError)
    -> Bound
  {
    guard let type = begin.type else { preconditionFailure("a column has a type") }
    return try coerce(try bind(expression), to: type, .assignment)
  }

  /// The columns of a period as the table's own subquery sees them.
  private func ends(_ name: Name, _ table: Table, in relation: Int) throws(SQLError) -> (
    Bound, Bound
  ) {
    let period = try table.period(named: name)
    func column(_ id: ColumnID) -> Bound {
      let column = relations[relation].columns[table.position(of: id)]
      return Bound(column.source, column.type, at: name.position, nullable: false)
    }
    return (column(period.from), column(period.to))
  }

  // MARK: FOR PORTION OF

  /// What a change of a portion needs: the condition that a row meets it, the columns of the
  /// period, and the ends of the portion.
  struct BoundPortion {
    var condition: String
    var columns: (from: Int, to: Int)
    var ends: [String]
  }

  /// Binds FOR PORTION OF, whose ends are values and no columns, and has the period of the row of
  /// `own` become what it shares with the portion.
  mutating func bind(
    _ clause: PortionClause, _ table: Table, row own: Int, in values: inout [Int: String],
    _ assignments: [Assignment]
  ) throws(SQLError) -> BoundPortion {
    let period = try table.period(named: clause.period)
    let (first, last) = (table.position(of: period.from), table.position(of: period.to))
    for assignment in assignments {
      let names = [table.columns[first].name, table.columns[last].name]
      if names.contains(assignment.column.text) {
        throw SQLError(
          .syntaxError,
          "cannot update column \"\(assignment.column.text)\" because it is used in FOR PORTION OF",
          at: assignment.column.position)
      }
    }
    let visible = scopes
    scopes = [Scope(.values)]
    let type = table.columns[first].type
    var ends: [String] = []
    for expression in [clause.from, clause.to] {
      ends.append(text(try coerce(try bind(expression), to: type, .assignment)))
    }
    scopes = visible
    let begin = text(use(ColumnPlace(relation: own, column: first), level: 0, at: 0))
    let end = text(use(ColumnPlace(relation: own, column: last), level: 0, at: 0))
    values[first] = "max(\(begin), \(ends[0]))"
    values[last] = "min(\(end), \(ends[1]))"
    return BoundPortion(
      condition:
        "\(begin) < \(ends[1]) AND \(end) > \(ends[0]) AND kb_portion(\(ends[0]), \(ends[1]))",
      columns: (first, last), ends: ends)
  }
}

extension Table {
  /// The period with its columns, if there is one.
  var periodText: String? {
    period.map { period in
      let ends = [period.from, period.to].map { columns[position(of: $0)].name }
      return "\(period.name) (\(ends.joined(separator: ", ")))"
    }
  }

  /// The period of a name.
  func period(named name: Name) throws(SQLError) -> Period {
    if let period, period.name == name.text { return period }
    throw SQLError(
      .undefinedObject, "table \"\(self.name)\" has no period \"\(name.text)\"",
      at: name.position, hint: period.map { "its period is \"\($0.name)\"" })
  }
}
