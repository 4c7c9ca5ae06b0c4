// SPDX-License-Identifier: Apache-2.0
// Why there is no table of a name at the moment that is asked about: not yet, no longer, under
// another name. What the past knows is said, and what to ask instead.

extension Binding {
  /// A table or stream that has, or had, the name that is asked for.
  private struct Bearer {
    var noun: String
    var createdAt: UInt64
    /// The record that dropped it.
    var droppedAt: UInt64?
    /// What it was called at the moment that is asked about, if it was there.
    var nameThen: String?
  }

  /// What to say of a name that nothing has in the catalog that `reach` reads by.
  func missing(_ name: Name, in catalog: Catalog, _ reach: Reach) throws(SQLError) -> SQLError {
    let asked = reach.catalogOffset ?? binder.moment
    let bearers = try bearers(of: name.text, in: catalog)
    let moment = asked ?? binder.timeline.newest ?? 0
    let later = bearers.filter { $0.createdAt > moment }.min { $0.createdAt < $1.createdAt }
    let gone = bearers.filter { ($0.droppedAt ?? .max) <= moment }
      .max { ($0.droppedAt ?? 0) < ($1.droppedAt ?? 0) }
    if let asked, let later {
      let before = gone?.droppedAt.map { "was dropped at offset \($0) and created again" }
      return SQLError(
        .undefinedTable,
        "\(later.noun) \"\(name.text)\" did not exist at offset \(asked); "
          + "it \(before ?? "was created") at offset \(later.createdAt)", at: name.position)
    }
    if let asked, let then = bearers.compactMap(\.nameThen).first {
      return SQLError(
        .undefinedTable, "no table was named \"\(name.text)\" at offset \(asked)",
        at: name.position, hint: "it was named \"\(then)\" then")
    }
    if let gone, let droppedAt = gone.droppedAt {
      let verb = asked.map { "did not exist at offset \($0)" } ?? "does not exist"
      return SQLError(
        .undefinedTable,
        "\(gone.noun) \"\(name.text)\" \(verb); it was dropped at offset \(droppedAt)",
        at: name.position,
        hint: "its past is still there: AS OF OFFSET \(droppedAt - min(1, droppedAt))")
    }
    let place = asked.map { " at offset \($0)" } ?? ""
    let renamed = try nameNow(ofTableOnceNamed: name.text, in: catalog)
      .map { "it was renamed \"\($0)\"" }
    return SQLError(
      .undefinedTable, "table \"\(name.text)\" does not exist\(place)", at: name.position,
      hint: renamed
        ?? nearestHint(
          to: name.text, among: catalog.relationNames))
  }

  private func bearers(of name: String, in catalog: Catalog) throws(SQLError) -> [Bearer] {
    guard let newest = binder.timeline.newest else { return [] }
    let now = try binder.timeline.catalog(newest)
    var bearers: [Bearer] = []
    for table in now.tables + now.droppedTables where table.name == name {
      let id = table.id
      bearers.append(
        Bearer(
          noun: "table", createdAt: table.createdAt,
          droppedAt: try end(from: table.createdAt, newest) { $0.table(id) == nil },
          nameThen: catalog.table(id)?.name))
    }
    for stream in now.streams + now.droppedStreams where stream.name == name {
      let id = stream.id
      bearers.append(
        Bearer(
          noun: "stream", createdAt: stream.createdAt,
          droppedAt: try end(from: stream.createdAt, newest) { $0.stream(id) == nil }))
    }
    if let view = now.view(named: name) {
      bearers.append(Bearer(noun: "view", createdAt: view.createdAt))
    }
    return bearers
  }

  /// The first record after which something is so for good; `nil` where it is not.
  private func end(
    from first: UInt64, _ last: UInt64, _ isSo: (Catalog) -> Bool
  ) throws(SQLError) -> UInt64? {
    guard isSo(try binder.timeline.catalog(last)) else { return nil }
    var (low, high) = (first, last)
    while low < high {
      let middle = low + (high - low) / 2
      if isSo(try binder.timeline.catalog(middle)) { high = middle } else { low = middle + 1 }
    }
    return high
  }

  /// Of more tables than these it is not asked what they were once called: each costs a fold.
  private static var renamedMax: Int { 64 }

  /// The name of a table that was created under another.
  private func nameNow(ofTableOnceNamed name: String, in catalog: Catalog) throws(SQLError)
    -> String?
  {
    guard let newest = binder.timeline.newest, catalog.tables.count <= Self.renamedMax else {
      return nil
    }
    for table in catalog.tables where table.createdAt <= newest {
      let first = try binder.timeline.catalog(table.createdAt)
      if first.table(table.id)?.name == name { return table.name }
    }
    return nil
  }
}
