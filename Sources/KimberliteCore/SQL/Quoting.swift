// SPDX-License-Identifier: Apache-2.0
// How SQL writes names and strings: quote_ident, quote_literal, parse_ident.

enum Quoting {
  /// A name as SQL must write it, in quotes where it is not one without.
  static func identifier(_ name: String) -> String {
    let isPlain =
      name.utf8.first.map { !$0.isDigit } ?? false
      && name.utf8.allSatisfy { byte in
        byte == UInt8(ascii: "_") || byte.isDigit || (byte.isLetter && byte & 0x20 != 0)
      }
    if isPlain, !Keywords.needsQuotes(name) { return name }
    return SQLText.name(name)
  }

  /// A string as SQL writes it.
  static func literal(_ text: String) -> String {
    var result = text.utf8.contains(UInt8(ascii: "\\")) ? "E'" : "'"
    for scalar in text.unicodeScalars {
      if scalar == "'" || scalar == "\\" { result.unicodeScalars.append(scalar) }
      result.unicodeScalars.append(scalar)
    }
    return result + "'"
  }

  /// The parts of a name with dots, as the lexer would read them.
  ///
  /// `isStrict`: nothing may follow.
  static func parts(of text: String, isStrict: Bool) throws(SQLError) -> [String] {
    let scalars = Array(text.unicodeScalars)
    var position = 0
    func invalid(_ detail: String? = nil) -> SQLError {
      SQLError(
        .invalidParameterValue, "string is not a valid identifier: \"\(text)\"", hint: detail)
    }
    func skipBlanks() {
      while position < scalars.count, scalars[position].value < 0x80,
        UInt8(scalars[position].value).isBlank
      {
        position += 1
      }
    }
    var parts: [String] = []
    skipBlanks()
    var isAfterDot = false
    while true {
      guard position < scalars.count else {
        throw invalid(isAfterDot ? "No valid identifier after \".\"." : nil)
      }
      var part = String.UnicodeScalarView()
      if scalars[position] == "\"" {
        position += 1
        while true {
          guard position < scalars.count else {
            throw invalid("String has unclosed double quotes.")
          }
          let scalar = scalars[position]
          position += 1
          if scalar == "\"" {
            guard position < scalars.count, scalars[position] == "\"" else { break }
            position += 1
          }
          part.append(scalar)
        }
        if part.isEmpty { throw invalid("Quoted identifier must not be empty.") }
      } else {
        while position < scalars.count {
          let scalar = scalars[position]
          let begins = scalar == "_" || scalar.value >= 0x80 || UInt8(scalar.value).isLetter
          let goesOn =
            begins || scalar == "$" || (scalar.isASCII && UInt8(scalar.value).isDigit)
          guard part.isEmpty ? begins : goesOn else { break }
          let isUpper = scalar.isASCII && UInt8(scalar.value).isUpper
          part.append(isUpper ? Unicode.Scalar(UInt8(scalar.value) | 0x20) : scalar)
          position += 1
        }
        if part.isEmpty {
          throw invalid(
            scalars[position] == "."
              ? "No valid identifier before \".\"."
              : isAfterDot ? "No valid identifier after \".\"." : nil)
        }
      }
      parts.append(String(part))
      skipBlanks()
      guard position < scalars.count else { return parts }
      guard scalars[position] == "." else {
        if isStrict { throw invalid() }
        return parts
      }
      position += 1
      isAfterDot = true
      skipBlanks()
    }
  }
}
