// SPDX-License-Identifier: Apache-2.0
// The interactive shell: statements end with a semicolon, backslash commands are psql's. Each
// statement sees the newest state. Lines come from LineEditor.swift.

import Glibc
import Kimberlite
import KimberliteCore
import KimberliteTool

/// A conversation on a terminal.
struct Shell {
  private var settings: QuerySettings
  private var isTiming = false
  private var pending = ""
  private let prepared = PreparedStatements()
  // The handler of SIGINT interrupts the thread that set it.
  nonisolated(unsafe) private static var interrupter: Interrupter?

  init(_ settings: QuerySettings) { self.settings = settings }

  mutating func run() throws(Failure) {
    // Nothing is asked yet: a log that cannot be opened is said at once.
    Self.learnNames(try Session(settings))
    // Names and texts are UTF-8, whatever else the terminal's language is.
    if setlocale(LC_CTYPE, "") == nil || __ctype_get_mb_cur_max() == 1 {
      setlocale(LC_CTYPE, "C.UTF-8")
    }
    // Ctrl-C ends a query or drops a line, never the conversation.
    signal(SIGINT, SIG_IGN)
    LineEditor.start(
      historyPath: getenv("HOME").map { String(cString: $0) + "/.kb-query_history" })
    Completion.start()
    if !settings.isQuiet {
      Output.complain("kb-query \(toolVersion). Type \\? for help, \\q to quit.")
    }
    while true {
      Completion.pending = pending
      switch LineEditor.read(prompt) {
      case .end:
        // The caller's prompt shall not stand behind ours.
        return Output.complain("")
      case .interrupted:
        pending = ""
        Output.complain("^C")
      case .line(let line):
        if !take(line) { return }
      }
    }
  }

  /// Says that a moment of the past is asked, and which, and whether a statement is going on.
  private var prompt: String {
    "kb\(settings.asOf.map { "@\($0)" } ?? "")\(pending.isEmpty ? "=" : "-")> "
  }

  /// Takes a line; false to quit.
  private mutating func take(_ line: String) -> Bool {
    if pending.isEmpty, line.allSatisfy(\.isWhitespace) { return true }
    // Inside a string or a comment a line is no command, whatever it says.
    let closing = String(repeating: ")", count: pending.count { $0 == "(" }) + ";"
    if pending.isEmpty || Parser.isComplete("\(pending)\n\(closing)") {
      let words = line.trimmed
      let plain = Self.plainCommands[words.lowercased()]
      if words.hasPrefix("\\") || plain != nil && pending.isEmpty {
        LineEditor.remember(line)
        return command(plain ?? words)
      }
      // It may be a name that the statement goes on with.
      if let plain { Output.complain("Use \(plain), or Ctrl-C to drop the statement.") }
    }
    pending += pending.isEmpty ? line : "\n" + line
    guard Parser.isComplete(pending) else { return true }
    LineEditor.remember(pending)
    answer(Script(pending))
    pending = ""
    return true
  }

  private func answer(_ script: Script) {
    let began = ContinuousClock.now
    attempt { () throws(Failure) in
      let session = try Session(settings, prepared: prepared)
      Self.learnNames(session)
      Self.interrupter = session.reader.interrupter
      signal(SIGINT) { _ in Shell.interrupter?.interrupt() }
      defer {
        signal(SIGINT, SIG_IGN)
        Self.interrupter = nil
      }
      try session.run(script)
    }
    if isTiming {
      let spent = began.duration(to: .now).components
      let microseconds = spent.seconds * 1_000_000 + spent.attoseconds / 1_000_000_000_000
      Output.complain("Time: \(microseconds / 1000).\(microseconds % 1000 / 100) ms")
    }
  }

  /// Does something of which a failure is said, and does not end the conversation.
  private func attempt(_ body: () throws(Failure) -> Void) {
    do throws(Failure) { try body() } catch {
      Output.complain("kb-query: \(error.message)")
      if let excerpt = error.excerpt { Output.complain(excerpt) }
      if let hint = error.hint { Output.complain("hint: \(hint)") }
    }
  }

  /// What people type to other shells.
  private static let plainCommands = ["quit": "\\q", "exit": "\\q", "help": "\\?"]

  /// Runs a backslash command; false to quit.
  private mutating func command(_ line: String) -> Bool {
    let words = line.split(separator: " ", maxSplits: 1).map(String.init)
    let argument = words.count > 1 ? words[1].trimmed : ""
    switch words[0] {
    case "\\q": return false
    case "\\?": Output.complain(Self.help)
    case "\\d" where !argument.isEmpty: describe(argument)
    case "\\d", "\\dt":
      answer(
        Script("SELECT name, kind, columns, primary_key, comment FROM kb.tables ORDER BY name;"))
    case "\\dv":
      answer(
        Script(
          "SELECT name, definition, comment FROM kb.tables WHERE kind = 'view' ORDER BY name;"))
    case "\\ds":
      answer(
        Script(
          "SELECT name, type, last_value, increment, owner FROM kb.sequences ORDER BY name;"))
    case "\\di": listIndexes()
    case "\\timing":
      isTiming.toggle()
      Output.complain("Timing is \(isTiming ? "on" : "off").")
    case "\\format":
      if let format = OutputFormat(rawValue: argument) {
        settings.format = format
      } else {
        let known = OutputFormat.allCases.map(\.rawValue).joined(separator: ", ")
        Output.complain("kb-query: '\(argument)' is not a format (\(known))")
      }
    case "\\asof":
      setMoment(argument)
    case "\\i":
      attempt { () throws(Failure) in answer(try Script(reading: argument)) }
    default: Output.complain("kb-query: '\(words[0])' is not a command; \\? lists them")
    }
    return true
  }

