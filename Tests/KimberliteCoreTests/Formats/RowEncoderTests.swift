// SPDX-License-Identifier: Apache-2.0
// Lines of input to rows: what is read back from the CBOR is what the line said.

import KimberliteCore
import Testing

/// A table of columns named and typed by the caller.
func sampleTable(_ columns: [(String, SQLType)], notNull: [String] = []) -> Table {
  Table(
    id: 1, name: "t",
    columns: columns.enumerated().map { index, column in
      Column(
        id: ColumnID(index + 1), name: column.0, type: column.1,
        notNull: notNull.contains(column.0), hidden: column.0 == "_key", storageName: column.0)
    },
    constraints: [], storageName: "t", createdAt: 0, nextColumnID: ColumnID(columns.count + 1))
}

/// The values of one encoded row.
func decodeRow(_ buffer: borrowing ByteBuffer, _ table: Table) throws(CBORError) -> [Value] {
  var reader = CBORReader(buffer.span)
  var row: [Value] = []
  for index in 0..<(try reader.readArray()) {
    row.append(try reader.readValue(as: table.columns[index].type))
  }
  try reader.finish()
  return row
}

struct RowEncoderTests {
  let table = sampleTable(
    [
      ("_key", .bigint), ("id", .integer), ("name", .text), ("dob", .date),
      ("balance", .numeric(precision: 10, scale: 2)), ("score", .double), ("ok", .boolean),
      ("seen", .timestamptz), ("data", .jsonb), ("code", .varchar(limit: 3)),
    ], notNull: ["id"])

  func encode(_ line: String) -> Result<[Value], InputError> {
    var encoder = RowEncoder(table: table)
    return encode(line, &encoder)
  }

  func encode(_ line: String, _ encoder: inout RowEncoder) -> Result<[Value], InputError> {
    var buffer = ByteBuffer()
    do throws(InputError) {
      try encoder.encode(line: Array(line.utf8).span, into: &buffer, hiddenKey: 7)
    } catch {
      let left = buffer.count
      #expect(left == 0)
      return .failure(error)
    }
    do { return .success(try decodeRow(buffer, table)) } catch {
      Issue.record("the row does not decode: \(error)")
      return .success([])
    }
  }

  func error(_ line: String) -> InputError? {
    if case .failure(let error) = encode(line) { error } else { nil }
  }

  @Test func `a line becomes the values of its columns`() throws {
    let row = try encode(
      #"{"name":"Ann \u00e9\ud83d\ude00\n","id":1,"dob":"1980-02-29","balance":12.5,"score":1e2,"#
        + #""ok":true,"seen":"2026-02-03T10:00:00Z","data": {"b":1e1,"a":[1,"x"]} ,"#
        + #""code":"äöü"}"#
    ).get()
    #expect(
      row == [
        .integer(7), .integer(1), .text("Ann é😀\n"), .integer(3711), .text("12.50"), .real(100),
        .integer(1), .integer(1_770_112_800_000_000), .text(#"{"a": [1, "x"], "b": 10}"#),
        .text("äöü"),
      ])
  }

