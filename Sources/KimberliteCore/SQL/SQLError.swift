// SPDX-License-Identifier: Apache-2.0

/// What is wrong with a statement, and where. Carries PostgreSQL's SQLSTATE.
public struct SQLError: Error, Equatable, Sendable {
  /// The five-character SQLSTATE of PostgreSQL's appendix A that says this.
  public struct State: Hashable, Sendable {
    public let code: String
    public init(_ code: String) { self.code = code }

    public static let syntaxError = State("42601")
    public static let nameTooLong = State("42622")
    public static let featureNotSupported = State("0A000")
    public static let undefinedTable = State("42P01")
    public static let undefinedColumn = State("42703")
    public static let undefinedFunction = State("42883")
    public static let undefinedParameter = State("42P02")
    public static let undefinedObject = State("42704")
    public static let duplicateTable = State("42P07")
    public static let duplicateColumn = State("42701")
    public static let duplicateAlias = State("42712")
    public static let duplicateObject = State("42710")
    public static let ambiguousColumn = State("42702")
    public static let datatypeMismatch = State("42804")
    public static let groupingError = State("42803")
    public static let invalidColumnReference = State("42P10")
    public static let invalidTableDefinition = State("42P16")
    public static let invalidForeignKey = State("42830")
    public static let reservedName = State("42939")
    public static let cannotCoerce = State("42846")
    public static let wrongObjectType = State("42809")
    public static let indeterminateType = State("42P18")
    public static let dependentObjects = State("2BP01")
    public static let invalidText = State("22P02")
    public static let invalidDatetime = State("22007")
    public static let datetimeOverflow = State("22008")
    public static let numericOutOfRange = State("22003")
    public static let divisionByZero = State("22012")
    public static let stringTooLong = State("22001")
    public static let invalidParameterValue = State("22023")
    public static let notNullViolation = State("23502")
    public static let foreignKeyViolation = State("23503")
    public static let uniqueViolation = State("23505")
    public static let checkViolation = State("23514")
    public static let cardinalityViolation = State("21000")
    public static let readOnlyStatement = State("25006")
    public static let activeTransaction = State("25001")
    public static let noActiveTransaction = State("25P01")
    public static let snapshotOutOfRange = State("72000")
    public static let statementTooComplex = State("54001")
    public static let programLimit = State("54000")
    public static let internalError = State("XX000")
    public static let queryCanceled = State("57014")
    public static let ioError = State("58030")
    public static let diskFull = State("53100")
    public static let lockNotAvailable = State("55P03")
    public static let dataCorrupted = State("XX001")
  }

  public var state: State
  /// Lower case, no full stop: `column "dbo" does not exist`.
  public var message: String
  /// Byte offset (UTF-8) into the statement's source text, where known.
  public var position: Int?
  /// What to do about it, where we know: `did you mean "dob"?`.
  public var hint: String?

  public init(_ state: State, _ message: String, at position: Int? = nil, hint: String? = nil) {
    self.state = state
    self.message = message
    self.position = position
    self.hint = hint
  }
}
