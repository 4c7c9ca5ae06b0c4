// SPDX-License-Identifier: Apache-2.0
// Where lines go: a table or stream that exists, or one that is made first, its columns inferred
// from the beginning of the input.

internal import KimberliteCore

/// Finds or plans the table or stream of a run.
enum IngestTarget {
  /// Lines that inference looks at, at most.
  private static let sampleLines = 1000
  /// Bytes that inference looks at, at most, unless one line is longer.
  private static let sampleBytes = 1 << 20
  /// A live input that falls silent after its first lines is not waited for.
  ///
  /// Milliseconds.
  private static let samplePause: Int32 = 1000

  static func prepare(
    _ writer: Writer, _ options: IngestOptions, _ source: InputSource
  ) throws(DatabaseError) -> (target: LineReader.Target, changes: [SchemaStep]) {
    let catalog = writer.view.catalog
    switch options.target {
    case .table(let name):
      if let table = catalog.table(named: name) {
        try requireKey(options.key, of: table)
        return (.table(table, try defaults(table, writer)), [])
      }
      if catalog.stream(named: name) != nil {
        throw DatabaseError(
          SQLError(
            .wrongObjectType, "\"\(name)\" is a stream, not a table",
            hint: "append to it with --stream"))
      }
      guard options.creates else {
        throw DatabaseError(
          SQLError(
            .undefinedTable, "table \"\(name)\" does not exist",
            hint: nearestHint(to: name, among: catalog.tables.map(\.name))
              ?? "--create makes it with columns inferred from the input"))
      }
      let changes = try inferred(name, writer, options, source)
      guard case .createTable(let table)? = changes.first?.change else {
        preconditionFailure("a plan to create a table creates it first")
      }
      return (.table(table, try defaults(table, writer)), changes)
    case .stream(let name):
      if let stream = catalog.stream(named: name) {
        return (.stream(stream, try nextSequence(stream, writer)), [])
      }
      if catalog.table(named: name) != nil {
        throw DatabaseError(
          SQLError(
            .wrongObjectType, "\"\(name)\" is a table, not a stream",
            hint: "append to it with --table"))
      }
      guard options.creates else {
        throw DatabaseError(
          SQLError(
            .undefinedTable, "stream \"\(name)\" does not exist",
            hint: nearestHint(to: name, among: catalog.streams.map(\.name))
              ?? "--create makes it"))
      }
      let changes = try plan(
        .createStream(
          name: ObjectName(schema: nil, name: Name(name, at: 0)), ifNotExists: false), writer)
      guard case .createStream(let stream)? = changes.first?.change else {
        preconditionFailure("a plan to create a stream creates it first")
      }
      return (.stream(stream, 0), changes)
    }
  }

  /// Whoever asks for a key relies on it: a table that has another is not what was asked for.
  private static func requireKey(_ wanted: [String], of table: Table) throws(DatabaseError) {
    let key = table.keyColumns.map { table.columns[$0] }.filter { !$0.hidden }.map(\.name)
    if wanted.isEmpty || Set(wanted) == Set(key) { return }
    let has = key.isEmpty ? "no primary key" : "the primary key (\(key.joined(separator: ", ")))"
    throw DatabaseError(
      .data,
      "table \"\(table.name)\" exists and has \(has), not (\(wanted.joined(separator: ", ")))")
  }

  private static func plan(_ statement: Statement, _ writer: Writer) throws(DatabaseError)
    -> [SchemaStep]
  {
    let plan = try DatabaseError.wrap { () throws(SQLError) in
      try writer.binder().bind(statement)
    }
    guard case .schema(let changes) = plan else {
      preconditionFailure("a CREATE is a change of the schema")
    }
    return changes
  }

  private static func defaults(_ table: Table, _ writer: Writer) throws(DatabaseError)
    -> DefaultValues
  {
    try DatabaseError.wrap { () throws(SQLError) in
      let fed = Set(table.columns.compactMap { $0.source?.sequence }).sorted()
      var positions: [SequencePosition] = []
      for id in fed {
        if let position = try writer.view.connection.sequencePosition(id) {
          positions.append(position)
        }
      }
      return try DefaultValues(table, binder: writer.binder(), positions: positions)
    }
  }

