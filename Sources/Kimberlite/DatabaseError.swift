// SPDX-License-Identifier: Apache-2.0

public import KimberliteCore

/// What went wrong, for a program to branch on and a person to read.
public struct DatabaseError: Error, Sendable {
  /// What kind of failure it is; each maps onto one exit status of TOOLS.
  public enum Kind: Sendable, Equatable {
    /// The log is damaged: checked, and bad.
    case damaged
    /// Input or SQL that is wrong or breaks a constraint.
    case data
    /// No such log, or not a log.
    case noLog
    /// A bug of ours.
    case software
    /// The log or a file cannot be created.
    case cannotCreate
    /// Reading, writing or syncing failed.
    case io
    /// Locked by another writer, or `--expect` not met.
    case tryAgain
    /// A statement that this tool does not run.
    case usage
    /// A hold, a locked retention or an access rule forbids it, or a key is missing or wrong.
    case forbidden
    /// Keys or settings are not what they must be.
    case configuration
    /// Something that is needed outside the log cannot be had now.
    case unavailable
  }

  /// What kind it is.
  public var kind: Kind
  /// One line: lower case, no full stop, what failed first, the cause last.
  public var message: String
  /// What to do about it, where that is known.
  public var hint: String?
  /// The SQL error behind it, with position and SQLSTATE, where there is one.
  public var sql: SQLError?

  /// A failure with its message.
  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  /// An error of a statement.
  public init(_ sql: SQLError) {
    switch sql.state {
    case .internalError: kind = .software
    case .ioError, .diskFull: kind = .io
    case .lockNotAvailable, .queryCanceled, .outOfMemory: kind = .tryAgain
    case .dataCorrupted: kind = .damaged
    case .readOnlyStatement: kind = .usage
    case .insufficientPrivilege: kind = .forbidden
    default: kind = .data
    }
    self.message = sql.message
    hint = sql.hint
    self.sql = sql
  }
}

extension DatabaseError {
  /// An error of the log.
  package init(_ log: LogError) {
    message = log.message
    hint = log.hint
    switch log {
    case .damaged, .damagedSnapshot: kind = .damaged
    case .notALog, .tooNew: kind = .noLog
    case .locked, .unfinishedPurge: kind = .tryAgain
    case .io: kind = log.status == 66 ? .noLog : .io
    case .cannotCreate: kind = .cannotCreate
    case .tooLarge, .unfit, .notASnapshot: kind = .data
    case .keyNeeded, .setBack, .noSigningKey, .noSubjectKeys: kind = .forbidden
    case .notEncrypted: kind = .configuration
    }
  }
}

extension DatabaseError {
  package static func wrap<R: ~Copyable>(_ body: () throws(LogError) -> R) throws(DatabaseError)
    -> R
  {
    do throws(LogError) { return try body() } catch { throw DatabaseError(error) }
  }

  static func wrap<R: ~Copyable>(_ body: () throws(SQLError) -> R) throws(DatabaseError) -> R {
    do throws(SQLError) { return try body() } catch { throw DatabaseError(error) }
  }
}
