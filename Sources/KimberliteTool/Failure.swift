// SPDX-License-Identifier: Apache-2.0

public import Kimberlite
internal import KimberliteCore

/// How a tool ends when it does not end well: an exit status and what to say.
public struct Failure: Error {
  /// The exit statuses of all tools: sysexits.h, and 1 for "checked, and bad".
  public enum Status: Int32, Sendable {
    case bad = 1
    case usage = 64
    case data = 65
    case noInput = 66
    case unavailable = 69
    case software = 70
    case cannotCreate = 73
    case io = 74
    case tryAgain = 75
    case forbidden = 77
    case configuration = 78
  }

  /// The exit status.
  public var status: Status
  /// One line: lower case, no full stop, what failed first, the cause last.
  public var message: String
  /// What to do about it, where that is known.
  public var hint: String?
  /// Lines that show the place in a statement: the line and a caret.
  public var excerpt: String?

  /// A failure with what to say.
  public init(_ status: Status, _ message: String, hint: String? = nil) {
    self.status = status
    self.message = message
    self.hint = hint
  }

  /// What the library threw.
  ///
  /// `source`: the text of the statement, to show the place in it.
  public init(_ error: DatabaseError, in source: String? = nil) {
    status = Self.status(error.kind)
    message = error.message
    hint = error.hint
    guard let sql = error.sql, let source else {
      if let state = error.sql?.state { message += " (SQLSTATE \(state.code))" }
      return
    }
    var located = sql
    located.message = error.message
    located.hint = nil
    let lines = located.render(in: source).split(separator: "\n", omittingEmptySubsequences: false)
    message = String(lines[0])
    if lines.count > 1 { excerpt = lines.dropFirst().joined(separator: "\n") }
  }

  /// What the library threw about SQL of a file, in which `source` begins at `line`.
  ///
  /// The message begins with the place: `setup.sql:17:3: `.
  public init(_ error: DatabaseError, in source: String, of file: String, from line: Int = 1) {
    self.init(error, in: source)
    guard let position = error.sql?.position else { return }
    let place = SourceLocation(of: position, in: source)
    let suffix = " at line \(place.line), column \(place.column)"
    if message.hasSuffix(suffix) { message.removeLast(suffix.count) }
    message = "\(file):\(line + place.line - 1):\(place.column): \(message)"
  }

  /// What the log threw.
  public init(_ error: LogError) {
    status = Status(rawValue: error.status) ?? .software
    message = error.message
    hint = error.hint
  }

  private static func status(_ kind: DatabaseError.Kind) -> Status {
    switch kind {
    case .damaged: .bad
    case .data: .data
    case .noLog: .noInput
    case .software: .software
    case .cannotCreate: .cannotCreate
    case .io: .io
    case .tryAgain: .tryAgain
    case .usage: .usage
    case .forbidden: .forbidden
    case .configuration: .configuration
    case .unavailable: .unavailable
    }
  }
}
