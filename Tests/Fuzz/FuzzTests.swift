// SPDX-License-Identifier: Apache-2.0
// What comes from outside, mutated: frames and bodies, events, lines of input, SQL. Decoders may
// refuse, never trap and never hang. KB_FUZZ sets how many inputs each gets, KB_SEED where the
// seeds begin; a seed names its input, so a trap is replayed by KB_SEED=… KB_FUZZ=1.

import Glibc
import KimberliteCore
import Testing

/// SplitMix64: the same numbers from the same seed, everywhere.
private struct Random: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

private func number(_ name: String, default value: UInt64) -> UInt64 {
  getenv(name).flatMap { UInt64(String(cString: $0)) } ?? value
}

private var seeds: Range<UInt64> {
  let first = number("KB_SEED", default: 1)
  return first..<(first + number("KB_FUZZ", default: 20_000))
}

/// Flips, cuts, repeats and splices bytes.
private func mutate(_ bytes: [UInt8], _ random: inout Random) -> [UInt8] {
  var bytes = bytes
  for _ in 0...random.below(5) {
    if bytes.isEmpty { return [UInt8(random.below(256))] }
    let at = random.below(bytes.count)
    switch random.below(7) {
    case 0: bytes[at] ^= 1 << UInt8(random.below(8))
    case 1: bytes[at] = [0, 1, 0x7f, 0x80, 0xff, 0x5f, 0x9f, 0xbf, 0x1b, 0x3b][random.below(10)]
    case 2: bytes.removeSubrange(at..<min(bytes.count, at + 1 + random.below(4)))
    case 3: bytes.insert(UInt8(random.below(256)), at: at)
    case 4: bytes.removeLast(bytes.count - at)
    case 5:
      bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 9)], at: random.below(bytes.count))
    default:
      // Lengths and counts are where decoders trust too much.
      for place in at..<min(bytes.count, at + 4) { bytes[place] = random.below(2) == 0 ? 0xff : 0 }
    }
  }
  return bytes
}

@Suite
struct FuzzTests {
  /// A catalog of two tables, and the events that made it.
  private func sample() throws -> (catalog: Catalog, events: [[UInt8]]) {
    var catalog = Catalog()
    var events: [[UInt8]] = []
    let script = """
      CREATE TABLE t (id BIGINT PRIMARY KEY, s TEXT DEFAULT 'x' NOT NULL, n NUMERIC(8,2), d DATE,
        z TIMESTAMPTZ, j JSONB, y BYTEA, b BOOLEAN CHECK (b), i INTERVAL, u UUID, r DOUBLE PRECISION);
      CREATE TABLE u (id INTEGER REFERENCES t, k TEXT, UNIQUE (k), PRIMARY KEY (id, k));
      CREATE INDEX ui ON u (k DESC); CREATE STREAM e
      """
    var parser = Parser(script)
    while let statement = try parser.next() {
      guard case .schema(let steps) = try binder(catalog).bind(statement.statement) else {
        continue
      }
      for change in steps.compactMap(\.change) {
        catalog.apply(change)
        var buffer = ByteBuffer(capacity: 256)
        buffer.appendEvent(change)
        events.append(buffer.array())
      }
    }
    var context = ByteBuffer(capacity: 64)
    context.appendEvent(Context(actor: "a", reason: "b", ticket: nil, request: "r"))
    events.append(context.array())
    return (catalog, events)
  }

  private func binder(_ catalog: Catalog) -> Binder {
    Binder(
      catalog: catalog,
      timeline: Timeline(
        newest: 9, offset: { (_: Int64) throws(SQLError) -> UInt64? in 3 },
        catalog: { (_: UInt64) throws(SQLError) -> Catalog in catalog }),
      moment: nil, nextOffset: 10, parameterTexts: ["x": "1", "1": "2"])
  }

