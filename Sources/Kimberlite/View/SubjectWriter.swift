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
///
/// A key is retired when its destruction is ordered: what is said of the subject from then on is
/// under another, for it is in no order.
final class SubjectWriter {
  private let retireOthers: Prepared
  private let insert: Prepared
  private let find: Prepared
  private let retire: Prepared
  private let delete: Prepared
  private let newest: Prepared

  init(_ connection: Connection) throws(SQLiteError) {
    retireOthers = try connection.prepare(
      "UPDATE kb_subjects SET retired = 1 WHERE object = ?1 AND value = ?2", persistent: true)
    insert = try connection.prepare(
      "INSERT OR REPLACE INTO kb_subjects VALUES (?1, ?2, ?3, ?4, ?5, 0)", persistent: true)
    find = try connection.prepare(
      "SELECT key FROM kb_subjects WHERE object = ?1 AND value = ?2 AND retired = 0",
      persistent: true)
    retire = try connection.prepare(
      "UPDATE kb_subjects SET retired = 1 WHERE key = ?1", persistent: true)
    delete = try connection.prepare("DELETE FROM kb_subjects WHERE key = ?1", persistent: true)
    newest = try connection.prepare("SELECT max(key) FROM kb_subjects", persistent: true)
  }

  /// Notes that a subject has a key, which the others of it are retired for, and which event says
  /// so.
  func add(_ subject: Subject, _ key: SubjectKeyID, _ event: EventPlace) throws(SQLiteError) {
    for statement in [retireOthers, insert] {
      try statement.bind(1, Int64(subject.table))
      try statement.bind(2, blob: subject.value)
    }
    try retireOthers.run()
    try insert.bind(3, blob: key.bytes)
    try insert.bind(4, Int64(event.offset))
    try insert.bind(5, Int64(event.place))
    try insert.run()
  }

  /// The key that what is said of a subject goes under; `nil` where it has none.
  func key(of subject: Subject) throws(SQLiteError) -> SubjectKeyID? {
    defer { find.reset() }
    try find.bind(1, Int64(subject.table))
    try find.bind(2, blob: subject.value)
    return try find.step() ? Self.id(find.blob(0)) : nil
  }

  /// Has nothing more go under a key.
  func retire(_ key: SubjectKeyID) throws(SQLiteError) {
    try retire.bind(1, blob: key.bytes)
    try retire.run()
  }

  /// Forgets whose key one was that is destroyed.
  func forget(_ key: SubjectKeyID) throws(SQLiteError) {
    try delete.bind(1, blob: key.bytes)
    try delete.run()
  }

  /// The newest slot of the store that is known; `nil` where none is.
  func newestSlot() throws(SQLiteError) -> UInt64? {
    defer { newest.reset() }
    guard try newest.step(), !newest.isNull(0) else { return nil }
    return try Self.id(newest.blob(0)).slot
  }

  /// The id that the view has as bytes.
  static func id(_ bytes: [UInt8]) throws(SQLiteError) -> SubjectKeyID {
    guard bytes.count == SubjectKeyID.byteCount else { throw Storage.contradiction }
    return SubjectKeyID(bytes.span)
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
