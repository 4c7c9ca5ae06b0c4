// SPDX-License-Identifier: Apache-2.0
// Golden output of every format for one result with every troublesome value.

import KimberliteCore
import Testing

struct RowPrinterTests {
  static let columns: [(String, SQLType)] = [
    ("id", .integer), ("name", .text), ("balance", .numeric(precision: 10, scale: 2)),
    ("score", .double), ("ok", .boolean), ("dob", .date), ("data", .jsonb), ("raw", .bytea),
  ]

  static let rows: [[Value]] = [
    [
      .integer(1), .text("Ann"), .text("12.50"), .real(1.5), .integer(1), .integer(0),
      .text("{\"a\":\n 1}"), .blob([0, 255]),
    ],
    [
      .integer(-20), .text("a,\"b\"|\\<&>\n\u{1b}[0m\t日"), .null, .real(.infinity), .integer(0),
      .null,
      .null, .null,
    ],
    [.null, .text(""), .null, .null, .null, .null, .null, .null],
  ]

  func output(
    _ format: OutputFormat, _ columns: [(String, SQLType)] = columns, _ rows: [[Value]] = rows
  ) -> String {
    var printer = RowPrinter(
      format: format, columns: columns.map { ResultColumn(name: $0.0, type: $0.1) })
    printer.begin()
    for row in rows {
      for value in row { printer.append(value) }
      printer.endRow()
    }
    printer.finish()
    let bytes = printer.output.array()
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func `ndjson is one object a line`() {
    #expect(
      output(.ndjson) == #"""
        {"id":1,"name":"Ann","balance":12.50,"score":1.5,"ok":true,"dob":"1970-01-01","data":{"a":  1},"raw":"\\x00ff"}
        {"id":-20,"name":"a,\"b\"|\\<&>\n\u001b[0m\t日","balance":null,"score":"Infinity","ok":false,"dob":null,"data":null,"raw":null}
        {"id":null,"name":"","balance":null,"score":null,"ok":null,"dob":null,"data":null,"raw":null}

        """#)
  }

  // Evidence: R9
  @Test func `json is one array`() {
    let two: [(String, SQLType)] = [("a", .integer), ("b\"", .text)]
    #expect(output(.json, two, []) == "[]\n")
    #expect(
      output(.json, two, [[.integer(1), .null], [.null, .text("x")]])
        == "[\n{\"a\":1,\"b\\\"\":null},\n{\"a\":null,\"b\\\"\":\"x\"}\n]\n")
  }

  @Test func `csv quotes what needs it`() {
    #expect(
      output(.csv) == #"""
        id,name,balance,score,ok,dob,data,raw
        1,Ann,12.50,1.5,true,1970-01-01,"{""a"":
         1}",\x00ff
        -20,"a,""b""|\<&>
        """# + "\n\u{1b}[0m\t日\",,Infinity,false,,,\n,\"\",,,,,,\n")
  }

  @Test func `tsv escapes as copy does`() {
    #expect(
      output(.tsv)
        == "id\tname\tbalance\tscore\tok\tdob\tdata\traw\n"
        + "1\tAnn\t12.50\t1.5\ttrue\t1970-01-01\t{\"a\":\\n 1}\t\\\\x00ff\n"
        + "-20\ta,\"b\"|\\\\<&>\\n\u{1b}[0m\\t日\t\\N\tInfinity\tfalse\t\\N\t\\N\t\\N\n"
        + "\\N\t\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\n")
  }

  @Test func `markdown and html escape their marks`() {
    let two: [(String, SQLType)] = [("n", .bigint), ("a|b", .text)]
    let rows: [[Value]] = [[.integer(1), .text("<x>|_\ny")], [.null, .null]]
    #expect(
      output(.markdown, two, rows)
        == "| n | a\\|b |\n| ---: | --- |\n| 1 | &lt;x&gt;\\|\\_<br>y |\n|  |  |\n")
    #expect(
      output(.html, two, rows) == """
        <table>
        <thead>
        <tr><th>n</th><th>a|b</th></tr>
        </thead>
        <tbody>
        <tr><td align="right">1</td><td>&lt;x&gt;|_
        y</td></tr>
        <tr><td align="right"><i>NULL</i></td><td><i>NULL</i></td></tr>
        </tbody>
        </table>

        """)
  }

  @Test func `a table is aligned and cannot drive the terminal`() {
    let three: [(String, SQLType)] = [("id", .integer), ("name", .text), ("note", .text)]
    let rows: [[Value]] = [
      [.integer(1), .text("日本"), .text("x")],
      [.integer(1000), .text("a\u{1b}[2J\u{202e}"), .text("e\u{301}\n")],
    ]
    #expect(
      output(.table, three, rows)
        == [
          "  id  |      name      | note", "------+----------------+------",
          "    1 | 日本           | x", " 1000 | a\\x1b[2J\\u202e | e\u{301}\\n", "(2 rows)\n",
        ].joined(separator: "\n"))
    #expect(output(.table, three, []) == " id | name | note\n----+------+------\n(0 rows)\n")
  }

  @Test func `a long table streams at the widths of its first rows`() {
    let rows: [[Value]] = (0..<1500).map { [.integer(Int64($0 * 100_000))] }
    let lines = output(.table, [("n", .bigint)], rows).split(separator: "\n")
    #expect(lines.count == 1503)
    #expect(lines[2] == "        0")
    #expect(lines[1400] == " 139800000")
    #expect(lines[1502] == "(1500 rows)")
  }

  // Evidence: R9
  @Test func `csv and ndjson output reads back as the same rows`() throws {
    let table = sampleTable(Self.columns)
    for format in [InputFormat.csv, .tsv, .ndjson] {
      let text = output(OutputFormat(rawValue: format.rawValue) ?? .json)
      var splitter = RecordSplitter(format: format)
      splitter.append(Array(text.utf8).span)
      splitter.finish()
      var header: [UInt8] = []
      if format != .ndjson {
        _ = try splitter.next { record, _ in header = record.array() }
      }
      var encoder = try RowEncoder(table: table, format: format, header: header.span)
      var read: [[Value]] = []
      var buffer = ByteBuffer()
      while try splitter.next({ (record, _) throws(InputError) in
        try encoder.encode(line: record, into: &buffer, hiddenKey: 0)
      }) {
        read.append(try decodeRow(buffer, table))
        buffer.removeAll()
      }
      #expect(read.count == 3)
      #expect(read.map { $0[1] } == Self.rows.map { $0[1] })
      #expect(read.map { $0[2] } == Self.rows.map { $0[2] })
      #expect(read.map { $0[7] } == Self.rows.map { $0[7] })
    }
  }
}
