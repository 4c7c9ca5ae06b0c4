// SPDX-License-Identifier: Apache-2.0
// CSV, TSV, the splitter of records, and what --create infers.

import KimberliteCore
import Testing

struct InputFormatTests {
  let table = sampleTable([("id", .integer), ("name", .text), ("dob", .date), ("data", .json)])

  /// The records that chunks of `size` bytes are cut into, with their line numbers.
  func split(_ text: String, _ format: InputFormat, size: Int) throws(InputError) -> [String] {
    var splitter = RecordSplitter(format: format)
    var records: [String] = []
    func drain(_ splitter: inout RecordSplitter) throws(InputError) {
      while try splitter.next({ (record, line) throws(InputError) in
        records.append("\(line):" + String(decoding: record.array(), as: UTF8.self))
      }) {}
    }
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: size) {
      splitter.append(bytes.span.extracting(start..<min(start + size, bytes.count)))
      try drain(&splitter)
    }
    splitter.finish()
    try drain(&splitter)
    return records
  }

  @Test(arguments: [1, 2, 3, 7, 1000])
  func `records do not depend on the chunks`(size: Int) throws {
    #expect(try split("{}\r\n\n  \n[1]\nx", .ndjson, size: size) == ["1:{}", "4:[1]", "5:x"])
    #expect(
      try split("a,b\n\"x\ny\",\"\"\"\"\n1,2\n", .csv, size: size)
        == ["1:a,b", "2:\"x\ny\",\"\"\"\"", "4:1,2"])
    #expect(try split("\u{feff}a\n", .csv, size: size) == ["1:a"])
    #expect(throws: InputError.self) { try split("a\n\"b\n", .csv, size: size) }
  }

  @Test func `a line beyond the limit is an error`() {
    var splitter = RecordSplitter(format: .ndjson)
    splitter.append([UInt8](repeating: 0x20, count: Limits.lineBytesMax + 1).span)
    #expect(throws: InputError(.programLimit, column: 1, "line is longer than 16 MiB")) {
      _ = try splitter.next { _, _ in }
    }
  }

  func rows(_ format: InputFormat, _ header: String, _ lines: [String]) throws -> [[Value]] {
    var encoder = try RowEncoder(table: table, format: format, header: Array(header.utf8).span)
    var rows: [[Value]] = []
    for line in lines {
      var buffer = ByteBuffer()
      try encoder.encode(line: Array(line.utf8).span, into: &buffer, hiddenKey: 0)
      rows.append(try decodeRow(buffer, table))
    }
    return rows
  }

  @Test func `csv fields become values`() throws {
    #expect(
      try rows(
        .csv, "\"name\",id,data",
        ["Ann,1,", "\"\",2,\"{\"\"a\"\":1}\"", ",3,[]", "\"a \"\"b\"\",\nc\",4,null"])
        == [
          [.integer(1), .text("Ann"), .null, .null],
          [.integer(2), .text(""), .null, .text("{\"a\":1}")],
          [.integer(3), .null, .null, .text("[]")],
          [.integer(4), .text("a \"b\",\nc"), .null, .text("null")],
        ])
  }

  @Test func `tsv fields become values`() throws {
    #expect(
      try rows(.tsv, "name\tid\tdob", ["a\\tb\\\\\t1\t2020-01-01", "\t2\t\\N"])
        == [
          [.integer(1), .text("a\tb\\"), .integer(18_262), .null],
          [.integer(2), .text(""), .null, .null],
        ])
  }

  @Test(arguments: [
    ("a,x", 3, "more fields than the 1 that the header names"),
    ("a\"b", 2, "a quote inside a field that is not quoted"),
    ("\"a\"b", 4, "text after the closing quote"), ("\"a", 1, "the quoted field does not end"),
    ("a\0b", 2, "a NUL byte: no text holds U+0000"),
  ])
  func `a bad csv record says what and where`(line: String, column: Int, message: String) throws {
    let error = try #require(throws: InputError.self) { try rows(.csv, "name", [line]) }
    #expect(error.message == message)
    #expect(error.column == column)
  }

  @Test func `any bytes of csv and tsv end in a row or an error`() throws {
    var random = SeededGenerator(seed: 7)
    let alphabet = Array("a1,\t\"\\N\u{e9}\n ".utf8) + [0, 0xff]
    for format in [InputFormat.csv, .tsv] {
      let separator = format == .csv ? "," : "\t"
      let header = ["id", "name"].joined(separator: separator)
      var encoder = try RowEncoder(table: table, format: format, header: Array(header.utf8).span)
      var accepted = 0
      for _ in 0..<20_000 {
        let line = (0..<Int.random(in: 0...9, using: &random)).map { _ in
          alphabet.randomElement(using: &random) ?? 0
        }
        var buffer = ByteBuffer()
        do throws(InputError) {
          try encoder.encode(line: line.span, into: &buffer, hiddenKey: 0)
        } catch {
          #expect(error.column >= 1 && error.column <= line.count + 1)
          continue
        }
        accepted += 1
        #expect(throws: Never.self) { try decodeRow(buffer, table) }
      }
      #expect(accepted > 10)
    }
  }

  @Test func `a header must name columns of the table once`() {
    #expect(throws: InputError.self) { try rows(.csv, "id,id", []) }
    let error = #expect(throws: InputError.self) { try rows(.csv, "id,nam", []) }
    #expect(error?.hint == "did you mean \"name\"?")
    #expect(error?.column == 4)
  }

  func infer(_ lines: [String]) throws -> [String] {
    var inference = SchemaInference()
    for line in lines { try inference.observe(line: Array(line.utf8).span) }
    return inference.columns(key: ["id"]).map {
      "\($0.name.text) \($0.type.sqlName)\($0.notNull ? " NOT NULL" : "")"
    }
  }

  @Test func `columns are inferred from json`() throws {
    let lines = [
      #"{"id":1,"a":1,"b":1.5,"c":1e3,"d":true,"e":"2020-01-31","f":"2020-01-31T10:00:00Z"}"#,
      #"{"id":2,"a":2.5,"g":"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11","h":"007","i":{},"j":null}"#,
      #"{"id":3,"k":1,"l":[1]}"#, #"{"id":4,"k":"x","l":"y"}"#,
    ]
    #expect(
      try infer(lines) == [
        "id BIGINT NOT NULL", "a NUMERIC", "b NUMERIC", "c DOUBLE PRECISION", "d BOOLEAN",
        "e DATE", "f TIMESTAMPTZ", "g UUID", "h TEXT", "i JSON", "j TEXT", "k TEXT", "l JSON",
      ])
  }

  @Test func `columns are inferred from csv`() throws {
    let header = Array("id,zip,price,day,quoted,on".utf8)
    var inference = try SchemaInference(format: .csv, header: header.span)
    for line in ["1,0071,1.50,2020-01-01,\"12\",true", "2,12,3,,\"x\",false"] {
      try inference.observe(line: Array(line.utf8).span)
    }
    #expect(
      inference.columns(key: []).map(\.type.sqlName)
        == ["BIGINT", "TEXT", "NUMERIC", "DATE", "TEXT", "BOOLEAN"])
  }
}
