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
    var keys = try knownKeys(Set(draft.subjects.map(\.subject)))
    var strangers: [Subject] = []
    var seen: Set<Subject> = []
    for (_, subject) in draft.subjects where keys[subject] == nil {
      if seen.insert(subject).inserted { strangers.append(subject) }
    }
    if !strangers.isEmpty {
      let newest: UInt64?
      do throws(SQLiteError) { newest = try view.subjects.newestSlot() } catch {
        throw DatabaseError(view.connection.sqlError(error))
      }
      // Durable before anything is under them.
      let made = try DatabaseError.wrap { () throws(LogError) in
        try SubjectStore(of: log.logID).makeKeys(strangers.count, behind: newest)
      }
      for (subject, key) in zip(strangers, made) {
        keys[subject] = key
        try introduce(subject, key, draft)
      }
    }
    draft.seals = draft.subjects.sorted { $0.event < $1.event }.map { event, subject in
      guard let key = keys[subject] else { preconditionFailure("each subject has a key by now") }
      return EventSeal(event: event, key: key)
    }
  }

  /// The keys of those subjects that have one which is not destroyed.
  private func knownKeys(_ subjects: Set<Subject>) throws(DatabaseError) -> [Subject: SubjectKey] {
    var known: [(subject: Subject, id: SubjectKeyID)] = []
    do throws(SQLiteError) {
      for subject in subjects {
        if let id = try view.subjects.key(of: subject) { known.append((subject, id)) }
      }
    } catch { throw DatabaseError(view.connection.sqlError(error)) }
    if known.isEmpty { return [:] }
    let secrets = try DatabaseError.wrap { () throws(LogError) in
      try SubjectStore(of: log.logID).keys(known.map(\.id))
    }
    var keys: [Subject: SubjectKey] = [:]
    for ((subject, id), secret) in zip(known, secrets) {
      keys[subject] = secret.map { SubjectKey(id: id, secret: $0) }
    }
    return keys
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
