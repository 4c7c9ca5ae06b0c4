// SPDX-License-Identifier: Apache-2.0
// A log as its users see it: through the tools alone.

import Testing

/// What a receipt line or a row of kb.records says of a record.
struct Acknowledged: Equatable {
  var offset: Int
  var events: Int
  var hash: String

  /// Reads one line; `nil` when it is no receipt.
  init?(_ line: String) {
    guard let offset = field("offset", of: line).flatMap({ Int($0) }),
      let events = field("events", of: line).flatMap({ Int($0) }),
      let hash = field("hash", of: line), hash.utf8.count == 64
    else { return nil }
    self.offset = offset
    self.events = events
    self.hash = hash
  }
}

/// The text of a field of a flat JSON object, without quotes.
func field(_ name: String, of line: String) -> String? {
  guard let range = line.firstRange(of: "\"\(name)\":") else { return nil }
  let rest = line[range.upperBound...]
  if rest.first == "\"" { return rest.dropFirst().prefix { $0 != "\"" }.description }
  return rest.prefix { $0 != "," && $0 != "}" }.description
}

/// A log directory of a test.
struct LogAtHand {
  let path: String

  /// Appends with the options given before the log's path.
  func append(_ options: [String], input: Input = .none, files: [String] = []) -> Outcome {
    run("kb-append", options + ["-q", path] + files, input: input)
  }

  /// Runs SQL that must succeed.
  func execute(
    _ sql: String, creates: Bool = false, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let outcome = append(["--sql", "-c", sql] + (creates ? ["--create"] : []))
    #expect(outcome.status == 0, "\(sql)\n\(outcome)", sourceLocation: sourceLocation)
  }

  func query(_ sql: String, _ options: [String] = []) -> Outcome {
    run("kb-query", options + [path, sql])
  }

  /// The rows of a query that must succeed, as NDJSON lines.
  func rows(
    _ sql: String, _ options: [String] = [], sourceLocation: SourceLocation = #_sourceLocation
  )
    -> [String]
  {
    let outcome = query(sql, options)
    #expect(outcome.status == 0, "\(sql)\n\(outcome)", sourceLocation: sourceLocation)
    return outcome.lines
  }

  /// All records, by kb.records.
  func records(sourceLocation: SourceLocation = #_sourceLocation) -> [Acknowledged] {
    rows("SELECT * FROM kb.records ORDER BY 1", sourceLocation: sourceLocation)
      .compactMap { Acknowledged($0) }
  }
}
