// SPDX-License-Identifier: Apache-2.0
// Which words SQL keeps for itself. PostgreSQL 17 manual, appendix C. Every other word, such as
// `name`, `date`, `type`, `value` and `time`, is a name wherever a name can stand.

enum Keywords {
  /// Words that cannot name a column or a table unless quoted.
  static func isReserved(_ word: String) -> Bool {
    reserved.contains(word) || functionOnly.contains(word)
  }

  /// Words that can call a function: `left(name, 1)`.
  static func canNameFunction(_ word: String) -> Bool { !reserved.contains(word) }

  private static let reserved: Set<String> = [
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "both", "case",
    "cast", "check", "collate", "column", "constraint", "create", "current_catalog",
    "current_date", "current_role", "current_time", "current_timestamp", "current_user", "default",
    "deferrable", "desc", "distinct", "do", "else", "end", "except", "false", "fetch", "for",
    "foreign", "from", "grant", "group", "having", "in", "initially", "intersect", "into",
    "lateral", "leading", "limit", "localtime", "localtimestamp", "not", "null", "offset", "on",
    "only", "or", "order", "placing", "primary", "references", "returning", "select",
    "session_user", "some", "symmetric", "system_user", "table", "then", "to", "trailing", "true",
    "union", "unique", "user", "using", "variadic", "when", "where", "window", "with",
  ]

  /// Reserved, but allowed as the name of a function or type.
  private static let functionOnly: Set<String> = [
    "authorization", "binary", "collation", "concurrently", "cross", "current_schema", "freeze",
    "full", "ilike", "inner", "is", "isnull", "join", "left", "like", "natural", "notnull",
    "outer", "overlaps", "right", "similar", "tablesample", "verbose",
  ]

  /// Words of PostgreSQL's grammar that name columns, and functions in quotes only.
  private static let columnOnly: Set<String> = [
    "between", "bigint", "bit", "boolean", "char", "character", "coalesce", "dec", "decimal",
    "exists", "extract", "float", "greatest", "grouping", "inout", "int", "integer", "interval",
    "least", "national", "nchar", "none", "normalize", "nullif", "numeric", "out", "overlay",
    "position", "precision", "real", "row", "setof", "smallint", "substring", "time", "timestamp",
    "treat", "trim", "values", "varchar", "xmlattributes", "xmlconcat", "xmlelement", "xmlexists",
    "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot", "xmlserialize", "xmltable",
  ]

  /// Whether `quote_ident` puts a word into quotes.
  static func needsQuotes(_ word: String) -> Bool {
    isReserved(word) || columnOnly.contains(word)
  }

  /// The words worth suggesting for a misspelt one, the likeliest first.
  private static let suggested = [
    "select", "from", "where", "group", "order", "having", "limit", "offset", "insert", "into",
    "values", "update", "set", "delete", "create", "table", "index", "stream", "drop", "alter",
    "join", "left", "right", "inner", "outer", "cross", "natural", "using", "union", "except",
    "intersect", "distinct", "between", "like", "ilike", "and", "not", "null", "case", "when",
    "then", "else", "end", "primary", "unique", "check", "references", "foreign", "constraint",
    "default", "returning", "conflict", "begin", "commit", "rollback", "explain", "transaction",
    "timestamp", "system_time", "rename", "column", "exists", "desc", "nulls", "fetch", "with",
  ]

  /// The keyword that `word` is most likely meant to be, if it is not one already.
  static func nearest(to word: String) -> String? {
    nearest(to: word, in: suggested)
  }

  /// The candidate within two edits of `word` (one for short words); the first of the nearest.
  static func nearest(to word: String, in candidates: [String]) -> String? {
    let letters = Array(word.utf8)
    guard letters.count >= 2, letters.count <= 20 else { return nil }
    var best: (word: String, distance: Int)?
    for candidate in candidates {
      let distance = editDistance(letters, Array(candidate.utf8))
      if distance == 0 { return nil }
      let allowed = min(letters.count, candidate.utf8.count) > 4 ? 2 : 1
      if distance <= allowed, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.word
  }

  /// Insertions, deletions, substitutions and swaps of neighbours between two short words.
  private static func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          cost = min(cost, beforeLast[j - 1] + 1)
        }
        row.append(cost)
      }
      beforeLast = last
      last = row
    }
    return last[b.count]
  }
}
