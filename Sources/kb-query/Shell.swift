// SPDX-License-Identifier: Apache-2.0
// The interactive shell: libedit reads lines, statements end with a semicolon, backslash commands
// are psql's. Each statement sees the newest state.

import CEdit
import Glibc
import Kimberlite
import KimberliteCore
import KimberliteTool

/// A conversation on a terminal.
struct Shell {
  private var settings: QuerySettings
  private var isTiming = false
  private var pending = ""
  private let historyPath: String?

  init(_ settings: QuerySettings) {
    self.settings = settings
    historyPath = getenv("HOME").map { String(cString: $0) + "/.kb-query_history" }
  }

  mutating func run() throws(Failure) {
    // Nothing is asked yet: a log that cannot be opened is said at once.
    let session = try Session(settings)
    Completion.names = Self.names(session.reader.catalog)
    // Names and texts are UTF-8, whatever else the terminal's language is.
    if setlocale(LC_CTYPE, "") == nil || __ctype_get_mb_cur_max() == 1 {
      setlocale(LC_CTYPE, "C.UTF-8")
    }
    // Ctrl-C ends a query, not the conversation.
    signal(SIGINT, SIG_IGN)
    using_history()
    if let historyPath { read_history(historyPath) }
    kb_edit_complete_with { text, start, end in Completion.matches(text, start, end) }
    Output.complain("kb-query \(toolVersion). Type \\? for help, \\q to quit.")
    while let line = Self.readLine(pending.isEmpty ? "kb=> " : "kb-> ") {
      if pending.isEmpty, line.hasPrefix("\\") {
        remember(line)
        if !command(line) { break }
        continue
      }
      pending += pending.isEmpty ? line : "\n" + line
      guard Parser.isComplete(pending) else { continue }
      remember(pending)
      answer(pending)
      pending = ""
    }
    if let historyPath {
      write_history(historyPath)
      chmod(historyPath, 0o600)
    }
  }

  private static func readLine(_ prompt: String) -> String? {
    guard let line = readline(prompt) else { return nil }
    defer { free(line) }
    return String(cString: line)
  }

  private func remember(_ text: String) {
    add_history(text.replacing("\n", with: " "))
  }

  private func answer(_ text: String) {
    let began = ContinuousClock.now
    do throws(Failure) {
      let session = try Session(settings)
      Completion.names = Self.names(session.reader.catalog)
      let interrupter = session.reader.interrupter
      Completion.interrupter = interrupter
      signal(SIGINT) { _ in Completion.interrupter?.interrupt() }
      defer {
        signal(SIGINT, SIG_IGN)
        Completion.interrupter = nil
      }
      try session.run(text)
    } catch {
      Output.complain("kb-query: \(error.message)")
      if let excerpt = error.excerpt { Output.complain(excerpt) }
      if let hint = error.hint { Output.complain("hint: \(hint)") }
    }
    if isTiming {
      let spent = began.duration(to: .now).components
      let microseconds = spent.seconds * 1_000_000 + spent.attoseconds / 1_000_000_000_000
      Output.complain("Time: \(microseconds / 1000).\(microseconds % 1000 / 100) ms")
    }
  }

  /// Runs a backslash command; false to quit.
  private mutating func command(_ line: String) -> Bool {
    let words = line.split(separator: " ", maxSplits: 1).map(String.init)
    let argument = words.count > 1 ? words[1].trimmed : ""
    switch words[0] {
    case "\\q": return false
    case "\\?": Output.complain(Self.help)
    case "\\dt": answer("SELECT name, kind, columns, primary_key FROM kb.tables ORDER BY name;")
    case "\\d" where argument.isEmpty:
      answer("SELECT name, kind, columns, primary_key FROM kb.tables ORDER BY name;")
    case "\\d":
      let name = argument.replacing("'", with: "''")
      answer(
        """
        SELECT name, type, not_null, "default", primary_key FROM kb.columns
        WHERE table_name = '\(name)' ORDER BY position;
        """)
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
      do throws(Failure) { answer(try Script.read(argument)) } catch {
        Output.complain("kb-query: \(error.message)")
      }
    default: Output.complain("kb-query: '\(words[0])' is not a command; \\? lists them")
    }
    return true
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
    \\dt               tables and streams
    \\asof [MOMENT]    ask about an offset or a time; without one, about now
    \\format FORMAT    table, ndjson, json, csv, tsv, markdown, html
    \\timing           show how long statements take
    \\i FILE           run the statements of a file
    \\q                quit
    """

  private static func names(_ catalog: Catalog) -> [String] {
    var names = ["kb.records", "kb.tables", "kb.columns", "_offset", "_created_at", "_deleted_at"]
    names += catalog.streams.map(\.name)
    for table in catalog.tables {
      names.append(table.name)
      names += table.columns.filter { !$0.hidden }.map(\.name)
    }
    return names
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
