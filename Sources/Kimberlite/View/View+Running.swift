// SPDX-License-Identifier: Apache-2.0
// From SQLite's errors to ours.

internal import CSQLite
internal import KimberliteCore

extension View {
  /// Runs a piece of a user's statement; what SQLite refuses becomes an SQL error.
  func run<R>(_ body: () throws(SQLiteError) -> R) throws(SQLError) -> R {
    do throws(SQLiteError) { return try body() } catch { throw connection.sqlError(error) }
  }
}

extension Connection {
  /// Whether a message is of FTS5 about the query that it was given.
  private static func isOfMatch(_ message: String) -> Bool {
    [
      "fts5: ", "no such column: ", "unterminated string", "unknown special query: ",
      "expected integer, got ",
    ].contains(where: message.hasPrefix)
  }

  /// What an error of a running statement means to whoever wrote it.
  func sqlError(_ error: SQLiteError) -> SQLError {
    if let reason = functionError {
      functionError = nil
      return reason
    }
    switch error.primary {
    case SQLITE_INTERRUPT: return SQLError(.queryCanceled, "canceled")
    case SQLITE_NOMEM:
      return SQLError(
        .outOfMemory, "out of memory: the query needs more than it may have",
        hint: "give it more with --memory, or ask for less at once")
    case SQLITE_TOOBIG: return SQLError(.programLimit, "a value is too large")
    case SQLITE_ERROR where error.message == "integer overflow":
      return SQLError(.numericOutOfRange, "bigint out of range")
    // An offset that a parameter gives.
    case SQLITE_ERROR where error.message.hasPrefix("frame "):
      return SQLError(.invalidFrameSize, error.message)
    case SQLITE_ERROR where error.message.hasPrefix("recursive "):
      return SQLError(.invalidRecursion, "a recursive term cannot aggregate or number its rows")
    // The binder names no column that is not there: this is the query of a MATCH.
    case SQLITE_ERROR where Self.isOfMatch(error.message):
      let reason =
        error.message.hasPrefix("fts5: ") ? error.message.dropFirst(6) : error.message[...]
      return SQLError(.syntaxError, "the query of MATCH cannot be read: \(reason)")
    // SQLite's own limits on what it takes in one statement.
    case SQLITE_ERROR
    where error.message == "parser stack overflow" || error.message.hasPrefix("too many ")
      || error.message.hasPrefix("Expression tree is too large")
      || error.message.hasPrefix("at most "):
      return SQLError(
        .statementTooComplex, "the statement is too complex: \(error.message)",
        hint: "split it, or put parts of it into WITH")
    case SQLITE_FULL:
      return SQLError(.diskFull, "cannot write the view: No space left on device")
    case SQLITE_IOERR: return SQLError(.ioError, "cannot read or write the view: \(error.message)")
    case SQLITE_BUSY, SQLITE_LOCKED: return SQLError(.lockNotAvailable, "the view is locked")
    case SQLITE_CORRUPT, SQLITE_NOTADB:
      return SQLError(
        .dataCorrupted, "the view is damaged: \(error.message)",
        hint: "delete the files view.sqlite* of the log; the next tool rebuilds it")
    default: return SQLError(.internalError, "the view refuses: \(error.message)")
    }
  }
}
