// SPDX-License-Identifier: Apache-2.0
// The pages of an encrypted database: nothing on disk in the clear, every changed byte found, and
// SQLite's own promises about crashes kept: V5 of Sources/README.md, and kb-log(5).

import CSQLite
import Glibc
import Kimberlite
import KimberliteCore
import Testing

@Suite struct CryptVFSTests {
  // MARK: Nothing in the clear

  @Test func `no planted text is in any file, whatever is done to the tables`() throws {
    let folder = Folder()
    let path = folder.path + "/view"
    var database = Database(path)
    try database.makeWAL()
    try database.execute("PRAGMA cache_size = 20; CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)")
    try database.execute("CREATE INDEX i ON t (b); CREATE TABLE planted_table (planted_column)")
    for round in 0..<5 {
      try database.execute("BEGIN; \(insert(400, from: round * 400)); COMMIT")
      // Spilled into the write-ahead log before it is rolled back.
      try database.execute("BEGIN; UPDATE t SET b = b || 'planted'; ROLLBACK")
      try database.execute(
        "BEGIN; SAVEPOINT s; UPDATE t SET b = b || '!'; ROLLBACK TO s; RELEASE s; DELETE FROM t WHERE a % 5 = \(round); COMMIT"
      )
      #expect(try leaks(folder).isEmpty)
    }
    // Sorting, a transient table and an index, which a plain connection would put into files.
    try database.execute(
      "CREATE TEMP TABLE u AS SELECT * FROM t ORDER BY b DESC; CREATE INDEX j ON t (b, a); DROP TABLE u"
    )
    #expect(try leaks(folder).isEmpty)
    try database.execute("PRAGMA wal_checkpoint(TRUNCATE); VACUUM")
    #expect(try leaks(folder).isEmpty)
    #expect(try database.text("PRAGMA integrity_check") == "ok")
    #expect(try database.text("SELECT count(*) FROM t WHERE b LIKE 'planted-%'") != "0")
    database = Database(folder.path + "/other")
    #expect(try leaks(folder).isEmpty)
    #expect(try PosixDisk().list(folder.path).filter { $0.hasPrefix("view") } == ["view"])
  }

