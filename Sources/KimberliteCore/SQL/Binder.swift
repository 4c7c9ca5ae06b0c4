// SPDX-License-Identifier: Apache-2.0
// The binder: a syntax tree and a catalog in, a plan out. Resolves every name, gives every
// expression a type, applies time travel, and writes the SQLite text that does it.

/// Binds statements against the catalog of one moment.
public struct Binder: Sendable {
  var catalog: Catalog
  let timeline: Timeline
  let moment: UInt64?
  let nextOffset: UInt64
  let parameters: [String: SQLType]
  let parameterTexts: [String: String?]
  /// Whether a query gets hidden outputs that say which events its rows came from.
  let proofs: RowProofs
  /// What parts of a statement's WITH have given, for those behind them.
  var commonTables: [CommonTableBinding] = []

  /// A binder.
  ///
  /// - `catalog`: the one after the record at `moment`, or the newest.
  /// - `moment`: the offset that table references without a time clause read; `nil`: the present.
  /// - `nextOffset`: the offset that the record of a schema change will have.
  /// - `parameters`: types that the caller declared for parameters.
  /// - `parameterTexts`: the values of parameters, which time clauses need when bound.
  /// - `proofs`: whether a query has rows that come from one row of each table, and says which.
  public init(
    catalog: Catalog, timeline: Timeline, moment: UInt64? = nil, nextOffset: UInt64 = 0,
    parameters: [String: SQLType]? = nil, parameterTexts: [String: String?] = [:],
    proofs: RowProofs = .none
  ) {
    self.catalog = catalog
    self.timeline = timeline
    self.moment = moment
    self.nextOffset = nextOffset
    self.parameters = parameters ?? [:]
    self.parameterTexts = parameterTexts
    self.proofs = proofs
  }

  /// The plan of a statement.
  ///
  /// Throws what is wrong with it, with the place.
  public func bind(_ statement: Statement) throws(SQLError) -> Plan {
    switch statement {
    case .select(let query): return .query(try bindTop(query))
    case .explain(let statement): return .explain(try bind(statement).finding)
    case .insert(let statement): return .insert(try plan(statement))
    case .update(let statement): return .update(try plan(statement))
    case .delete(let statement): return .delete(try plan(statement))
    case .merge(let statement): return .merge(try plan(statement))
    case .with(let statement): return try plan(statement)
    case .createTable(let statement): return .schema(try plan(statement))
    case .createIndex(let statement): return .schema(changes: try plan(statement))
    case .createStream(let name, let ifNotExists):
      return .schema(changes: try planCreateStream(name, ifNotExists: ifNotExists))
    case .createView(let statement): return .schema(changes: try plan(statement))
    case .createSequence(let statement): return .schema(changes: try plan(statement))
    case .alterSequence(let statement): return .schema(try plan(statement))
    case .rename(let statement): return .schema(changes: try plan(statement))
    case .comment(let statement): return .schema(changes: try plan(statement))
    case .drop(let statement): return .schema(changes: try plan(statement))
    case .alterTable(let statement): return .schema(try plan(statement))
    case .createHold(let statement): return .schema(changes: try plan(statement))
    case .releaseHold(let matter, let table):
      return .schema(changes: try planRelease(matter, on: table))
    case .alterLog(let statement): return .schema(changes: try plan(statement))
    case .transaction(let statement): return .transaction(statement)
    case .prepare(let prepare): throw Self.withoutSession("PREPARE", at: prepare.name.position)
    case .execute(let execute): throw Self.withoutSession("EXECUTE", at: execute.name.position)
    case .deallocate(let name): throw Self.withoutSession("DEALLOCATE", at: name?.position)
    }
  }

  private static func withoutSession(_ what: String, at position: Int?) -> SQLError {
    SQLError(.featureNotSupported, "\(what) is not supported without a session", at: position)
  }

  func bindTop(_ query: Query) throws(SQLError) -> QueryPlan {
    var binding = Binding(self)
    try binding.checkProvable(query)
    let bound = try binding.bind(query)
    let shown = bound.columns.prefix(binding.proven.first?.output ?? bound.columns.count)
    var plan = QueryPlan(
      sql: binding.hint + bound.sql, parameters: binding.parameterSlots,
      columns: shown.map { ResultColumn(name: $0.name, type: $0.type) })
    plan.proven = binding.proven
    plan.unproven = binding.unproven
    plan.tables = binding.tables
    plan.sources = binding.sources
    plan.reach = binding.clauseReach
    plan.movesSequences = binding.movesSequences
    return plan
  }
}