  @Test func `frames, headers, blocks and footers of any bytes are decoded or refused`() {
    let nonce: UInt64 = 0x0123_4567_89ab_cdef
    let segment = SegmentHeader(
      kind: .active, logID: LogID(high: 1, low: 2), firstOffset: 0, previous: .zero,
      previousTimestamp: 0, nonce: nonce)
    let header = RecordHeader(
      logID: LogID(high: 1, low: 2), offset: 0, timestamp: 1, eventCount: 3, previous: .zero,
      eventsRoot: .zero)
    var start = ByteBuffer(capacity: 256)
    start.append(segment)
    let segmentBytes = start.array()
    var record = ByteBuffer(capacity: 256)
    record.append(header)
    var body = ByteBuffer(capacity: 256)
    let events = [UInt8](repeating: 0x41, count: 30)
    RecordBody.append(
      events: events.span, ranges: [0..<5, 5..<12, 12..<30],
      seed: [UInt8](repeating: 7, count: 32).span, to: &body
    )
    let salt = [UInt8](repeating: 9, count: 16)
    var sealed = ByteBuffer(capacity: 256)
    RecordBody.beginSealed(&sealed)
    RecordBody.append(salt: salt.span, event: events.span, to: &sealed)
    for place: UInt64 in 0..<2 {
      RecordBody.append(
        salt: salt.span, event: events.span, sealedUnder: SubjectKeyID(slot: place, check: 3),
        to: &sealed
      ) { plain, nonce, body in
        body.append(nonce)
        body.append(plain)
        body.append(salt)
      }
    }
    let samples = [segmentBytes, record.array(), body.array(), sealed.array()]
    for seed in seeds {
      var random = Random(seed: seed)
      var bytes = mutate(samples[random.below(samples.count)], &random)
      if random.below(8) == 0 {
        bytes = (0..<random.below(400)).map { _ in UInt8(random.below(256)) }
      }
      // A CRC that is right leads further in.
      if bytes.count >= 128, random.below(2) == 0 {
        let crc = CRC32C.of(bytes.span.extracting(0..<124))
        for place in 0..<4 {
          bytes[124 + place] = UInt8(truncatingIfNeeded: crc >> (24 - 8 * UInt32(place)))
        }
      }
      _ = try? SegmentHeader(bytes.span)
      // Their callers read as many bytes as these are long.
      if bytes.count >= FrameHeader.byteCount + RecordHeader.byteCount {
        _ = try? FrameHeader(bytes.span)
      }
      if bytes.count >= RecordHeader.byteCount { _ = try? RecordHeader(bytes.span) }
      if bytes.count >= BlockHeader.byteCount { _ = try? BlockHeader(bytes.span) }
      _ = try? SegmentFooter(bytes.span)
      let count = [0, 1, 3, 4, Int(random.next() & 0xffff_ffff)][random.below(5)]
      if let ranges = try? RecordBody.eventRanges(in: bytes.span, count: count) {
        #expect(ranges.count == count && (ranges.last?.upperBound ?? 0) <= bytes.count)
        var salts = Salts()
        _ = try? RecordBody.eventsRoot(of: bytes.span, count: count, salts: &salts)
        var written = ByteBuffer()
        if RecordBody.isSealed(bytes.span) {
          try? RecordBody.append(opening: bytes.span, count: count, to: &written) {
            _, text, plain in
            plain.append(text.extracting(last: text.count - 40))
            return [.opened, .destroyed, .refused][random.below(3)]
          }
        }
        if count > 0 {
          try? RecordBody.append(
            erasing: [0..<1], from: bytes.span, count: count, salts: &salts, to: &written)
          _ = try? RecordBody.needle(of: count - 1, in: bytes.span, count: count)
        }
      }
    }
  }