  @Test func `text forms are accepted for every type and literals for text`() throws {
    let row = encode(
      #"{"id":"12","name":1.50,"balance":"12.504","score":"1.5","ok":"yes","data":"x","code":true"#
        + "}"
    )
    guard case .failure(let error) = row else {
      Issue.record("'true' has four characters")
      return
    }
    #expect(error.state == .stringTooLong)
    let good = try encode(
      #"{"id":"12","name":1.50,"balance":"12.504","ok":"yes","data":"x","code":null}"#
    ).get()
    #expect(
      good == [
        .integer(7), .integer(12), .text("1.50"), .null, .text("12.50"), .null, .integer(1), .null,
        .text("\"x\""), .null,
      ])
  }

  @Test(arguments: [
    (
      #"{"id":1,"dob":"31/02/1980"}"#, 15,
      #"column "dob": "31/02/1980" is not a DATE (want YYYY-MM-DD)"#
    ),
    (#"{"id":"abc"}"#, 7, #"column "id": "abc" is not an INTEGER"#),
    (#"{"id":1.5}"#, 7, #"column "id": "1.5" is not an INTEGER"#),
    (#"{"id":3000000000}"#, 7, #"column "id": "3000000000" is out of range for INTEGER"#),
    (
      #"{"id":99999999999999999999}"#, 7,
      #"column "id": "99999999999999999999" is out of range for INTEGER"#
    ),
    (#"{"id":1,"nmae":"x"}"#, 9, #"table "t" has no column "nmae""#),
    (#"{"id":1,"_key":1}"#, 9, #"table "t" has no column "_key""#),
    (#"{"id":1,"id":2}"#, 9, #"column "id" is given twice"#),
    (#"{"name":"x"}"#, 1, #"column "id": no value, and no default, for a NOT NULL column"#),
    (#"{"id":null}"#, 7, #"column "id": null for a NOT NULL column"#),
    (#"{"id":1,"name":{}}"#, 16, #"column "name": an object is not a TEXT"#),
    (#"{"id":1,"name":"\u0000"}"#, 17, #"\u0000 is refused: no text holds U+0000"#),
    (#"{"id":1,"name":"\ud800"}"#, 17, "not JSON: a surrogate without its pair"),
    (#"{"id":01}"#, 8, "not JSON: a number must not begin with 0"),
    (#"{"id":1} x"#, 10, "not JSON: 'x' where the end of the line should be"),
    (#"{"id":1"#, 8, "not JSON: ends where ',' or '}' should be"),
    (#"{"id":1,}"#, 9, "not JSON: '}' where a key in double quotes should be"),
    ("[1]", 1, "not JSON: '[' where the '{' of a row should be"),
    ("", 1, "not JSON: ends where the '{' of a row should be"),
  ])
  func `a bad line says what and where`(line: String, column: Int, message: String) {
    let error = error(line)
    #expect(error?.message == message)
    #expect(error?.column == column)
  }

  @Test func `a misspelt column gets a hint`() {
    #expect(error(#"{"nmae":1}"#)?.hint == #"did you mean "name"?"#)
    #expect(error(#"{"zzzzzz":1}"#)?.hint == nil)
  }

  @Test func `a hundred thousand levels are an error`() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(error("{\"data\":\(deep)")?.message == "nested deeper than 128 levels")
    let most = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
    #expect(error("{\"id\":1,\"data\":\(most)}") == nil)
    #expect(error("{\"id\":1,\"data\":[\(most)]}") != nil)
  }

  @Test func `keys may change their order from line to line`() throws {
    var encoder = RowEncoder(table: table)
    for line in [
      #"{"id":1,"name":"a"}"#, #"{"name":"a","id":1}"#, #"{"id":1}"#,
      #"{"na\u006de":"a","id":1}"#,
    ] {
      let row = try encode(line, &encoder).get()
      #expect(row[1] == .integer(1))
      #expect(row[2] == (line.contains("na") ? .text("a") : .null))
    }
  }

  @Test func `an escaped key is not taken for the bytes that spell it`() throws {
    let table = sampleTable([("a\\n", .integer), ("a\n", .integer)])
    var encoder = RowEncoder(table: table)
    for line in [#"{"a\\n":1,"a\n":2}"#, #"{"a\n":2,"a\\n":1}"#] {
      var buffer = ByteBuffer()
      try encoder.encode(line: Array(line.utf8).span, into: &buffer, hiddenKey: 0)
      #expect(try decodeRow(buffer, table) == [.integer(1), .integer(2)])
    }
  }

  @Test func `defaults fill what a line leaves out`() throws {
    var value = ByteBuffer()
    value.appendCBOR(Int64(9))
    let table = sampleTable([("id", .integer), ("n", .integer)], notNull: ["n"])
    var encoder = RowEncoder(table: table, defaults: [nil, value.array()])
    var buffer = ByteBuffer()
    try encoder.encode(line: Array(#"{"id":1}"#.utf8).span, into: &buffer, hiddenKey: 0)
    #expect(try decodeRow(buffer, table) == [.integer(1), .integer(9)])
    #expect(throws: InputError.self) {
      try encoder.encode(line: Array(#"{"n":null}"#.utf8).span, into: &buffer, hiddenKey: 0)
    }
    #expect(try decodeRow(buffer, table) == [.integer(1), .integer(9)])
  }

  @Test func `every truncation and byte flip ends in a row or an error`() {
    let line =
      Array(
        #"{"id":12,"name":"Zoë \"x\"","dob":"1980-02-29","balance":-12.50,"score":1.5e3,"ok":false,"#
          .utf8
      )
      + Array(
        #""seen":"2026-02-03T10:00:00.5+02:00","data":{"a":[1,{"b":null}]},"code":"ab"}"#.utf8)
    var encoder = RowEncoder(table: table)
    var buffer = ByteBuffer()
    var accepted = 0
    func attempt(_ bytes: [UInt8], _ encoder: inout RowEncoder) {
      do throws(InputError) {
        buffer.removeAll()
        try encoder.encode(line: bytes.span, into: &buffer, hiddenKey: 1)
        accepted += 1
        #expect(throws: Never.self) { try decodeRow(buffer, table) }
      } catch {
        #expect(error.column >= 1 && error.column <= bytes.count + 1)
      }
    }
    for length in 0...line.count { attempt(Array(line[..<length]), &encoder) }
    #expect(accepted == 1)
    for index in line.indices {
      for bit in 0..<8 {
        var flipped = line
        flipped[index] ^= 1 << UInt8(bit)
        attempt(flipped, &encoder)
      }
    }
  }
}