  @Test func `what SQLite would put into other files fails before a byte is written`() throws {
    let folder = Folder()
    let database = Database(folder.path + "/view")
    // A journal on disk, as it is without makeWAL.
    #expect(throws: Database.Failure(code: SQLITE_CANTOPEN)) {
      try database.execute("CREATE TABLE t (a)")
    }
    #expect(try PosixDisk().list(folder.path) == ["view"])
    try database.makeWAL()
    try database.execute("PRAGMA temp_store = FILE; CREATE TABLE t (a)")
    #expect(throws: Database.Failure(code: SQLITE_CANTOPEN)) {
      try database.execute(
        "PRAGMA cache_size = 5; PRAGMA temp.cache_size = 5; CREATE TEMP TABLE u (a); \(insertBlobs("temp.u", 200))"
      )
    }
  }

  @Test func `no nonce is there twice, and no sum of a page in the clear`() throws {
    let folder = Folder()
    let database = Database(folder.path + "/view")
    try database.makeWAL()
    try database.execute(
      "PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)")
    for round in 0..<40 { try database.execute(insert(20, from: round * 20)) }
    try database.execute("PRAGMA wal_checkpoint")
    let file = try bytes(folder.path + "/view")
    let log = try bytes(folder.path + "/view-wal")
    var pages = stride(from: 0, to: file.count, by: 4096).map { file[$0..<$0 + 4096] }
    var sums: Set<ArraySlice<UInt8>> = []
    for frame in stride(from: 32, to: log.count, by: 4120) {
      pages.append(log[frame + 24..<frame + 4120])
      // The salts are the same in each frame, and stand in the header of the file.
      #expect(log[frame + 8..<frame + 16] != log[16..<24])
      sums.insert(log[frame + 8..<frame + 16])
    }
    #expect(pages.count > 80)
    #expect(Set(pages.map { $0.suffix(40).prefix(24) }).count == pages.count)
    #expect(sums.count == (log.count - 32) / 4120)
  }

  // MARK: Crashes

  @Test(arguments: FoldTests.seeds)
  func `a process that dies leaves what it committed, and nothing else`(seed: UInt64) throws {
    let folder = Folder()
    var random = Random(seed: seed)
    let database = Database(folder.path + "/view")
    try database.makeWAL()
    try database.execute(
      "PRAGMA cache_size = 10; PRAGMA wal_autocheckpoint = 60; CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)"
    )
    var committed = 0
    for round in 0..<12 {
      try database.execute("BEGIN; \(insert(100, from: round * 100))")
      // Changed again: frames are written over, their checksums anew.
      try database.execute("UPDATE t SET b = b || '+' WHERE a % 3 = \(round % 3)")
      if random.next() % 3 == 0 {
        try folder.copy("view", to: "crashed")
        let survivor = Database(folder.path + "/crashed")
        #expect(try survivor.text("SELECT count(*) FROM t") == "\(committed)", "KB_SEED=\(seed)")
        #expect(try survivor.text("PRAGMA integrity_check") == "ok", "KB_SEED=\(seed)")
      }
      if random.next() % 4 == 0 {
        try database.execute("ROLLBACK")
      } else {
        try database.execute("COMMIT")
        committed = Int(try database.text("SELECT count(*) FROM t")) ?? -1
      }
    }
  }

  @Test func `a write-ahead log cut or changed anywhere holds the transactions before`() throws {
    let folder = Folder()
    let database = Database(folder.path + "/view")
    try database.makeWAL()
    try database.execute(
      "PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT); PRAGMA wal_checkpoint(TRUNCATE)"
    )
    for round in 0..<6 { try database.execute(insert(30, from: round * 30)) }
    let log = try bytes(folder.path + "/view-wal")
    let frames = (log.count - 32) / 4120
    var last = -1
    for frame in 0...frames {
      for (cut, flip) in [(true, false), (false, true)] where !flip || frame < frames {
        try folder.copy("view", to: "torn")
        let place = 32 + frame * 4120
        var torn = cut ? Array(log[..<min(place + 2000, log.count)]) : log
        if flip { torn[place + frame * 97 % 4120] ^= 4 }
        try write(torn, folder.path + "/torn-wal")
        let survivor = Database(folder.path + "/torn")
        let count = Int(try survivor.text("SELECT count(*) FROM t")) ?? -1
        #expect(count % 30 == 0 && count <= 180)
        if cut {
          #expect(count >= last)
          last = count
        }
        #expect(flip ? count < 180 : true)
        #expect(try survivor.text("PRAGMA integrity_check") == "ok")
      }
    }
    #expect(last == 180)
  }

  // MARK: Damage

  @Test func `every page is checked to be the one that was written there`() throws {
    let folder = Folder()
    let path = folder.path + "/view"
    do {
      let database = Database(path)
      try database.makeWAL()
      try database.execute(
        "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c BLOB); CREATE INDEX i ON t (b)")
      // Long values have pages of their own, of which SQLite itself checks nothing.
      try database.execute(
        "\(insert(300, from: 0)); UPDATE t SET c = zeroblob(30000) WHERE a % 50 = 0")
    }
    let good = try bytes(path)
    #expect(good.count > 50 * 4096)
    for page in 0..<good.count / 4096 {
      for place in [page % 16, 16, 1000 + page * 31 % 3000, 4055, 4056, 4079, 4080, 4095] {
        var bad = good
        bad[page * 4096 + place] ^= 1
        try write(bad, path)
        try expectDamaged(path, "byte \(place) of page \(page + 1)")
      }
      var zero = good
      zero.replaceSubrange(page * 4096..<(page + 1) * 4096, with: repeatElement(0, count: 4096))
      try write(zero, path)
      try expectDamaged(path, "page \(page + 1) is zero")
    }
    try write(Array(good[..<(good.count - 4096)]), path)
    try expectDamaged(path, "the last page is gone")
    try write(good, path)
    #expect(try Database(path).text("PRAGMA integrity_check") == "ok")
  }

  @Test func `a page opens at no other place and in no other file`() throws {
    let folder = Folder()
    func make(_ name: String) throws -> [UInt8] {
      let database = Database(folder.path + "/" + name)
      try database.makeWAL()
      try database.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c BLOB)")
      // Each row has one page of its own, which says nothing of where it belongs.
      try database.execute(insert(20, from: 0))
      try database.execute("UPDATE t SET c = randomblob(7000)")
      try database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
      return try bytes(folder.path + "/" + name)
    }
    let path = folder.path + "/view"
    let (good, other) = (try make("view"), try make("other"))
    #expect(good.count == other.count)
    for page in 1..<good.count / 4096 - 1 {
      let here = page * 4096..<(page + 1) * 4096
      let next = (page + 1) * 4096..<(page + 2) * 4096
      var swapped = good
      swapped.replaceSubrange(here, with: good[next])
      swapped.replaceSubrange(next, with: good[here])
      try write(swapped, path)
      try expectDamaged(path, "pages \(page + 1) and \(page + 2) swapped")
      var foreign = good
      foreign.replaceSubrange(here, with: other[here])
      try write(foreign, path)
      try expectDamaged(path, "page \(page + 1) of another database of this key")
    }
  }

  @Test func `a database that lost its end under its write-ahead log is damaged`() throws {
    let folder = Folder()
    let database = Database(folder.path + "/view")
    try database.makeWAL()
    try database.execute(
      "PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c BLOB)")
    try database.execute(
      "INSERT INTO t VALUES (1, '', randomblob(7000)); PRAGMA wal_checkpoint(TRUNCATE); CREATE TABLE u (a)"
    )
    try folder.copy("view", to: "crashed")
    let path = folder.path + "/crashed"
    let good = try bytes(path)
    #expect(try Database(path).text("SELECT length(hex(c)) FROM t") == "14000")
    try folder.copy("view", to: "crashed")
    try write(Array(good.dropLast(4096)), path)
    #expect(throws: Database.Failure(code: SQLITE_CORRUPT)) {
      _ = try Database(path).text("SELECT length(hex(c)) FROM t")
    }
  }

  @Test func `a frame that is changed under a reader is damage`() throws {
    let folder = Folder()
    let path = folder.path + "/view"
    let database = Database(path)
    try database.makeWAL()
    try database.execute(
      "PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a INTEGER PRIMARY KEY, c BLOB)")
    try database.execute("INSERT INTO t VALUES (1, zeroblob(50000)), (2, zeroblob(50000))")
    try database.execute("UPDATE t SET c = zeroblob(50000)")
    let good = try bytes(path + "-wal")
    let frames = (good.count - 32) / 4120
    #expect(frames > 20)
    func refuses(_ log: [UInt8], _ what: String) throws {
      try overwrite(log, path + "-wal")
      // A connection of its own, for the other has pages in memory.
      #expect(throws: Database.Failure(code: SQLITE_CORRUPT), "\(what)") {
        let reader = Database(path)
        _ = try reader.text("SELECT hex(c) FROM t")
        _ = try reader.text("SELECT * FROM sqlite_schema")
      }
      try overwrite(good, path + "-wal")
    }
    // The last frame of each page is what a reader reads.
    var newest: [ArraySlice<UInt8>: Int] = [:]
    for frame in 0..<frames {
      let place = 32 + frame * 4120
      newest[good[place..<place + 4]] = frame
    }
    for (number, frame) in newest {
      let place = 32 + frame * 4120
      for byte in [0, 7, 24, 2000, 4119] {
        var bad = good
        bad[place + byte] ^= 1
        try refuses(bad, "byte \(byte) of frame \(frame)")
      }
      // An older frame of the same page is not this one.
      if let older = (0..<frame).first(where: {
        Array(good[32 + $0 * 4120..<36 + $0 * 4120]) == Array(number)
      }) {
        var replayed = good
        replayed.replaceSubrange(
          place..<place + 4120, with: good[32 + older * 4120..<32 + (older + 1) * 4120])
        try refuses(replayed, "frame \(older) in the place of \(frame)")
      }
    }
    #expect(try Database(path).text("PRAGMA integrity_check") == "ok")
  }

  @Test func `a file that another key made, or none, is no database`() throws {
    let folder = Folder()
    try Database(folder.path + "/view", key: 1).makeWAL()
    #expect(throws: Database.Failure(code: SQLITE_NOTADB)) {
      try Database(folder.path + "/view", key: 2).execute("SELECT * FROM sqlite_schema")
    }
    #expect(throws: Database.Failure(code: SQLITE_NOTADB)) {
      try Database(folder.path + "/view", key: nil).execute("SELECT * FROM sqlite_schema")
    }
    try Database(folder.path + "/plain", key: nil).execute("CREATE TABLE t (a)")
    #expect(throws: Database.Failure(code: SQLITE_NOTADB)) {
      try Database(folder.path + "/plain").execute("SELECT * FROM sqlite_schema")
    }
    try write(Array("short".utf8), folder.path + "/short")
    #expect(throws: Database.Failure(code: SQLITE_NOTADB)) {
      try Database(folder.path + "/short").execute("SELECT * FROM sqlite_schema")
    }
  }

  // MARK: Others at the same time

  @Test func `a database that nobody may write is read`() throws {
    let folder = Folder()
    let path = folder.path + "/view"
    do {
      let database = Database(path)
      try database.makeWAL()
      try database.execute(
        "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT); \(insert(500, from: 0))")
    }
    let reader = Database(path, flags: SQLITE_OPEN_READONLY, parameters: "?immutable=1")
    #expect(try reader.text("SELECT count(*) FROM t") == "500")
    #expect(try PosixDisk().list(folder.path) == ["view"])
  }

  @Test func `one writes, one copies, two read, and each sees whole transactions`() async throws {
    let folder = Folder()
    let path = folder.path + "/view"
    let database = Database(path)
    try database.makeWAL()
    try database.execute(
      "PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = 20; CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)"
    )
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        while true {
          // Opened anew each time: so the first page is also read while it is written.
          let other = Database(path)
          try other.execute("PRAGMA wal_checkpoint")
          if try other.text("SELECT count(*) FROM t") == "4000" { return }
        }
      }
      for _ in 0..<2 {
        group.addTask {
          while true {
            let count = try Database(path).text("SELECT count(*) FROM t WHERE b LIKE 'planted%'")
            #expect((Int(count) ?? -1) % 100 == 0)
            if count == "4000" { return }
          }
        }
      }
      for round in 0..<40 { try database.execute(insert(100, from: round * 100)) }
      try await group.waitForAll()
    }
    #expect(try database.text("PRAGMA integrity_check") == "ok")
    #expect(try leaks(folder).isEmpty)
  }
}

