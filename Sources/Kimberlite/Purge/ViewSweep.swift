// SPDX-License-Identifier: Apache-2.0
// What is erased leaves the view: rows, index entries, free pages and the write-ahead log.

internal import CSQLite
internal import Glibc
internal import KimberliteCore

extension View {
  /// Takes what a plan erases out of the view, durably.
  func sweep(_ plan: PurgePlan) throws(DatabaseError) {
    let eraser = ViewEraser(view: self)
    do throws(SQLiteError) {
      try begin()
      switch plan.scope {
      case .all, .superseded:
        for (table, versions) in plan.versions { _ = try eraser.erase(versions, of: table) }
        try eraser.erase(plan.traces, of: plan.object)
        for key in plan.subjectKeys { try subjects.forget(key) }
      case .personal:
        for (table, versions) in plan.versions { _ = try eraser.erasePersonal(versions, of: table) }
      case .events:
        let places = plan.erasures.runs.flatMap { run in
          run.events.map { EventPlace(offset: run.offset, place: $0) }
        }
        try eraser.erase(places, of: plan.object)
      }
      try commit()
    } catch {
      rollback()
      throw DatabaseError(connection.sqlError(error))
    }
  }

  /// Writes every page of the view anew and empties its write-ahead log, so that no free space of
  /// either holds what rows were there.
  ///
  /// What SQLite copies the pages to meanwhile is a file without a name in `directory`, the log's;
  /// of an encrypted view it is memory, for SQLite encrypts no temporary file.
  func compact(in directory: String) throws(DatabaseError) {
    do throws(SQLiteError) {
      if connection.pageKey == nil, let folder = strdup(directory) {
        kb_set_temporary_folder(folder)
        try connection.execute("PRAGMA temp_store = FILE")
      }
      try connection.execute("VACUUM; PRAGMA temp_store = MEMORY")
      let checkpoint = try connection.prepare("PRAGMA wal_checkpoint(TRUNCATE)")
      if try checkpoint.step(), checkpoint.integer(0) == 0 { return }
    } catch {
      if error.primary != SQLITE_BUSY { throw DatabaseError(connection.sqlError(error)) }
    }
    throw DatabaseError(
      .tryAgain, "a reader still sees what is erased; run kb-purge --resume once it has ended")
  }
}
