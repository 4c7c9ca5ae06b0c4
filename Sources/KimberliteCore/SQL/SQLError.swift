// SPDX-License-Identifier: Apache-2.0

/// What is wrong with a statement, and where.
///
/// Carries PostgreSQL's SQLSTATE.
public struct SQLError: Error, Equatable, Sendable {
  /// The five-character SQLSTATE of PostgreSQL's appendix A that says this.
  public struct State: Hashable, Sendable {
    /// The five characters.
    public let code: String
    /// A state of known parts.
    public init(_ code: String) { self.code = code }

    /// Insufficient privilege: a hold, a locked retention or an access rule forbids it.
    public static let insufficientPrivilege = State("42501")
    /// Invalid schema name.
    public static let invalidSchemaName = State("3F000")
    /// Syntax error.
    public static let syntaxError = State("42601")
    /// Name too long.
    public static let nameTooLong = State("42622")
    /// Feature not supported.
    public static let featureNotSupported = State("0A000")
    /// Undefined table.
    public static let undefinedTable = State("42P01")
    /// Undefined column.
    public static let undefinedColumn = State("42703")
    /// Undefined function.
    public static let undefinedFunction = State("42883")
    /// Undefined parameter.
    public static let undefinedParameter = State("42P02")
    /// Undefined object.
    public static let undefinedObject = State("42704")
    /// Duplicate table.
    public static let duplicateTable = State("42P07")
    /// Duplicate column.
    public static let duplicateColumn = State("42701")
    /// Duplicate alias.
    public static let duplicateAlias = State("42712")
    /// Duplicate object.
    public static let duplicateObject = State("42710")
    /// Ambiguous column.
    public static let ambiguousColumn = State("42702")
    /// Datatype mismatch.
    public static let datatypeMismatch = State("42804")
    /// Grouping error.
    public static let groupingError = State("42803")
    /// Windowing error.
    public static let windowingError = State("42P20")
    /// Invalid size of a preceding or following frame.
    public static let invalidFrameSize = State("22013")
    /// Invalid column reference.
    public static let invalidColumnReference = State("42P10")
    /// Invalid recursion.
    public static let invalidRecursion = State("42P19")
    /// Invalid table definition.
    public static let invalidTableDefinition = State("42P16")
    /// Invalid foreign key.
    public static let invalidForeignKey = State("42830")
    /// Reserved name.
    public static let reservedName = State("42939")
    /// Cannot coerce.
    public static let cannotCoerce = State("42846")
    /// Wrong object type.
    public static let wrongObjectType = State("42809")
    /// Indeterminate type.
    public static let indeterminateType = State("42P18")
    /// Invalid object definition.
    public static let invalidObjectDefinition = State("42P17")
    /// A value for a column that only its generation gives one.
    public static let generatedAlways = State("428C9")
    /// A sequence is at its end.
    public static let sequenceLimit = State("2200H")
    /// An object is not in the state that this takes.
    public static let notInState = State("55000")
    /// Dependent objects.
    public static let dependentObjects = State("2BP01")
    /// Invalid text.
    public static let invalidText = State("22P02")
    /// A character that no text holds.
    public static let untranslatableCharacter = State("22P05")
    /// Invalid datetime.
    public static let invalidDatetime = State("22007")
    /// Datetime overflow.
    public static let datetimeOverflow = State("22008")
    /// Numeric out of range.
    public static let numericOutOfRange = State("22003")
    /// Division by zero.
    public static let divisionByZero = State("22012")
    /// String too long.
    public static let stringTooLong = State("22001")
    /// Invalid parameter value.
    public static let invalidParameterValue = State("22023")
    /// A null where none may be.
    public static let nullNotAllowed = State("22004")
    /// An array that does not fit.
    public static let arraySubscript = State("2202E")
    /// Not null violation.
    public static let notNullViolation = State("23502")
    /// Foreign key violation.
    public static let foreignKeyViolation = State("23503")
    /// Unique violation.
    public static let uniqueViolation = State("23505")
    /// Exclusion violation: WITHOUT OVERLAPS.
    public static let exclusionViolation = State("23P01")
    /// Check violation.
    public static let checkViolation = State("23514")
    /// Cardinality violation.
    public static let cardinalityViolation = State("21000")
    /// Read only statement.
    public static let readOnlyStatement = State("25006")
    /// Invalid transaction state.
    public static let invalidTransaction = State("25000")
    /// Active transaction.
    public static let activeTransaction = State("25001")
    /// No active transaction.
    public static let noActiveTransaction = State("25P01")
    /// Object in use.
    public static let objectInUse = State("55006")
    /// In failed transaction.
    public static let failedTransaction = State("25P02")
    /// Invalid SQL statement name.
    public static let undefinedStatement = State("26000")
    /// Duplicate prepared statement.
    public static let duplicateStatement = State("42P05")
    /// Invalid savepoint specification.
    public static let invalidSavepoint = State("3B001")
    /// Snapshot out of range.
    public static let snapshotOutOfRange = State("72000")
    /// Statement too complex.
    public static let statementTooComplex = State("54001")
    /// Program limit.
    public static let programLimit = State("54000")
    /// Internal error.
    public static let internalError = State("XX000")
    /// Query canceled.
    public static let queryCanceled = State("57014")
    /// Io error.
    public static let ioError = State("58030")
    /// Out of memory.
    public static let outOfMemory = State("53200")
    /// Disk full.
    public static let diskFull = State("53100")
    /// Lock not available.
    public static let lockNotAvailable = State("55P03")
    /// Data corrupted.
    public static let dataCorrupted = State("XX001")
  }

  /// The SQLSTATE.
  public var state: State
  /// Lower case, no full stop: `column "dbo" does not exist`.
  public var message: String
  /// Byte offset (UTF-8) into the statement's source text, where known.
  public var position: Int?
  /// What to do about it, where we know: `did you mean "dob"?`.
  public var hint: String?

  /// A sqlerror of known parts.
  public init(_ state: State, _ message: String, at position: Int? = nil, hint: String? = nil) {
    self.state = state
    self.message = message
    self.position = position
    self.hint = hint
  }
}
