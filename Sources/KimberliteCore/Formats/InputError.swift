// SPDX-License-Identifier: Apache-2.0

/// What is wrong with a line of input, and where.
public struct InputError: Error, Equatable, Sendable {
  /// The SQLSTATE that says this.
  public var state: SQLError.State
  /// Byte of the line, from 1.
  public var column: Int
  /// The table's column at fault, where it is one.
  public var name: String?
  /// `column "dob": "31/02/1980" is not a DATE (want YYYY-MM-DD)`.
  public var message: String
  /// What to do about it, where we know: `did you mean "dob"?`.
  public var hint: String?

  /// An error of known parts.
  public init(
    _ state: SQLError.State = .invalidText, column: Int, name: String? = nil, _ message: String,
    hint: String? = nil
  ) {
    self.state = state
    self.column = column
    self.name = name
    self.message = message
    self.hint = hint
  }
}