  private static func nextSequence(
    _ stream: KimberliteCore.Stream, _ writer: Writer
  ) throws(DatabaseError) -> UInt64 {
    try DatabaseError.wrap { () throws(SQLError) in
      try writer.view.run { () throws(SQLiteError) in
        try writer.view.nextSequence(of: stream.id)
      }
    }
  }

  /// Columns from the first lines of the first input, which stay to be read.
  private static func inferred(
    _ name: String, _ writer: Writer, _ options: IngestOptions, _ source: InputSource
  ) throws(DatabaseError) -> [SchemaStep] {
    guard try source.nextFile() else { preconditionFailure("there is always one input") }
    var ended = false
    var definitions: [ColumnDefinition] = []
    // A line longer than what was read so far asks for more.
    repeat {
      let event = try source.read(milliseconds: definitions.isEmpty ? -1 : samplePause)
      ended = event != .bytes
      definitions = try columns(source, options, ended: event == .endOfFile)
    } while !ended && (source.chunk.count < sampleBytes || definitions.isEmpty)
    source.rewind()
    if definitions.isEmpty {
      throw DatabaseError(
        .data, "cannot infer the columns of table \"\(name)\": the input has no row")
    }
    for key in options.key where !definitions.contains(where: { $0.name.text == key }) {
      throw DatabaseError(.data, "--key names column \"\(key)\", which no row of the input has")
    }
    options.onInference?(describe(name, definitions, options.key))
    var constraints: [TableConstraint] = []
    if !options.key.isEmpty {
      constraints.append(
        TableConstraint(
          name: nil, kind: .primaryKey(options.key.map { Name($0, at: 0) }), position: 0))
    }
    return try plan(
      .createTable(
        CreateTableStatement(
          name: ObjectName(schema: nil, name: Name(name, at: 0)), ifNotExists: false,
          columns: definitions, constraints: constraints, position: 0)), writer)
  }

  private static func columns(
    _ source: InputSource, _ options: IngestOptions, ended: Bool
  ) throws(DatabaseError) -> [ColumnDefinition] {
    var splitter = RecordSplitter(format: options.format)
    source.chunk.withSpan(0..<source.chunk.count) { splitter.append($0) }
    if ended { splitter.finish() }
    var inference = SchemaInference()
    var needsHeader = options.format != .ndjson
    let forgives = options.onReject != nil
    var line = 1
    var seen = 0
    do throws(InputError) {
      while seen < sampleLines {
        line = splitter.lineNumber
        let found = try splitter.next { (record, _) throws(InputError) in
          if needsHeader {
            inference = try SchemaInference(format: options.format, header: record)
            needsHeader = false
            return
          }
          do throws(InputError) { try inference.observe(line: record) } catch {
            // A line that will be refused teaches nothing.
            if forgives { return }
            var error = error
            if line == 1, error.hint == nil { error.hint = options.formatHint(record) }
            throw error
          }
        }
        if !found { break }
        seen += 1
      }
    } catch {
      let message = "\(source.name):\(line):\(error.column): \(error.message)"
      throw DatabaseError(SQLError(error.state, message, hint: error.hint))
    }
    return inference.columns(key: options.key.filter { names(of: inference).contains($0) })
  }

  private static func names(of inference: borrowing SchemaInference) -> [String] {
    inference.columns(key: []).map(\.name.text)
  }

  private static func describe(_ name: String, _ columns: [ColumnDefinition], _ key: [String])
    -> String
  {
    var parts = columns.map {
      "\(Storage.quote($0.name.text)) \($0.type.sqlName)\($0.notNull ? " NOT NULL" : "")"
    }
    if !key.isEmpty {
      parts.append("PRIMARY KEY (\(key.map(Storage.quote).joined(separator: ", ")))")
    }
    return "CREATE TABLE \(Storage.quote(name)) (\(parts.joined(separator: ", ")))"
  }
}
