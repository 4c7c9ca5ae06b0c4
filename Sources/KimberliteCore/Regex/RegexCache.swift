// SPDX-License-Identifier: Apache-2.0

/// The patterns that a function has compiled on a connection: mostly one, asked for row by row.
struct RegexCache {
  /// A pattern with the automaton that finds whether it matches.
  struct Entry {
    let regex: RegularExpression
    var automaton: RegexAutomaton?

    /// Whether a text has a match.
    mutating func matches(_ text: String) throws(SQLError) -> Bool {
      if automaton != nil { return automaton?.matches(text) ?? false }
      var search = RegexSearch(regex, Array(text.unicodeScalars))
      return try search.next(from: 0)
    }
  }

  /// A pattern may come from each row: then old ones go.
  private static let entriesMax = 32

  private struct Key: Hashable {
    var pattern: [UInt8]
    var options: RegexOptions
    var escape: String?
  }

  private var keys: [Key] = []
  private var entries: [Entry] = []

  /// The place of a pattern in `self`, compiled.
  ///
  /// `escape`: of a pattern of SIMILAR TO.
  private mutating func place(_ pattern: String, _ options: RegexOptions, _ escape: String?)
    throws(SQLError) -> Int
  {
    let key = Key(pattern: Array(pattern.utf8), options: options, escape: escape)
    if let known = keys.firstIndex(of: key) { return known }
    let written = try escape.map { (escape) throws(SQLError) in
      try SimilarPattern.regex(pattern, escape: escape)
    }
    let regex = try RegularExpression(written ?? pattern, options)
    if keys.count >= Self.entriesMax {
      keys.removeFirst()
      entries.removeFirst()
    }
    keys.append(key)
    entries.append(Entry(regex: regex, automaton: RegexAutomaton(regex)))
    return entries.count - 1
  }

  /// Whether a text has a match.
  mutating func matches(
    _ text: String, _ pattern: String, _ options: RegexOptions = RegexOptions(),
    escape: String? = nil
  ) throws(SQLError) -> Bool {
    let place = try place(pattern, options, escape)
    return try entries[place].matches(text)
  }

  /// A search in a text.
  mutating func search(
    _ text: String, _ pattern: String, _ options: RegexOptions, escape: String? = nil
  ) throws(SQLError) -> RegexSearch {
    RegexSearch(
      entries[try place(pattern, options, escape)].regex, Array(text.unicodeScalars))
  }
}