/// The state of binding one program: relations, scopes and parameters met so far.
struct Binding {
  let binder: Binder
  var relations: [Relation] = []
  var scopes: [Scope] = []
  var commonTables: [CommonTableBinding] = []
  /// The tables of the outermost select, where its rows are to be proven.
  var proven: [ProvenTable] = []
  /// Why its rows have no event of their own, where they should be proven if they had.
  var unproven: String?
  /// The tables met so far, each once, in order.
  private(set) var tables: [String] = []
  /// The tables and streams met so far, each once for every moment.
  private(set) var sources: [ObjectMoment] = []
  /// The last record that time clauses met so far reach to.
  private(set) var clauseReach: UInt64?
  private(set) var slots: [(name: String, type: SQLType?)] = []
  /// The left operand of the operator that is being bound, where it is bound already.
  var boundLeft: (position: Int, bound: Bound)?
  /// Inputs of a row program, which take the first numbers.
  let inputCount: Int
  var depth = 0
  /// Queries around what is being bound, and itself.
  var queryDepth = 0
  /// The lateral queries that are being bound, the outermost first.
  var captures: [Capture] = []
  /// Whether equal values that are compared may be spelt in several ways.
  var comparesSpellings = false
  /// What SQLite has to know before the statement.
  var hint: String { comparesSpellings ? SQLText.noBloomFilters : "" }
  /// Numbers our names of common tables and wrapped queries.
  var serial = 0
  /// What is read where no time clause says so: a derived table or view has one.
  var inheritedReach: Reach?
  /// Views around what is being bound.
  var viewDepth = 0
  /// How many times views were expanded.
  var viewCount = 0
  /// What is named outside of views, by the schema of the present.
  var uses: [SchemaUse] = []
  /// Whether it takes values of sequences, or sets them.
  var movesSequences = false
  /// The functions that were called.
  var calls: Set<String> = []
  /// What `*` stands for, where a view is made; `nil` where nobody asks.
  var stars: [StarExpansion]?

  init(_ binder: Binder, inputCount: Int = 0) {
    self.binder = binder
    self.inputCount = inputCount
    commonTables = binder.commonTables
  }

  /// The parameters in the order of their numbers; a type that no use asked for is TEXT.
  var parameterSlots: [ParameterSlot] {
    slots.map { ParameterSlot(name: $0.name, type: $0.type ?? .text) }
  }

  /// Refuses parameters where nobody gives them values: `what` is a schema, or a purge.
  func requireNoParameters(in what: String, at position: Int) throws(SQLError) {
    if let slot = slots.first {
      throw SQLError(
        .undefinedParameter, "there is no parameter \(slot.name) in \(what)", at: position)
    }
  }

  /// Notes that a table is read.
  mutating func note(_ table: String) {
    if !tables.contains(table) { tables.append(table) }
  }

  /// Notes that a table or stream is read by the schema of what is reached.
  mutating func note(_ object: ObjectID, _ reach: Reach) {
    // A log without a record has no table.
    guard let offset = reach.catalogOffset ?? binder.moment ?? binder.timeline.newest else {
      return
    }
    let source = ObjectMoment(object, offset)
    if !sources.contains(source) { sources.append(source) }
  }

  /// Notes how far a time clause of the query's own reaches.
  mutating func note(clause reach: Reach) {
    let last: UInt64? =
      switch reach {
      case .present: nil
      case .at(let offset): offset
      case .range(_, let last): UInt64(exactly: last)
      case .all: binder.timeline.newest
      }
    guard let last else { return }
    clauseReach = max(clauseReach ?? 0, last)
  }

  /// A use of a parameter.
  mutating func parameter(_ name: String, at position: Int) -> Bound {
    let slot: Int
    if let known = slots.firstIndex(where: { $0.name == name }) {
      slot = known
    } else {
      slot = slots.count
      slots.append((name, binder.parameters[name]))
    }
    guard let type = slots[slot].type else {
      return Bound(untyped: .parameter(slot), at: position)
    }
    return Bound(placeholder(slot), type, at: position)
  }

  /// SQLite's name of a parameter.
  func placeholder(_ slot: Int) -> String { "?\(inputCount + slot + 1)" }

  /// Gives a parameter the type of its context; the first use decides.
  mutating func settle(_ slot: Int, as type: SQLType) -> SQLType {
    if let known = slots[slot].type { return known }
    slots[slot].type = type
    return type
  }

  /// Runs `body` one level deeper.
  mutating func enter(at position: Int) throws(SQLError) {
    depth += 1
    if depth > 2 * Limits.sqlDepthMax {
      throw SQLError(.statementTooComplex, "the statement is nested too deeply", at: position)
    }
  }

  mutating func leave() { depth -= 1 }
}