// MARK: What the tests stand on

/// A connection to an encrypted database, or with key `nil` to a plain one.
private final class Database {
  struct Failure: Error, Equatable { var code: Int32 }

  private var handle: OpaquePointer?
  private let vfs: CryptVFS?
  private let opened: Int32

  init(
    _ path: String, key: UInt8? = 7,
    flags: Int32 = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, parameters: String = ""
  ) {
    vfs = key.flatMap { CryptVFS(PageKey([UInt8](repeating: $0, count: 32).span)) }
    var status = sqlite3_open_v2(
      "file:\(path)\(parameters)", &handle, flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, vfs?.name
    )
    sqlite3_busy_timeout(handle, 60_000)
    if status == SQLITE_OK, vfs != nil, let handle { status = CryptVFS.configure(handle) }
    opened = status
  }

  deinit { sqlite3_close_v2(handle) }

  func makeWAL() throws { try execute("PRAGMA journal_mode = MEMORY; PRAGMA journal_mode = WAL") }

  func execute(_ sql: String) throws {
    guard opened == SQLITE_OK else { throw Failure(code: opened) }
    let status = sqlite3_exec(handle, sql, nil, nil, nil)
    if status != SQLITE_OK { throw Failure(code: status & 0xff) }
  }

  /// The first value of a query's first row; all its rows are read.
  func text(_ sql: String) throws -> String {
    guard opened == SQLITE_OK else { throw Failure(code: opened) }
    var statement: OpaquePointer?
    var status = sqlite3_prepare_v2(handle, sql, -1, &statement, nil)
    defer { sqlite3_finalize(statement) }
    if status != SQLITE_OK { throw Failure(code: status & 0xff) }
    var first: String?
    status = sqlite3_step(statement)
    while status == SQLITE_ROW {
      let text = sqlite3_column_text(statement, 0).map { String(cString: $0) } ?? "NULL"
      if first == nil { first = text }
      status = sqlite3_step(statement)
    }
    if status != SQLITE_DONE { throw Failure(code: status & 0xff) }
    return first ?? ""
  }
}

