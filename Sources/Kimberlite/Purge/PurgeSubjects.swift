// SPDX-License-Identifier: Apache-2.0
// Subjects of whom a purge would leave nothing: their keys go too, and with them what of theirs is
// in copies that no purge reaches.

internal import KimberliteCore

extension PurgePlanner {
  /// The keys of the subjects all of whose rows are among some keys of a table, and the events that
  /// introduce them.
  func subjects(of keys: KeySet) throws(DatabaseError) -> [(id: SubjectKeyID, event: EventPlace)] {
    guard let id = keys.table.subject else { return [] }
    let position = keys.table.position(of: id)
    do throws(SQLiteError) {
      let writer = try SubjectWriter(connection)
      let find = try connection.prepare(keys.subjectsOnlyHere(position))
      var found: [(id: SubjectKeyID, event: EventPlace)] = []
      while try find.step() {
        let subject = Subject(
          table: keys.table.id, value: keys.table.encoded(find.value(0), position))
        if let key = try writer.key(of: subject) { found.append(key) }
      }
      return found.sorted { $0.event < $1.event }
    } catch { throw DatabaseError(connection.sqlError(error)) }
  }
}

extension KeySet {
  /// The values of a column in versions of the rows which no version of another row has, whether
  /// or not a view showed it.
  fileprivate func subjectsOnlyHere(_ position: Int) -> String {
    let column = Storage.quote(table.columns[position].storageName)
    let isHere = table.keyColumns.enumerated().map { index, column in
      "\(Self.key).k\(index) = o.\(Storage.quote(table.columns[column].storageName))"
    }.joined(separator: " AND ")
    let key = "(SELECT 1 FROM \(name) AS \(Self.key) WHERE \(isHere))"
    return """
      SELECT \(Self.version).\(column) FROM \(name) AS \(Self.key), \(versions)
      UNION SELECT o.\(column) FROM \(passing) AS o WHERE EXISTS \(key)
      EXCEPT SELECT o.\(column) FROM \(Storage.quote(table.storageName)) AS o WHERE NOT EXISTS \(key)
      EXCEPT SELECT o.\(column) FROM \(passing) AS o WHERE NOT EXISTS \(key)
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
