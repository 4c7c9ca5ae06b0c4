// SPDX-License-Identifier: Apache-2.0
// Random histories of tables and a stream, what events they are in the log, and random choices of
// which of them an erasure takes.

import Glibc
import KimberliteCore

@testable import Kimberlite

/// A row event of the log, and its personal part if it has one.
struct RowEvent {
  var place: EventPlace
  var table: Table
  var kind: EventKind
  var key: [Value]
  var hasPersonal = false
}

/// What the events of a log are.
struct LogEvents {
  /// The events of each row, by table and key.
  private(set) var rows: [String: [RowEvent]] = [:]
  private(set) var streams: [ObjectID: [EventPlace]] = [:]
  private(set) var recordCount: UInt64 = 0
  /// Whether no number of a stream was given twice, erased or not.
  private(set) var numbersGrow = true

  init(_ path: String) throws {
    let log = try LogReader(directory: path, disk: PosixDisk())
    var cursor = try log.records(from: 0)
    var catalog = Catalog()
    var sequences: [ObjectID: UInt64] = [:]
    while try cursor.next() {
      var last: String?
      for index in cursor.events.indices {
        let place = EventPlace(offset: cursor.header.offset, place: index)
        var reader = CBORReader(cursor.event(index))
        let kind = try reader.readEventHead()
        switch kind {
        case .schema: catalog.apply(try reader.readSchemaChange())
        case .streamEvent:
          let stream = try reader.readObjectID()
          let sequence = try reader.readSequence()
          if let last = sequences.updateValue(sequence, forKey: stream), last >= sequence {
            numbersGrow = false
          }
          streams[stream, default: []].append(place)
        case .personal:
          if let last, let index = rows[last]?.indices.last {
            rows[last]?[index].hasPersonal = true
          }
        case .insert, .update, .delete:
          guard let table = catalog.table(try reader.readObjectID()) else { continue }
          let event = try Self.event(kind, table, place, &reader)
          let name = "\(table.id) \(event.key)"
          rows[name, default: []].append(event)
          last = name
        default: break
        }
      }
      recordCount = cursor.header.offset + 1
    }
  }

  private static func event(
    _ kind: EventKind, _ table: Table, _ place: EventPlace, _ reader: inout CBORReader
  ) throws -> RowEvent {
    _ = try reader.readArray()
    let columns = kind == .delete ? table.keyColumns : table.positions(personal: false)
    var values: [Int: Value] = [:]
    for column in columns {
      values[column] = try reader.readValue(as: table.columns[column].type)
    }
    return RowEvent(
      place: place, table: table, kind: kind, key: table.keyColumns.compactMap { values[$0] })
  }
}

/// A log that random statements write.
struct RandomHistory {
  let path: String
  private let folder: Folder
  private var random: Random
  private var files = 0
  private var added = 0
  /// What streams go on with after an erasure, and how many records there were then.
  var floors: [(stream: ObjectID, next: UInt64, count: UInt64)] = []

  init(_ folder: Folder, seed: UInt64) throws {
    self.folder = folder
    path = folder.path + "/log"
    random = Random(seed: seed)
    let writer = try Writer(opening: path, create: true) { _ in }
    for sql in [
      "CREATE TABLE a (id INT PRIMARY KEY, x INT, s TEXT UNIQUE)",
      "CREATE TABLE p (x INT PERSONAL, id INT, s TEXT UNIQUE PERSONAL, k TEXT, r REAL, "
        + "PRIMARY KEY (k, id))",
      "CREATE TABLE n (v TEXT, w TEXT PERSONAL)", "CREATE STREAM s", "CREATE STREAM z",
    ] { run(writer, sql) }
    try writer.close()
  }

  mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

  // MARK: Writing

  /// Whether a statement was good: random ones meet constraints.
  @discardableResult
  private func run(_ writer: Writer, _ sql: String) -> Bool {
    var parser = Parser(sql)
    do {
      while let statement = try parser.next() { _ = try writer.run(statement) }
      return true
    } catch { return false }
  }

  mutating func write(steps: Int) throws {
    let writer = try Writer(opening: path) { _ in }
    for _ in 0..<steps {
      if below(6) == 0 {
        try appendEvents(writer)
      } else if below(4) == 0 {
        // Versions that begin and end in one record, and rows that leave and come back in one.
        guard run(writer, "BEGIN") else { continue }
        for _ in 0..<(2 + below(4)) where writer.isInTransaction { run(writer, statement()) }
        if writer.isInTransaction { run(writer, "COMMIT") }
      } else {
        run(writer, statement())
      }
    }
    try writer.close()
  }

  private mutating func appendEvents(_ writer: Writer) throws {
    files += 1
    let file = "\(folder.path)/\(files)"
    let count = 1 + below(9)
    let text = (0..<count).map { "{\"n\":\($0)}\n" }.joined()
    guard let out = fopen(file, "w") else { return }
    fputs(text, out)
    fclose(out)
    var options = IngestOptions(target: .stream(below(3) == 0 ? "z" : "s"))
    options.paths = [file]
    options.batchLines = 1 + below(9)
    _ = try writer.ingest(options)
  }