/// Rows with text that must not be found.
private func insert(_ count: Int, from first: Int) -> String {
  """
  WITH RECURSIVE n (i) AS (SELECT \(first) UNION ALL SELECT i + 1 FROM n WHERE i < \(first + count - 1))
  INSERT INTO t (a, b) SELECT i, 'planted-' || i || ' and the rest of a row of some length' FROM n
  """
}

private func insertBlobs(_ table: String, _ count: Int) -> String {
  """
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))
  INSERT INTO \(table) SELECT randomblob(3000) FROM n
  """
}

/// The files in which planted text, or what every plain database begins with, stands.
private func leaks(_ folder: Folder) throws -> [String] {
  try PosixDisk().list(folder.path).filter { name in
    let content = try bytes(folder.path + "/" + name)
    return ["planted", "SQLite", "CREATE"].contains { contains(content, Array($0.utf8)) }
  }
}

private func contains(_ content: [UInt8], _ word: [UInt8]) -> Bool {
  var start = 0
  return content.withUnsafeBufferPointer { content in
    while start + word.count <= content.count {
      let rest = UnsafeBufferPointer(rebasing: content[start...])
      guard let first = rest.baseAddress,
        let found = memchr(first, Int32(word[0]), rest.count)
      else { return false }
      let place = UnsafeRawPointer(found) - UnsafeRawPointer(first)
      if rest.count - place >= word.count, memcmp(found, word, word.count) == 0 { return true }
      start += place + 1
    }
    return false
  }
}

