// SPDX-License-Identifier: Apache-2.0
// What clients ask the catalog by function: how a constraint was written, what a number means, who
// and where they are. The answers stand in the bound statement: they are those of its moment.

/// A function over the catalog.
enum CatalogFunction: String, CaseIterable {
  case constraintText = "pg_get_constraintdef"
  case indexText = "pg_get_indexdef"
  case viewText = "pg_get_viewdef"
  case expressionText = "pg_get_expr"
  case userName = "pg_get_userbyid"
  case formatType = "format_type"
  case objectComment = "obj_description"
  case columnComment = "col_description"
  case sharedComment = "shobj_description"
  case tableIsVisible = "pg_table_is_visible"
  case typeIsVisible = "pg_type_is_visible"
  case functionIsVisible = "pg_function_is_visible"
  case isPublishable = "pg_relation_is_publishable"
  case isInRecovery = "pg_is_in_recovery"
  case mayUseTable = "has_table_privilege"
  case mayUseSchema = "has_schema_privilege"
  case mayUseColumn = "has_column_privilege"
  case mayUseDatabase = "has_database_privilege"
  case encodingName = "pg_encoding_to_char"
  case schema = "current_schema"
  case schemas = "current_schemas"
  case database = "current_database"
  case catalog = "current_catalog"
  case user = "current_user"
  case sessionUser = "session_user"
  case plainUser = "user"
  case role = "current_role"
  case version = "version"
  case setting = "current_setting"
  case findRelation = "to_regclass"
  case relation = "regclass"
  case type = "regtype"
  case namespace = "regnamespace"
  case reference = "regproc"
  case owner = "regrole"

  /// Those that are written as types of a cast.
  static let references: Set<String> = [
    "regclass", "regtype", "regnamespace", "regproc", "regrole",
  ]

  /// What `version()` answers: clients look for the number behind PostgreSQL.
  static let versionText = "PostgreSQL 15.0 compatible, Kimberlite"

  private static let settings: [String: String] = [
    "server_version": "15.0", "server_version_num": "150000", "timezone": "UTC",
    "server_encoding": "UTF8", "client_encoding": "UTF8", "search_path": "public",
    "standard_conforming_strings": "on", "datestyle": "ISO, MDY", "intervalstyle": "postgres",
    "integer_datetimes": "on", "transaction_isolation": "serializable", "lc_collate": "C",
    "max_identifier_length": "\(Limits.nameBytesMax)",
  ]

  static func setting(_ name: String) -> String? { settings[name.lowercased()] }
}

extension Binding {
  /// A call of a catalog function; `nil` where it takes other arguments.
  mutating func bind(_ function: CatalogFunction, _ arguments: [Bound], at position: Int)
    throws(SQLError) -> Bound?
  {
    let catalog = binder.catalog
    switch function {
    case .user, .sessionUser, .plainUser, .role:
      return arguments.isEmpty ? Bound("kb_user()", .text, at: position, nullable: false) : nil
    case .database, .catalog: return constant(SystemRelation.database, at: position)
    case .schema: return constant(SystemRelation.userSchema, at: position)
    case .schemas: return Bound(.text("{pg_catalog,public}"), .text, at: position)
    case .version: return constant(CatalogFunction.versionText, at: position)
    case .encodingName: return constant("UTF8", at: position)
    case .tableIsVisible, .typeIsVisible, .functionIsVisible, .mayUseTable, .mayUseSchema,
      .mayUseColumn, .mayUseDatabase:
      return Bound(.integer(1), .boolean, at: position)
    case .isPublishable, .isInRecovery: return Bound(.integer(0), .boolean, at: position)
    case .sharedComment: return Bound(.null, .text, at: position)
    case .userName: return constant(SystemRelation.database, at: position)
    case .expressionText:
      return try arguments.first.map { (bound) throws(SQLError) in try typed(bound) }
    case .formatType: return try formatType(arguments, at: position)
    case .setting: return try setting(arguments, at: position)
    case .constraintText:
      return try lookup(
        arguments,
        catalog.describedConstraints.map { ($0.oid, SystemRelation.definition($0)) }, at: position)
    case .indexText: return try indexText(arguments, at: position)
    case .viewText:
      return try lookup(
        arguments, catalog.views.map { (ObjectNumber.object($0.id), $0.text) }, at: position)
    case .objectComment:
      return try lookup(
        arguments,
        catalog.described.compactMap { relation in
          relation.comment.map { (ObjectNumber.object(relation.id), $0) }
        }, at: position)
    case .columnComment: return try columnComment(arguments, at: position)
    case .findRelation, .relation, .type, .namespace, .reference, .owner:
      return try reference(function, arguments, at: position)
    }
  }

  private func constant(_ text: String, at position: Int) -> Bound {
    Bound(.text(text), .text, at: position)
  }

  /// What stands beside a number in a list.
  private mutating func lookup(
    _ arguments: [Bound], _ rows: [(key: Int64, text: String)], at position: Int
  ) throws(SQLError) -> Bound? {
    guard let first = arguments.first else { return nil }
    let key = text(try coerce(first, to: .bigint, .implicit))
    if rows.isEmpty { return Bound(.null, .text, at: position) }
    let list = rows.map { "(\($0.key), \(SQLText.literal(.text($0.text))))" }
    return Bound(
      "(SELECT \"column2\" FROM (VALUES \(list.joined(separator: ", "))) WHERE \"column1\" = \(key))",
      .text, at: position)
  }