  private mutating func statement() -> String {
    let table = ["a", "p", "n", "p"][below(4)]
    let key = below(12)
    let text = below(4) == 0 ? "NULL" : "'v\(below(60))'"
    switch below(table == "n" ? 6 : 14) {
    case 0 where below(3) == 0: return alter(table)
    case 1, 2:
      return table == "n"
        ? "INSERT INTO n (v, w) VALUES (\(text), 'w\(key)')"
        : "UPDATE \(table) SET x = coalesce(x, 0) + 1 WHERE id > \(key)"
    case 3:
      return table == "n"
        ? "DELETE FROM n WHERE w = 'w\(key)'" : "DELETE FROM \(table) WHERE id = \(key)"
    case 4, 5:
      return table == "n"
        ? "UPDATE n SET w = 'w\(key)' WHERE w > 'w\(key)'"
        : "UPDATE \(table) SET s = \(text) WHERE id = \(key)"
    case 6: return "UPDATE \(table) SET id = id + 5 WHERE id = \(key)"
    default:
      let target = table == "a" ? "id" : "k, id"
      let (name, value) = table == "a" ? ("", "") : (", k", ", 'k\(below(2))'")
      return
        "INSERT INTO \(table) (id, x, s\(name)) VALUES (\(key), \(below(9)), \(text)\(value)), "
        + "(\(key + 1), 1, NULL\(value)) ON CONFLICT (\(target)) DO UPDATE SET x = excluded.x"
    }
  }

  private mutating func alter(_ table: String) -> String {
    added += 1
    switch below(5) {
    case 0: return "CREATE INDEX ON \(table) (\(table == "n" ? "w" : "s"))"
    case 1: return "CREATE UNIQUE INDEX ON \(table) (\(table == "n" ? "v" : "x, s"))"
    case 2: return "ALTER TABLE \(table) DROP COLUMN c\(1 + below(added))"
    case 3: return "ALTER TABLE \(table) ADD COLUMN c\(added) TEXT"
    default: return "ALTER TABLE \(table) ADD COLUMN c\(added) TEXT DEFAULT 'd' PERSONAL"
    }
  }

  // MARK: Erasing

  /// What is erased, as the log and as the view names it.
  struct Erasure {
    var holes: Set<EventPlace> = []
    var versions: [(table: Table, version: RowVersion)] = []
    /// Of rows of which all events go but that of a live version.
    var traces: [(table: ObjectID, trace: RowTrace)] = []
    var personal: [(table: Table, version: RowVersion)] = []
    var streams: [ObjectID: [EventPlace]] = [:]
  }

  /// Chooses, for some rows, all versions, the superseded ones, or personal parts; and events of
  /// streams.
  mutating func erasure(of events: LogEvents, besides known: Set<EventPlace>) -> Erasure {
    var erasure = Erasure()
    for (_, all) in events.rows.sorted(by: { $0.key < $1.key }) {
      let row = all.filter { !known.contains($0.place) }
      switch below(6) {
      case 0: take(row, keepsLive: false, &erasure)
      case 1: take(row, keepsLive: true, &erasure)
      case 2: takePersonal(row, known, &erasure)
      default: break
      }
    }
    for (stream, places) in events.streams.sorted(by: { $0.key < $1.key }) {
      let odds = 1 + below(5)
      let taken = places.filter { !known.contains($0) && below(odds) == 0 }
      if taken.isEmpty { continue }
      erasure.streams[stream] = taken
      erasure.holes.formUnion(taken)
    }
    return erasure
  }

  private mutating func take(_ row: [RowEvent], keepsLive: Bool, _ erasure: inout Erasure) {
    let isLive = row.last.map { $0.kind != .delete } ?? false
    let kept = keepsLive && isLive ? row.last?.place : nil
    // A delete says no more than a key; it may stay or go.
    let takesDeletes = below(2) == 0
    for (index, event) in row.enumerated() where event.place != kept {
      let trace = RowTrace(key: event.table.encodedKey(event.key), offset: event.place.offset)
      erasure.traces.append((event.table.id, trace))
      if event.kind == .delete {
        if takesDeletes { erasure.holes.insert(event.place) }
        continue
      }
      erasure.holes.insert(event.place)
      if event.hasPersonal { erasure.holes.insert(event.place.next) }
      if isLast(index, of: row) {
        erasure.versions.append(
          (event.table, RowVersion(key: event.key, from: event.place.offset)))
      }
    }
  }

  private mutating func takePersonal(
    _ row: [RowEvent], _ known: Set<EventPlace>, _ erasure: inout Erasure
  ) {
    let odds = 1 + below(2)
    for (index, event) in row.enumerated()
    where event.hasPersonal && !known.contains(event.place.next) && below(odds) == 0 {
      erasure.holes.insert(event.place.next)
      if isLast(index, of: row) {
        erasure.personal.append(
          (event.table, RowVersion(key: event.key, from: event.place.offset)))
      }
    }
  }

  /// Whether an event is the last of its row in its record: only of that one there is a version.
  private func isLast(_ index: Int, of row: [RowEvent]) -> Bool {
    index + 1 == row.count || row[index + 1].place.offset != row[index].place.offset
  }
}

extension EventPlace {
  fileprivate var next: EventPlace { EventPlace(offset: offset, place: place + 1) }
}
