// SPDX-License-Identifier: Apache-2.0
// Whose key is whose, as a table of the view: what a writer encrypts a subject's next event with,
// and what a purge destroys.

internal import KimberliteCore

/// Somebody, or something, that rows of a table are about.
struct Subject: Hashable, Sendable {
  var table: ObjectID
  /// The value of the table's subject column, encoded; equal values alike.
  var value: [UInt8]
}

/// Notes subjects and their keys in the view.
final class SubjectWriter {
  private let insert: Prepared
  private let find: Prepared
  private let delete: Prepared

  init(_ connection: Connection) throws(SQLiteError) {
    insert = try connection.prepare(
      "INSERT OR REPLACE INTO kb_subjects VALUES (?1, ?2, ?3, ?4, ?5)", persistent: true)
    find = try connection.prepare(
      "SELECT key, offset, place FROM kb_subjects WHERE object = ?1 AND value = ?2",
      persistent: true)
    delete = try connection.prepare("DELETE FROM kb_subjects WHERE key = ?1", persistent: true)
  }

  /// Notes that a subject has a key, and which event says so.
  func add(_ subject: Subject, _ key: SubjectKeyID, _ event: EventPlace) throws(SQLiteError) {
    try insert.bind(1, Int64(subject.table))
    try insert.bind(2, blob: subject.value)
    try insert.bind(3, blob: key.bytes)
    try insert.bind(4, Int64(event.offset))
    try insert.bind(5, Int64(event.place))
    try insert.run()
  }

  /// The key of a subject, and the event that says so; `nil` where it has none.
  func key(of subject: Subject) throws(SQLiteError) -> (id: SubjectKeyID, event: EventPlace)? {
    defer { find.reset() }
    try find.bind(1, Int64(subject.table))
    try find.bind(2, blob: subject.value)
    guard try find.step() else { return nil }
    let key = find.blob(0)
    guard key.count == SubjectKeyID.byteCount else { throw Storage.contradiction }
    return (
      SubjectKeyID(key.span),
      EventPlace(offset: UInt64(find.integer(1)), place: Int(find.integer(2)))
    )
  }

  /// Forgets whose key one was that is destroyed.
  func forget(_ key: SubjectKeyID) throws(SQLiteError) {
    try delete.bind(1, blob: key.bytes)
    try delete.run()
  }
}

extension View {
  /// States, durably, that the view shows nothing of subjects whose keys were destroyed up to a
  /// generation of the store.
  func state(subjectGeneration generation: UInt64) throws(DatabaseError) {
    do throws(SQLiteError) {
      try begin()
      subjectGeneration = generation
      try commit()
    } catch { throw DatabaseError(connection.sqlError(error)) }
  }

  /// Whether no subject key was destroyed since a view was made or swept: a copy of a log comes
  /// with a copy of its view.
  ///
  /// Throws `forbidden` where the view is about subjects and their keys are not here.
  static func isSwept(_ connection: Connection, _ logID: LogID) throws(DatabaseError) -> Bool {
    let stated: Int64
    do throws(SQLiteError) {
      let state = try connection.prepare(
        "SELECT subjects FROM kb_state WHERE EXISTS (SELECT 1 FROM kb_subjects)")
      guard try state.step() else { return true }
      stated = state.integer(0)
    } catch { throw DatabaseError(connection.sqlError(error)) }
    return try DatabaseError.wrap { () throws(LogError) in
      let store = try SubjectStore(of: logID)
      guard let generation = try store.generation() else { throw store.missing }
      return generation <= UInt64(clamping: stated)
    }
  }
}

extension SubjectStore {
  /// The generation of a log's store; 0 where it has none, or none that can be read: then nothing
  /// under its keys can be either.
  static func generation(of logID: LogID) -> UInt64 {
    do throws(LogError) { return try SubjectStore(of: logID).generation() ?? 0 } catch { return 0 }
  }
}
