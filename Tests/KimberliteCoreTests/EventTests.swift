// SPDX-License-Identifier: Apache-2.0

import KimberliteCore
import Testing

@Suite struct EventTests {
  private func table(personal: Bool) -> Table {
    Table(
      id: 7, name: "t",
      columns: [
        Column(id: 1, name: "a", type: .text, notNull: false, personal: personal, storageName: "a"),
        Column(id: 2, name: "b", type: .bigint, notNull: true, storageName: "b"),
        Column(id: 3, name: "c", type: .date, notNull: false, personal: personal, storageName: "c"),
      ], constraints: [Constraint(name: "k", kind: .primaryKey([2]))], storageName: "t",
      createdAt: 0, nextColumnID: 4)
  }

  private func bytes(_ append: (inout ByteBuffer) -> Void) -> [UInt8] {
    var buffer = ByteBuffer()
    append(&buffer)
    return buffer.array()
  }

  @Test func `a row's personal values are an event of their own`() {
    let row: [Value] = [.text("A"), .integer(5), .integer(-1)]
    let whole = table(personal: false)
    #expect(
      bytes { $0.appendEvent(.insert, whole, row: row) } == [
        0x83, 1, 7, 0x83, 0x61, 0x41, 5, 0x20,
      ])
    let split = table(personal: true)
    #expect(bytes { $0.appendEvent(.update, split, row: row) } == [0x83, 2, 7, 0x81, 5])
    #expect(
      bytes { $0.appendPersonal(split, row: row) } == [0x83, 8, 7, 0x82, 0x61, 0x41, 0x20])
    #expect(bytes { $0.appendDelete(split, key: [.integer(5)]) } == [0x83, 3, 7, 0x81, 5])
  }

  @Test func `a column says that it is personal, and nothing where it is not`() throws {
    for personal in [false, true] {
      let change = SchemaChange.createTable(table(personal: personal))
      let encoded = bytes { $0.appendEvent(change) }
      #expect(String(decoding: encoded, as: UTF8.self).contains("personal") == personal)
      var reader = CBORReader(encoded.span)
      #expect(try reader.readEventHead() == .schema)
      #expect(try reader.readSchemaChange() == change)
    }
    // `false` would be a second spelling of nothing: `true` is 0xf5 and stands behind the name.
    var spelt = bytes { $0.appendEvent(SchemaChange.createTable(table(personal: true))) }
    let name = Array("personal".utf8)
    let at = try #require(
      spelt.indices.first { spelt[$0...].starts(with: name) && spelt[$0 + name.count] == 0xf5 })
    spelt[at + name.count] = 0xf4
    var reader = CBORReader(spelt.span)
    #expect(try reader.readEventHead() == .schema)
    #expect(throws: CBORError.self) { try reader.readSchemaChange() }
  }
}
