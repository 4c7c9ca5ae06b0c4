// SPDX-License-Identifier: Apache-2.0
// The patterns of SIMILAR TO as regular expressions. SQL:2011 §8.6, as PostgreSQL reads them.

enum SimilarPattern {
  /// The regular expression; an empty `escape`: no character escapes.
  ///
  /// Of `SUBSTRING(… SIMILAR …)` the group is the part between the two escaped quotes; the first
  /// part takes as little as it can, and so does the last.
  static func regex(_ pattern: String, escape: String) throws(SQLError) -> String {
    guard escape.unicodeScalars.count <= 1 else {
      throw SQLError(
        .init("22025"), "invalid escape string",
        hint: "Escape string must be empty or one character.")
    }
    let escape = escape.unicodeScalars.first
    var result = "^(?:"
    var isEscaped = false
    var isInBrackets = false
    var quoteCount = 0
    for scalar in pattern.unicodeScalars {
      if isEscaped {
        isEscaped = false
        if scalar == "\"", !isInBrackets {
          quoteCount += 1
          if quoteCount > 2 { throw tooManyQuotes }
          result += quoteCount == 1 ? "){1,1}?(" : "){1,1}(?:"
          continue
        }
        result += "\\"
      } else if scalar == escape {
        isEscaped = true
        continue
      } else if isInBrackets {
        if scalar == "\\" { result += "\\" }
        isInBrackets = scalar != "]"
      } else {
        switch scalar {
        case "[": isInBrackets = true
        case "%":
          result += ".*"
          continue
        case "_":
          result += "."
          continue
        case "(":
          result += "(?:"
          continue
        case "\\", ".", "^", "$": result += "\\"
        default: break
        }
      }
      result.unicodeScalars.append(scalar)
    }
    return result + ")$"
  }

  private static var tooManyQuotes: SQLError {
    SQLError(
      .init("2200C"),
      "SQL regular expression may not contain more than two escape-double-quote separators")
  }
}