  /// Shows the columns of a table, a stream or a system table, named as in SQL.
  private func describe(_ argument: String) {
    let isQuoted = argument.count > 2 && argument.hasPrefix("\"") && argument.hasSuffix("\"")
    let name =
      isQuoted
      ? String(argument.dropFirst().dropLast()).replacing("\"\"", with: "\"")
      : argument.lowercased()
    let isSystem = !isQuoted && name.hasPrefix("kb.")
    attempt { () throws(Failure) in
      let session = try Session(settings)
      let columns = try fail { () throws(DatabaseError) in
        try session.columns(of: isSystem ? name : "\"\(name.replacing("\"", with: "\"\""))\"")
      }
      let rows = columns.enumerated().map { place, column in
        "(\(place), '\(column.name.replacing("'", with: "''"))', '\(column.type.sqlName)')"
      }
      answer(
        Script(
          """
          SELECT c.name, c.type, k.not_null,
            coalesce(k."default", 'generated ' || k.identity || ' as identity',
              'generated always as (' || k.generated || ')') AS "default",
            k.primary_key, k.personal, k.comment
          FROM (VALUES \(rows.joined(separator: ", "))) AS c (place, name, type)
          LEFT JOIN kb.columns AS k
          ON k.table_name = '\(name.replacing("'", with: "''"))' AND k.name = c.name
          ORDER BY c.place;
          """))
    }
  }

  /// Shows the indexes that there are now, whatever moment is asked about.
  private func listIndexes() {
    attempt { () throws(Failure) in
      let catalog = try Session(settings).reader.catalog
      func literal(_ text: String) -> String { "'\(text.replacing("'", with: "''"))'" }
      let rows = catalog.indexes.compactMap { index -> String? in
        guard let table = catalog.table(index.table) else { return nil }
        let columns = index.columns.map { part in
          table.columns[table.position(of: part.id)].name + (part.descending ? " DESC" : "")
        }
        let comment = catalog.comment(on: .object(index.id)).map(literal) ?? "NULL"
        return "(\(literal(index.name)), \(literal(table.name)), "
          + "\(literal(columns.joined(separator: ", "))), \(index.unique), \(comment))"
      }
      let none = "('', '', '', false, '')"
      answer(
        Script(
          """
          SELECT * FROM (VALUES \(rows.isEmpty ? none : rows.joined(separator: ", ")))
          AS i (name, "table", columns, "unique", comment)
          WHERE name <> '' ORDER BY name;
          """))
    }
  }

  /// Keeps the old moment where the new one is none.
  private mutating func setMoment(_ argument: String) {
    var wanted = settings
    wanted.asOf = argument.isEmpty || argument == "now" ? nil : argument
    do throws(Failure) { _ = try Session(wanted) } catch {
      return Output.complain("kb-query: \(error.message)")
    }
    settings = wanted
    Output.complain("Asking about \(settings.asOf ?? "now").")
  }

  private static let help = """
    SELECT …;         a statement ends with a semicolon, on any number of lines
    \\d [TABLE]        tables, or the columns of one
    \\dt               tables, streams and views
    \\dv, \\ds, \\di    views, sequences, indexes
    \\asof [MOMENT]    ask about an offset or a time; without one, about now
    \\format FORMAT    table, ndjson, json, csv, tsv, markdown, html
    \\timing           show how long statements take
    \\i FILE           run the statements of a file
    \\q                quit; also quit and exit
    """

  private static func learnNames(_ session: Session) {
    let catalog = session.reader.catalog
    let others =
      catalog.streams.map(\.name) + catalog.views.map(\.name)
      + Catalog.systemTables.map { "kb.\($0)" }
    Completion.relations =
      catalog.tables.map { table in
        .init(name: table.name, columns: table.columns.filter { !$0.hidden }.map(\.name))
      }
      + others.map { name in
        // A name that is none unless it is quoted is no loss: it would not be completed either.
        .init(name: name, columns: (try? session.columns(of: name))?.map(\.name) ?? [])
      }
  }
}

extension String {
  /// Without blanks and a semicolon at the ends.
  fileprivate var trimmed: String {
    var text = self[...]
    while let last = text.last, last.isWhitespace || last == ";" { text.removeLast() }
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    return String(text)
  }
}
