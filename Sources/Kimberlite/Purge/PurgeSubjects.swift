// SPDX-License-Identifier: Apache-2.0
// Subjects of whom a purge would leave nothing: their keys go too, and with them what of theirs is
// in copies that no purge reaches.

internal import KimberliteCore

extension PurgePlanner {
  /// The keys of the subjects of a table of whom nothing is left without what a purge takes of some
  /// rows, and the events that introduce them; ascending.
  ///
  /// Also of those of whom nothing was left before: the last rows of one may have gone by two
  /// purges, each of which saw the other's.
  func subjects(
    of keys: KeySet, _ scope: PurgeScope
  ) throws(DatabaseError) -> [(id: SubjectKeyID, event: EventPlace)] {
    guard let id = keys.table.subject, scope == .all || scope == .superseded else { return [] }
    let column = keys.table.columns[keys.table.position(of: id)]
    do throws(SQLiteError) {
      let remains = try connection.prepare(keys.remains(of: column, scope))
      let all = try connection.prepare(
        "SELECT value, key, offset, place FROM kb_subjects WHERE object = ?1")
      try all.bind(1, Int64(keys.table.id))
      var found: [(id: SubjectKeyID, event: EventPlace)] = []
      while try all.step() {
        let bytes = all.blob(0)
        var reader = CBORReader(bytes.span)
        guard let value = try? reader.readValue(as: column.type) else {
          throw Storage.contradiction
        }
        defer { remains.reset() }
        try remains.bind(1, value)
        guard try remains.step() else { throw Storage.contradiction }
        if remains.integer(0) == 0 {
          let event = EventPlace(offset: UInt64(all.integer(2)), place: Int(all.integer(3)))
          found.append((try SubjectWriter.id(all.blob(1)), event))
        }
      }
      return found.sorted { $0.event < $1.event }
    } catch { throw DatabaseError(connection.sqlError(error)) }
  }
}

extension KeySet {
  /// Whether a version with the value `?1` in a column stays, which a view showed or none ever did.
  fileprivate func remains(of column: Column, _ scope: PurgeScope) -> String {
    let name = "o.\(Storage.quote(column.storageName))"
    let same = table.keyColumns.enumerated().map { index, column in
      "\(Self.key).k\(index) = o.\(Storage.quote(table.columns[column].storageName))"
    }.joined(separator: " AND ")
    let stays = "NOT EXISTS (SELECT 1 FROM \(self.name) AS \(Self.key) WHERE \(same))"
    let staysInView = scope == .superseded ? "(\(stays) OR o._live = 1)" : stays
    return """
      SELECT EXISTS (SELECT 1 FROM \(Storage.quote(table.storageName)) AS o
        WHERE \(name) = ?1 AND \(staysInView))
      OR EXISTS (SELECT 1 FROM \(passing) AS o WHERE \(name) = ?1 AND \(stays))
      """
  }
}

extension Erasures {
  /// Single events, in whatever order.
  init(of places: [EventPlace]) {
    self.init()
    for event in places.sorted() { append(event.place, of: event.offset) }
  }
}
