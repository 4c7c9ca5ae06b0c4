// SPDX-License-Identifier: Apache-2.0
// V1 with holes: after random histories and random erasures, the view of which the erased events
// were taken away is the fold of the log without them, now and whatever is written afterwards.
// KB_SEEDS sets how many runs, KB_SEED replays one.

import Glibc
import KimberliteCore
import Testing

@testable import Kimberlite

@Suite
struct HoleTests {
  @Test(arguments: FoldTests.seeds)
  func `a view after an erasure is the fold of the log with its holes`(seed: UInt64) throws {
    let folder = Folder()
    var history = try RandomHistory(folder, seed: seed)
    try history.write(steps: 60)
    var holes: Set<EventPlace> = []
    for round in 0..<3 {
      let events = try LogEvents(history.path)
      #expect(events.numbersGrow, "KB_SEED=\(seed), round \(round)")
      let erasure = history.erasure(of: events, besides: holes)
      holes.formUnion(erasure.holes)
      let floors = try erase(erasure, in: history.path)
      history.floors += floors.map { ($0.stream, $0.next, events.recordCount) }
      let hint: Comment = "KB_SEED=\(seed), round \(round)"
      let folded = folder.path + "/folded.\(round)"
      #expect(mkdir(folded, 0o700) == 0 && mkdir(folded + "/segments", 0o700) == 0)
      try fold(history.path, without: holes, history.floors, into: folded)
      let (live, fresh) = (try dump(history.path), try dump(folded))
      #expect(live.count == fresh.count, hint)
      for (a, b) in zip(live, fresh) where a != b {
        #expect(a == b, hint)
        break
      }
      // Keys and numbers are used again, and the fold still goes along.
      try history.write(steps: 25)
    }
  }

  /// Takes events out of the view, as a purge does; answers what their streams go on with.
  private func erase(
    _ erasure: RandomHistory.Erasure, in path: String
  ) throws -> [(stream: ObjectID, next: UInt64)] {
    let log = try LogReader(directory: path, disk: PosixDisk())
    let view = try View.openForWriting(path, logID: log.logID, pageKey: nil)
    try view.begin()
    let eraser = ViewEraser(view: view)
    var floors: [(stream: ObjectID, next: UInt64)] = []
    for (stream, places) in erasure.streams.sorted(by: { $0.key < $1.key }) {
      let next = try view.nextSequence(of: stream)
      try view.reserveSequences(of: stream, below: next)
      floors.append((stream, next))
      try eraser.erase(places, of: stream)
    }
    for (table, version) in erasure.versions {
      #expect(try eraser.erase([version], of: table) == 1)
    }
    for (table, trace) in erasure.traces { try eraser.erase([trace], of: table) }
    for (table, version) in erasure.personal {
      #expect(try eraser.erasePersonal([version], of: table) == 1)
    }
    if erasure.holes.isEmpty { view.noteHoles() }
    try view.commit()
    return floors
  }

  /// Folds a log, with holes at some places, into a view of its own, in many goes.
  private func fold(
    _ path: String, without holes: Set<EventPlace>,
    _ floors: [(stream: ObjectID, next: UInt64, count: UInt64)], into folded: String
  ) throws {
    let log = try LogReader(directory: path, disk: PosixDisk())
    var view = try View.openForWriting(folded, logID: log.logID, pageKey: nil)
    try view.begin()
    var cursor = try log.records(from: 0)
    while try cursor.next() {
      let offset = cursor.header.offset
      for floor in floors where floor.count == offset {
        try view.reserveSequences(of: floor.stream, below: floor.next)
      }
      var ranges = cursor.events
      for place in ranges.indices where holes.contains(EventPlace(offset: offset, place: place)) {
        ranges[place] = ranges[place].lowerBound..<ranges[place].lowerBound
      }
      let context = View.context(cursor.event(0)) ?? Context()
      try view.apply(ranges.span, of: cursor.body, offset: offset)
      try view.recordDone(
        offset: offset, timestamp: cursor.header.timestamp, context: context,
        events: ranges.count - 1, hash: cursor.hash)
      view.position = cursor.position
      // Whoever goes on knows that there were holes.
      if offset % 2 == 0 {
        try view.commit()
        view = try View.openForWriting(folded, logID: log.logID, pageKey: nil)
        try view.begin()
      }
    }
    for floor in floors where floor.count == view.position.head.count {
      try view.reserveSequences(of: floor.stream, below: floor.next)
    }
    try view.commit()
  }