  private mutating func formatType(_ arguments: [Bound], at position: Int) throws(SQLError)
    -> Bound?
  {
    guard arguments.count == 2 else { return nil }
    let oid = text(try coerce(arguments[0], to: .bigint, .implicit))
    let modifier = text(try coerce(arguments[1], to: .bigint, .implicit))
    return Bound("kb_format_type(\(oid), \(modifier))", .text, at: position)
  }

  private mutating func setting(_ arguments: [Bound], at position: Int) throws(SQLError) -> Bound? {
    guard let first = arguments.first, case .string(let name) = first.form else { return nil }
    if let value = CatalogFunction.setting(name) { return constant(value, at: position) }
    if arguments.count == 2 { return Bound(.null, .text, at: position) }
    throw SQLError(
      .undefinedObject, "unrecognized configuration parameter \"\(name)\"", at: first.position)
  }

  /// The statement of an index, or the name of one of its columns.
  private mutating func indexText(_ arguments: [Bound], at position: Int) throws(SQLError)
    -> Bound?
  {
    let indexes = SystemRelation.indexes(binder.catalog)
    guard arguments.count > 1 else {
      return try lookup(arguments, indexes.map { ($0.oid, $0.text) }, at: position)
    }
    let columns = indexes.flatMap { index in
      index.columns.enumerated().map { place, number in
        (
          index.oid << 12 + Int64(place + 1),
          SQLText.plainName(index.relation.columns[number - 1].name)
        )
      }
    }
    let whole = indexes.map { ($0.oid << 12, $0.text) }
    return try lookup([try pair(arguments[0], arguments[1])], whole + columns, at: position)
  }

  private mutating func columnComment(_ arguments: [Bound], at position: Int) throws(SQLError)
    -> Bound?
  {
    guard arguments.count == 2 else { return nil }
    let comments = binder.catalog.described.flatMap { relation in
      relation.columns.compactMap { column in
        column.comment.map {
          (ObjectNumber.object(relation.id) << 12 + Int64(column.number), $0)
        }
      }
    }
    return try lookup([try pair(arguments[0], arguments[1])], comments, at: position)
  }

  /// The key of a part of an object.
  private mutating func pair(_ object: Bound, _ part: Bound) throws(SQLError) -> Bound {
    let first = text(try coerce(object, to: .bigint, .implicit))
    let second = text(try coerce(part, to: .bigint, .implicit))
    return Bound("((\(first) << 12) + \(second))", .bigint, at: object.position)
  }

  /// `'name'::regclass` is the number of what has the name, `number::regclass` the name.
  private mutating func reference(
    _ function: CatalogFunction, _ arguments: [Bound], at position: Int
  ) throws(SQLError) -> Bound? {
    guard arguments.count == 1, let first = arguments.first else { return nil }
    let catalog = binder.catalog
    let known: [(key: Int64, text: String)]
    switch function {
    case .type: known = PostgresType.types.map { ($0.postgres.oid, $0.messageName) }
    case .namespace:
      known = [
        (ObjectNumber.userSchema, SystemRelation.userSchema),
        (ObjectNumber.catalogSchema, "pg_catalog"),
      ]
    case .owner: known = [(ObjectNumber.owner, SystemRelation.database)]
    case .reference: known = []
    default:
      known =
        catalog.described.map { (ObjectNumber.object($0.id), SQLText.plainName($0.name)) }
        + SystemRelation.indexes(catalog).map { ($0.oid, SQLText.plainName($0.name)) }
        + [
          (ObjectNumber.relations, "pg_class"), (ObjectNumber.constraints, "pg_constraint"),
        ]
    }
    guard case .string(let written) = first.form else {
      guard first.type?.family == .number else {
        return try typed(first)
      }
      return try lookup(arguments, known, at: position)
    }
    if let number = Int64(written) { return Bound(.integer(number), .bigint, at: position) }
    let plain = ["public.", "pg_catalog."].reduce(written) { text, schema in
      text.hasPrefix(schema) ? String(text.dropFirst(schema.count)) : text
    }
    let found = known.first { $0.text == plain || SQLText.plainName(plain) == $0.text }
    if let found { return Bound(.integer(found.key), .bigint, at: position) }
    if function == .findRelation { return Bound(.null, .bigint, at: position) }
    let kind = function == .relation ? "relation" : function == .type ? "type" : "object"
    throw SQLError(
      function == .relation ? .undefinedTable : .undefinedObject,
      "\(kind) \"\(written)\" does not exist", at: first.position,
      hint: nearestHint(to: plain, among: known.map(\.text)))
  }
}

extension FunctionRegistry {
  static let catalogFunctions: [ScalarFunction] = [
    ScalarFunction("kb_format_type", 2) { (arguments) throws(SQLError) in
      if arguments[0] == .null { return .null }
      let modifier = arguments[1] == .null ? -1 : try arguments[1].int64()
      let type = SQLType(oid: try arguments[0].int64(), modifier: modifier)
      return .text(type?.formatted ?? "???")
    }
  ]
}