private func bytes(_ path: String) throws -> [UInt8] {
  let file = try #require(fopen(path, "re"))
  defer { fclose(file) }
  var all: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = fread(&chunk, 1, chunk.count, file)
    if count == 0 { return all }
    all += chunk[..<count]
  }
}

private func write(_ bytes: [UInt8], _ path: String) throws {
  unlink(path)
  try overwrite(bytes, path)
}

/// Writes over a file that others may have open.
private func overwrite(_ bytes: [UInt8], _ path: String) throws {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
  defer { close(descriptor) }
  try #require(pwrite(descriptor, bytes, bytes.count, 0) == bytes.count)
}

extension Folder {
  /// Copies a database and its write-ahead log as they are: what a killed process leaves.
  fileprivate func copy(_ name: String, to other: String) throws {
    for suffix in ["", "-wal", "-shm"] { unlink("\(path)/\(other)\(suffix)") }
    for suffix in ["", "-wal"] {
      try write(try bytes("\(path)/\(name)\(suffix)"), "\(path)/\(other)\(suffix)")
    }
  }
}

/// Reads all there is in a database that is damaged.
private func expectDamaged(_ path: String, _ what: String) throws {
  do {
    let database = Database(path, flags: SQLITE_OPEN_READONLY, parameters: "?immutable=1")
    _ = try database.text("SELECT b, hex(c) FROM t")
    _ = try database.text("SELECT count(*) FROM t")
    // SQLite goes on where a page is damaged, and says so.
    let answer = try database.text("PRAGMA integrity_check")
    #expect(answer != "ok", "\(what) is not found")
  } catch let failure as Database.Failure {
    #expect([SQLITE_CORRUPT, SQLITE_NOTADB].contains(failure.code), "\(what): \(failure.code)")
  }
}