  @Test func `events of any bytes are decoded or refused, and what decodes encodes back`() throws {
    let (catalog, events) = try sample()
    guard let table = catalog.table(named: "t") else { preconditionFailure("the sample has t") }
    var encoder = RowEncoder(table: table)
    var row = ByteBuffer(capacity: 256)
    let line =
      #"{"id":1,"s":"ä","n":-1.50,"d":"2024-02-29","z":"2026-01-01T00:00:00Z","j":[1],"b":true}"#
    try encoder.encode(line: Array(line.utf8).span, into: &row, hiddenKey: 0)
    let samples = events + [row.array()]
    let types: [SQLType] = table.columns.map(\.type)
    for seed in seeds {
      var random = Random(seed: seed)
      let bytes = mutate(samples[random.below(samples.count)], &random)
      var reader = CBORReader(bytes.span)
      if let kind = try? reader.readEventHead() {
        switch kind {
        case .schema:
          if let change = try? reader.readSchemaChange(), reader.isAtEnd {
            var again = ByteBuffer(capacity: bytes.count)
            again.appendEvent(change)
            let encoded = again.array()
            // Two encodings of one event would be two hashes of it.
            #expect(encoded == bytes, "KB_SEED=\(seed)")
          }
        case .context: _ = try? reader.readContext()
        default: break
        }
      }
      var values = CBORReader(bytes.span)
      if let count = try? values.readArray() {
        for index in 0..<min(count, types.count) {
          guard (try? values.readValue(as: types[index])) != nil else { break }
        }
      }
      var single = CBORReader(bytes.span)
      _ = try? single.readDecimal()
    }
  }

  @Test func `lines of any bytes become rows or errors that name a place`() throws {
    let (catalog, _) = try sample()
    guard let table = catalog.table(named: "t") else { preconditionFailure("the sample has t") }
    let samples = [
      #"{"id":1,"s":"a\u00e4\n","n":-1.50,"d":"2024-02-29","z":"2026-01-01T00:00:00Z","b":true}"#,
      #"{"id":2,"s":"x","j":{"a":[1,2,{"b":null}],"c":"\ud83d\ude00"},"r":1.5e-7,"y":"\\x00ff"}"#,
      #"{"u":"00000000-0000-4000-8000-000000000000","id":3,"i":"1 mon 2 days","s":""}"#,
      "id,s,n\n1,\"a \"\"b\"\"\",2\n", "[[[1,2],{}],\"\\u0041\"]",
    ].map { Array($0.utf8) }
    for seed in seeds {
      var random = Random(seed: seed)
      let bytes = mutate(samples[random.below(samples.count)], &random)
      var encoder = RowEncoder(table: table)
      var buffer = ByteBuffer(capacity: 64)
      do throws(InputError) {
        try encoder.encode(line: bytes.span, into: &buffer, hiddenKey: 0)
      } catch {
        #expect(error.column >= 1 && error.column <= bytes.count + 1, "KB_SEED=\(seed): \(error)")
        let left = buffer.count
        #expect(left == 0, "KB_SEED=\(seed)")
      }
      split(bytes, [InputFormat.ndjson, .csv, .tsv][random.below(3)], &random)
    }
  }

  /// In pieces, as a pipe brings them, and at once: the same records.
  private func split(_ bytes: [UInt8], _ format: InputFormat, _ random: inout Random) {
    var whole: [[UInt8]] = []
    var pieces: [[UInt8]] = []
    var one = RecordSplitter(format: format)
    one.append(bytes.span)
    one.finish()
    let failure = drain(&one, &whole)
    var other = RecordSplitter(format: format)
    var failed = false
    var position = 0
    while position < bytes.count, !failed {
      let end = min(bytes.count, position + 1 + random.below(9))
      other.append(bytes[position..<end].span)
      position = end
      failed = drain(&other, &pieces)
    }
    other.finish()
    if !failed { failed = drain(&other, &pieces) }
    #expect(failed == failure)
    #expect(pieces == whole)
  }

  private func drain(_ splitter: inout RecordSplitter, _ records: inout [[UInt8]]) -> Bool {
    do throws(InputError) {
      while try splitter.next({ (record, _) throws(InputError) in records.append(record.array()) })
      {}
      return false
    } catch { return true }
  }

