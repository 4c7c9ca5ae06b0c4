// SPDX-License-Identifier: Apache-2.0
// What a purge of a stream is about, as a query.

extension Binder {
  /// The condition of a purge over a stream's events; yields their numbers.
  public func purgeEvents(of stream: Stream, where filter: Expression) throws(SQLError) -> QueryPlan
  {
    var binding = Binding(self)
    binding.scopes.append(Scope(.filter))
    let relation = binding.add(
      stream.name, .storage(from: "\"kb_stream\"(\(stream.id))", filter: nil),
      Binding.streamColumns)
    binding.scopes[0].relations = [relation]
    let condition = try binding.bindCondition(filter, "WHERE")
    try binding.requireNoParameters(in: "a purge", at: filter.position)
    let sequence = binding.text(
      binding.use(ColumnPlace(relation: relation, column: 0), level: 0, at: 0))
    return QueryPlan(
      sql: "SELECT \(sequence) FROM \(binding.relations[relation].sql) WHERE \(condition)",
      parameters: [], columns: [ResultColumn(name: "sequence", type: .bigint)])
  }
}
