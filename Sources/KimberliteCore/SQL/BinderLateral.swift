// SPDX-License-Identifier: Apache-2.0
// LATERAL: SQLite lets no query in FROM see its neighbours, but a table-valued function may take
// their columns. `kb_lateral` runs a query of its own for each row: what the query needs of the
// tables around it are its parameters.

/// What a lateral query takes from outside of it.
struct Capture {
  /// Scopes below are outside.
  var boundary: Int
  /// Common tables before it are outside.
  var commonCount: Int
  /// The number of its first parameter, less one: one number means one value, however deep.
  var base: Int
  /// What is taken, as text of the query around.
  var texts: [String] = []
  /// Whether it reads a common table from outside.
  var readsCommon = false

  /// Parameters of one lateral query at most.
  static let countMax = 90
  /// The highest number that a parameter of a statement can have is below.
  private static let first = 20_000

  init(boundary: Int, commonCount: Int, depth: Int) {
    self.boundary = boundary
    self.commonCount = commonCount
    base = Self.first + depth * Self.countMax
  }

  /// The parameter that stands for a text of the query around.
  mutating func parameter(_ text: String) -> String {
    if let known = texts.firstIndex(where: text.isIdentical) { return "?\(base + known + 1)" }
    texts.append(text)
    return "?\(base + texts.count)"
  }
}

extension Binding {
  /// Adds the relation of a lateral query beside the tables of `left`.
  mutating func bindLateral(_ query: Query, as name: String, beside left: Scope)
    throws(SQLError) -> Int
  {
    let depth = captures.count
    scopes.append(left)
    captures.append(
      Capture(boundary: scopes.count, commonCount: commonTables.count, depth: depth))
    let bound: BoundQuery
    do {
      defer { scopes.removeLast() }
      bound = try bind(query)
    }
    let capture = captures.removeLast()
    guard bound.columns.count <= LateralShape.columnsMax else {
      throw SQLError(
        .programLimit, "a LATERAL query has at most \(LateralShape.columnsMax) columns",
        at: query.position)
    }
    // Parameters of the statement keep their numbers inside.
    let slots = (0..<slots.count).map { inputCount + $0 + 1 }
    let numbers = slots + capture.texts.indices.map { capture.base + $0 + 1 }
    let values = slots.map { "?\($0)" } + capture.texts
    guard values.count <= LateralShape.argumentsMax else {
      throw SQLError(
        .programLimit,
        "a LATERAL query takes at most \(LateralShape.argumentsMax) columns and parameters "
          + "from outside", at: query.position)
    }
    var sql = bound.sql
    if capture.readsCommon {
      // What the shell has filled has no text of its own.
      let visible = commonTables[..<capture.commonCount].map(\.definition).filter { !$0.isEmpty }
      if !visible.isEmpty {
        sql = "WITH RECURSIVE \(visible.joined(separator: ", ")) SELECT * FROM (\(sql))"
      }
    }
    let list = [
      SQLText.literal(.text(sql)), SQLText.literal(.text(LateralShape.text(of: numbers))),
    ]
    let columns = bound.columns.map { column in
      RelationColumn(
        name: column.name, type: column.type, nullable: column.nullable, source: "")
    }
    return add(
      name, .function("kb_lateral(\((list + values).joined(separator: ", ")))"), columns)
  }

  /// The text of a column of a scope, which lateral queries in between take as a parameter.
  mutating func reached(_ sql: String, from level: Int) -> String {
    var sql = sql
    for index in captures.indices where level < captures[index].boundary {
      sql = captures[index].parameter(sql)
    }
    return sql
  }

  /// Notes that a common table is read: a lateral query has to bring it along.
  mutating func noteCommon(_ index: Int) {
    for capture in captures.indices where index < captures[capture].commonCount {
      captures[capture].readsCommon = true
    }
  }
}

/// The form of the table-valued function that runs lateral queries.
///
/// `kb_lateral(sql, numbers, value, …)`: the text of a query, the numbers of its parameters with
/// commas between, and their values.
public enum LateralShape {
  /// Outputs of a query: `c1`, `c2`, ….
  public static let columnsMax = 100
  /// Values that a query takes.
  public static let argumentsMax = Capture.countMax

  static func text(of numbers: [Int]) -> String {
    numbers.map(String.init).joined(separator: ",")
  }
}
