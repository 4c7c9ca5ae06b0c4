// SPDX-License-Identifier: Apache-2.0
// Literals, names, comments and their errors, seen through the expressions they make.

import KimberliteCore
import Testing

@Suite struct LexerTests {
  @Test(arguments: [
    ("'it''s'", "'it's'"),
    ("''", "''"),
    (#"E'a\tb\\\'c\x41\101\u00e9\U0001F600'"#, "'a\tb\\'cAAé😀'"),
    ("e'it''s'", "'it's'"),
    ("X'00fF'", "X[0, 255]"),
    ("x''", "X[]"),
    ("$$it's$$", "'it's'"),
    ("$tag$ $$ $tagg$ $tag$", "' $$ $tagg$ '"),
    ("$é$;$é$", "';'"),
    ("FooBar", "foobar"),
    ("\"Foo\"\"Bar\"", "Foo\"Bar"),
    ("naïve_ΣÉ$1", "naïve_ΣÉ$1"),
    ("日本", "日本"),
    ("1", "1"), ("007", "007"), ("1.50", "1.50"), (".5", "0.5"), ("5.", "5.0"),
    ("1e10", "1e10"), ("1.5E-3", "1.5E-3"), (".5e+1", "0.5e+1"), ("0xFf", "255"),
    ("$12", ":12"), (":Name_1", ":Name_1"), (":a::int", ":a::INTEGER"),
    ("a::int", "a::INTEGER"),
    ("/* a /* b */ c */ 1 -- d\n", "1"),
    ("1--2", "1"), ("1/**/+/**/2", "(1 + 2)"),
    ("a<=b", "(a <= b)"), ("a<-b", "(a < (-b))"), ("a->>b", "(a ->> b)"),
    ("a*-b", "(a * (-b))"), ("+++a", "(+(+(+a)))"),
    ("\r\n\t\u{B}\u{C}1", "1"),
  ])
  func `tokens mean what PostgreSQL says`(text: String, tree: String) throws {
    #expect(try Parser.parseExpression(text).shown == tree)
  }

  @Test(arguments: [
    ("a + 'open", 4, "unterminated string"),
    ("a + \"open", 4, "unterminated quoted name"),
    ("a + E'open\\'", 4, "unterminated string"),
    ("a + X'00", 4, "unterminated byte string"),
    ("a + $x$open$x", 4, "unterminated dollar-quoted string"),
    ("a + /* /* */", 4, "unterminated comment"),
    ("a + \"\"", 4, "a name cannot be empty"),
    ("X'0'", 0, "a byte string holds an even number of digits"),
    ("X'0g'", 3, "a byte string holds hexadecimal digits only"),
    ("B'01'", 0, "bit strings are not supported"),
    ("'a\0b'", 2, "a NUL byte is not allowed"),
    ("\"a\0\"", 2, "a NUL byte is not allowed"),
    ("a \0", 2, "invalid character U+0000"),
    ("a ☃", 2, "invalid character U+2603"),
    ("a \\ b", 2, "invalid character \"\\\""),
    ("a : b", 2, "invalid character \":\""),
    ("$a", 0, "invalid character \"$\""),
    ("$0", 0, "there is no parameter $0"),
    ("$99999999999999999999999", 0, "there is no parameter $99999999999999999999"),
    ("$1a", 0, "malformed number \"$1a\""),
    ("12ab", 0, "malformed number \"12ab\""),
    ("1e", 0, "malformed number \"1e\""),
    ("0x", 0, "malformed number \"0x\""),
    ("0x1_0000000000000000", 0, "malformed number \"0x1_0000000000000000\""),
    ("0x10000000000000000", 0, "hexadecimal number has more than 64 bits"),
    (#"E'\u12'"#, 2, "invalid escape in a string"),
    (#"E'\ud800'"#, 2, "invalid Unicode escape in a string"),
    (#"E'\000'"#, 2, "invalid byte escape in a string"),
    (#"E'\xff'"#, 0, "the escapes of this string do not make valid UTF-8"),
  ])
  func `what cannot be read is an error at its place`(text: String, at: Int, message: String) {
    let error = #expect(throws: SQLError.self) { try Parser.parseExpression(text) }
    #expect(error?.message == message)
    #expect(error?.position == at)
  }

  @Test func `names have a longest length`() throws {
    let longest = String(repeating: "a", count: Limits.nameBytesMax)
    #expect(try Parser.parseExpression(longest).shown == longest)
    for text in [longest + "a", "\"\(longest)a\"", ":\(longest)a"] {
      let error = #expect(throws: SQLError.self) { try Parser.parseExpression(text) }
      #expect(error?.state == .nameTooLong)
    }
  }

  @Test func `an error is shown with its line and a caret`() throws {
    let source = "SELECT a,\n\té, b FORM t;"
    var parser = Parser(source)
    let error = try #require(#expect(throws: SQLError.self) { try parser.next() })
    #expect(
      error.render(in: source) == """
        syntax error at "t": expected the end of the statement (SQLSTATE 42601) at line 2, \
        column 12
        \té, b FORM t;
        \t          ^
        hint: did you mean FROM instead of "FORM"?
        """)
  }

  @Test func `a long line is shown around the caret`() throws {
    let source = "SELECT " + String(repeating: "a, ", count: 200) + "☃"
    var parser = Parser(source)
    let error = try #require(#expect(throws: SQLError.self) { try parser.next() })
    let lines = error.render(in: source).split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[1].first == "…")
    #expect(lines[1].count == 121)
    #expect(lines[1].last == "☃")
    #expect(lines[2].count == 121)
  }

  @Test func `a location outside of the text is moved into it`() {
    #expect(SourceLocation(of: 99, in: "a\nb").line == 2)
    #expect(SourceLocation(of: 99, in: "a\nb").column == 2)
    #expect(SourceLocation(of: -1, in: "").column == 1)
    #expect(SourceLocation(of: 1, in: "a\u{1B}[31m").lineText == "a\u{FFFD}[31m")
  }
}