  /// Everything that a view holds, its structure first.
  private func dump(_ path: String) throws -> [String] {
    let connection = try #require(try View.openForReading(path, pageKey: nil))
    var lines: [String] = []
    let structure = try connection.prepare(
      "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name")
    while try structure.step() { lines.append("\(structure.row())") }
    let tables = try connection.prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY 1")
    while try tables.step() {
      let name = tables.text(0)
      let rows = try connection.prepare(
        name == "kb_state"
          ? "SELECT count, hash, holes FROM kb_state" : "SELECT * FROM \(Storage.quote(name))")
      while try rows.step() { lines.append("\(name): \(rows.row())") }
    }
    return lines
  }

  // MARK: One event at a time

  private let table = Table(
    id: 1, name: "t",
    columns: [
      Column(id: 1, name: "id", type: .bigint, notNull: true, storageName: "id"),
      Column(id: 2, name: "p", type: .text, notNull: false, personal: true, storageName: "p"),
    ], constraints: [Constraint(name: "k", kind: .primaryKey([1]))], storageName: "t",
    createdAt: 0, nextColumnID: 3)

  private func view(_ folder: Folder) throws -> View {
    #expect(mkdir(folder.path + "/segments", 0o700) == 0)
    let view = try View.openForWriting(folder.path, logID: testLogID, pageKey: nil)
    try view.begin()
    try apply([bytes { $0.appendEvent(SchemaChange.createTable(table)) }], to: view, 0)
    return view
  }

  private func bytes(_ append: (inout ByteBuffer) -> Void) -> [UInt8] {
    var buffer = ByteBuffer()
    append(&buffer)
    return buffer.array()
  }

  /// Applies events, of which the empty ones are holes.
  private func apply(_ events: [[UInt8]], to view: View, _ offset: UInt64) throws(ApplyError) {
    var ranges: [Range<Int>] = []
    for event in events {
      let start = ranges.last?.upperBound ?? 0
      ranges.append(start..<start + event.count)
    }
    let all = events.flatMap { $0 }
    try view.apply(ranges.span, of: all.span, offset: offset)
  }

  private func row(_ kind: EventKind, _ id: Int64) -> [UInt8] {
    bytes { $0.appendEvent(kind, table, row: [.integer(id), .null]) }
  }

  private func personal(_ text: String) -> [UInt8] {
    bytes { $0.appendPersonal(table, row: [.integer(0), .text(text)]) }
  }

  private func delete(_ id: Int64) -> [UInt8] {
    bytes { $0.appendDelete(table, key: [.integer(id)]) }
  }

  private func live(_ view: View) throws -> [[Value]] {
    let rows = try view.connection.prepare("SELECT id, p FROM t WHERE _live = 1")
    var all: [[Value]] = []
    while try rows.step() { all.append(rows.row()) }
    return all
  }

  @Test func `a row that is missed is an error until a hole was met`() throws {
    let folder = Folder()
    let view = try view(folder)
    #expect(throws: ApplyError.self) { try apply([row(.update, 1), personal("a")], to: view, 1) }
    #expect(throws: ApplyError.self) { try apply([delete(1)], to: view, 1) }
    try apply([[], []], to: view, 2)
    try apply([delete(1), row(.update, 2), personal("b"), delete(3)], to: view, 3)
    #expect(try live(view) == [[.integer(2), .text("b")]])
    // What is there twice was never erased.
    #expect(throws: ApplyError.self) { try apply([row(.insert, 2), personal("c")], to: view, 4) }
  }

  @Test func `a hole stands for a row, its personal part, or both`() throws {
    let folder = Folder()
    let view = try view(folder)
    try apply(
      [
        row(.insert, 1), personal("a"), [], personal("b"), row(.insert, 3), [], [], [],
        row(.insert, 5), personal("e"), row(.update, 5), [],
      ], to: view, 1)
    #expect(
      try live(view) == [[.integer(1), .text("a")], [.integer(3), .null], [.integer(5), .null]])
  }

  @Test func `a row and its personal part stand together or are refused`() throws {
    let folder = Folder()
    let view = try view(folder)
    var other = table
    other.id = 9
    let foreign = bytes { $0.appendPersonal(other, row: [.integer(0), .text("x")]) }
    let wide = bytes { $0.appendPersonal(table, row: [.integer(0), .text("x")]) } + [0]
    for events in [
      [row(.insert, 1)], [row(.insert, 1), row(.insert, 2), personal("b")], [personal("a")],
      [row(.insert, 1), personal("a"), personal("a")], [row(.insert, 1), foreign],
      [row(.insert, 1), wide], [row(.insert, 1), delete(1)],
    ] {
      try view.beginRecord()
      #expect(throws: ApplyError.self, "\(events)") { try apply(events, to: view, 1) }
      try view.rollbackRecord()
    }
    #expect(try live(view).isEmpty)
  }
}
