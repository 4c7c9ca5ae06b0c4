// SPDX-License-Identifier: Apache-2.0
// Which key the events of a record are put under: a subject's own, drawn when it first appears. The
// record says so in an event of its own, under that very key.

internal import KimberliteCore

extension Writer {
  /// The file that the keys of subjects are in, or shall be; `nil` where no table has any.
  public func subjectKeyFile() throws(DatabaseError) -> String? {
    guard view.catalog.tables.contains(where: { $0.subject != nil }) else { return nil }
    return try DatabaseError.wrap { () throws(LogError) in try SubjectStore(of: log.logID).path }
  }

  /// Finds the keys of the subjects that a draft is about; those without one get one, and the
  /// draft an event that says so.
  func sealSubjects(of draft: RecordDraft) throws(DatabaseError) {
    if draft.subjects.isEmpty { return }
    var keys: [Subject: SubjectKey] = [:]
    var strangers: [Subject] = []
    var seen: Set<Subject> = []
    for (_, subject) in draft.subjects where seen.insert(subject).inserted {
      if let key = try key(of: subject) { keys[subject] = key } else { strangers.append(subject) }
    }
    if !strangers.isEmpty {
      // Durable before anything is under them.
      let made = try DatabaseError.wrap { () throws(LogError) in
        try SubjectStore(of: log.logID).makeKeys(strangers.count)
      }
      for (subject, key) in zip(strangers, made) {
        keys[subject] = key
        try introduce(subject, key, draft)
      }
    }
    draft.seals = draft.subjects.map { event, subject in
      guard let key = keys[subject] else { preconditionFailure("each subject has a key by now") }
      return EventSeal(event: event, key: key)
    }
  }

  /// The key of a subject; `nil` where it has none, or it was destroyed.
  private func key(of subject: Subject) throws(DatabaseError) -> SubjectKey? {
    let known: SubjectKeyID?
    do throws(SQLiteError) { known = try view.subjects.key(of: subject)?.id } catch {
      throw DatabaseError(view.connection.sqlError(error))
    }
    guard let known else { return nil }
    return try DatabaseError.wrap { () throws(LogError) in
      try SubjectStore(of: log.logID).key(known).map { SubjectKey(id: known, secret: $0) }
    }
  }

  private func introduce(
    _ subject: Subject, _ key: SubjectKey, _ draft: RecordDraft
  ) throws(DatabaseError) {
    let place = draft.count
    draft.events.appendSubject(subject.table, value: subject.value, key: key.id)
    try DatabaseError.wrap { () throws(SQLError) in _ = try draft.endEvent() }
    draft.mark(last: 1, as: subject)
    do throws(ApplyError) {
      try draft.withEvents(from: place) { (events, bytes) throws(ApplyError) in
        try view.apply(events, of: bytes, offset: nextOffset, place: place)
      }
    } catch { throw DatabaseError(view.sqlError(error)) }
  }
}

extension Table {
  /// Whose a row is; `nil` where its subject has no key of its own.
  func subject(of row: [Value]) -> Subject? {
    guard let subject else { return nil }
    let position = position(of: subject)
    return Subject(table: id, value: encoded(row[position], position))
  }
}
