// SPDX-License-Identifier: Apache-2.0
// What a purge is about, as queries: the keys of a table's rows, or the numbers of a stream's
// events, of which any version meets a condition.

extension Binder {
  /// The condition of a purge over all versions of a table's rows.
  ///
  /// Yields the key columns of each row once, in key order, whether it is live or not.
  public func purgeKeys(of table: Table, where filter: Expression) throws(SQLError) -> QueryPlan {
    let source = Relation.Source.storage(from: SQLText.name(table.storageName), filter: nil)
    let key = table.keyColumns
    return try purgeQuery(
      table.name, source, Binding.columns(of: table), filter, outputs: key,
      types: key.map { table.columns[$0].type })
  }

  /// The condition of a purge over a stream's events; yields their numbers.
  public func purgeEvents(of stream: Stream, where filter: Expression) throws(SQLError) -> QueryPlan
  {
    try purgeQuery(
      stream.name, .storage(from: "\"kb_stream\"(\(stream.id))", filter: nil),
      Binding.streamColumns, filter, outputs: [0], types: [.bigint])
  }

  private func purgeQuery(
    _ name: String, _ source: Relation.Source, _ columns: [RelationColumn], _ filter: Expression,
    outputs: [Int], types: [SQLType]
  ) throws(SQLError) -> QueryPlan {
    var binding = Binding(self)
    binding.scopes.append(Scope(.filter))
    let relation = binding.add(name, source, columns)
    binding.scopes[0].relations = [relation]
    let condition = try binding.bindCondition(filter, "WHERE")
    if let slot = binding.parameterSlots.first {
      throw SQLError(
        .undefinedParameter, "there is no parameter \(slot.name) in a purge", at: filter.position)
    }
    let texts = outputs.map {
      binding.text(binding.use(ColumnPlace(relation: relation, column: $0), level: 0, at: 0))
    }
    return QueryPlan(
      sql: """
        SELECT DISTINCT \(texts.joined(separator: ", ")) FROM \(binding.relations[relation].sql)
        WHERE \(condition)
        """,
      parameters: [],
      columns: zip(outputs, types).map { ResultColumn(name: columns[$0].name, type: $1) })
  }
}