  @Test func `SQL of any shape is bound or refused, inside its text`() throws {
    let (catalog, _) = try sample()
    let samples = [
      "SELECT t . id , count ( * ) FROM t JOIN u ON t . id = u . id WHERE n > 1.5 GROUP BY t . id HAVING count ( * ) > 1 ORDER BY 1 LIMIT 3",
      "SELECT * FROM t AS OF OFFSET 5 WHERE s IN ( SELECT k FROM u ) AND d < DATE '2024-01-01' + 1",
      "SELECT CASE WHEN b THEN s ELSE 'z' END , CAST ( n AS INTEGER ) , z - INTERVAL '1 day' FROM t FOR SYSTEM_TIME ALL",
      "INSERT INTO t ( id , s , n ) VALUES ( 1 , DEFAULT , :x ) ON CONFLICT ( id ) DO UPDATE SET s = excluded . s RETURNING *",
      "UPDATE t SET n = n * 2 , s = upper ( s ) || $1 WHERE id BETWEEN 1 AND 9 OR j ->> 'a' = 'b'",
      "DELETE FROM u WHERE NOT EXISTS ( SELECT 1 FROM t WHERE t . id = u . id )",
      "CREATE TABLE w ( a BIGINT PRIMARY KEY , b NUMERIC ( 5 , 2 ) CHECK ( b > 0 ) , c TEXT REFERENCES u ( k ) )",
      "ALTER TABLE t ADD COLUMN q INTEGER DEFAULT 7 NOT NULL", "ALTER TABLE t DROP COLUMN n",
      "SELECT coalesce ( max ( n ) , 0 ) , avg ( r ) , sum ( id ) FROM t , u WHERE t . i > '1 hour'",
      "WITH a AS ( SELECT id FROM t ) SELECT DISTINCT a . id FROM a UNION ALL SELECT \"offset\" FROM kb . records",
    ]
    let words = samples.flatMap { $0.split(separator: " ") }
    for seed in seeds {
      var random = Random(seed: seed)
      var tokens = samples[random.below(samples.count)].split(separator: " ")
      for _ in 0...random.below(4) {
        let at = random.below(tokens.count)
        switch random.below(4) {
        case 0 where tokens.count > 1: tokens.remove(at: at)
        case 1: tokens.insert(words[random.below(words.count)], at: at)
        case 2: tokens[at] = words[random.below(words.count)]
        default: tokens.swapAt(at, random.below(tokens.count))
        }
      }
      var text = tokens.joined(separator: " ")
      if random.below(4) == 0 {
        text = String(decoding: mutate(Array(text.utf8), &random), as: UTF8.self)
      }
      bind(text, catalog, seed)
    }
  }

  private func bind(_ text: String, _ catalog: Catalog, _ seed: UInt64) {
    var parser = Parser(text)
    do throws(SQLError) {
      while let statement = try parser.next() {
        _ = try binder(catalog).bind(statement.statement)
      }
    } catch {
      let position = error.position ?? 0
      #expect(position >= 0 && position <= text.utf8.count, "KB_SEED=\(seed): \(text)")
      #expect(error.state.code != "XX000", "KB_SEED=\(seed): \(text): \(error.message)")
    }
  }

  @Test func `policies and requests for time stamps`() {
    func key(_ name: String, _ type: UInt8) -> String {
      VerifierKey(
        name: name, algorithm: type == 1 ? .ed25519 : .cosignature,
        publicKey: [UInt8](repeating: type, count: 32)
      ).text
    }
    let policy = Array(
      """
      # Of one and of another.
      log \(key("example.com/log", 1)) https://log.example/
      witness X1 \(key("x.example/1", 4))
      group g any X1
      group h 1 g
      quorum h

      """.utf8)
    let request = TimeStampRequest(digest: .emptyRoot, random: 7).der
    for seed in seeds {
      var random = Random(seed: seed)
      if let read = try? TrustPolicy(mutate(policy, &random)) { _ = read.isMet { $0 == 0 } }
      let bytes = mutate(request, &random)
      if let read = try? TimeStampRequest(der: bytes.span) {
        #expect(read.der == bytes, "KB_SEED=\(seed)")
      }
    }
  }
}
