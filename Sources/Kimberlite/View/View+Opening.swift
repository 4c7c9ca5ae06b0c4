// SPDX-License-Identifier: Apache-2.0
// Opening the view, and bringing it to the log's end: behind is caught up, of another log or
// layout is thrown away and rebuilt; ahead is evidence of a loss, and an error.

internal import CSQLite
internal import Glibc
internal import KimberliteCore

extension View {
  static let name = "view.sqlite"
  static let scratchName = "view.check."

  static func path(in directory: String) -> String { "\(directory)/\(name)" }

  /// Opens the view for writing, creating it if it is not there.
  static func openForWriting(
    _ directory: String, logID: LogID, pageKey: PageKey?
  ) throws(DatabaseError) -> View {
    let path = path(in: directory)
    if let view = try existing(path, logID, pageKey) { return view }
    // One process makes a view anew; the others, who waited for it, find it made. The directory
    // of the segments is always there and nobody else locks it.
    let turn = open(directory + "/segments", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { Glibc.close(turn) }
    while flock(turn, LOCK_EX) != 0, errno == EINTR {}
    if let view = try existing(path, logID, pageKey) { return view }
    remove(path)
    // SQLite gives its side files the rights of the database: the owner's alone.
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    if descriptor < 0 {
      throw DatabaseError(.io, "cannot create '\(path)': \(String(cString: strerror(errno)))")
    }
    Glibc.close(descriptor)
    return try orIOError(path) { () throws(SQLiteError) in
      let connection = try Connection(path: path, mode: .readWrite, pageKey: pageKey)
      try configure(connection)
      // The journal of its first page needs no file: a view that is not finished is made anew.
      try connection.execute("PRAGMA journal_mode = MEMORY; PRAGMA journal_mode = WAL")
      try connection.execute("BEGIN IMMEDIATE")
      // Two processes may have found no view at once: the second finds the first one's.
      if try tableExists("kb_state", connection) == false {
        try createSystemTables(connection, logID)
      }
      try connection.execute("COMMIT")
      return try View(connection, position: .start)
    }
  }

  /// An empty view that no one else sees and that leaves nothing behind.
  static func scratch(
    in directory: String, logID: LogID, pageKey: PageKey?
  ) throws(DatabaseError) -> View {
    let path = "\(directory)/\(scratchName)\(getpid())"
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor < 0 {
      throw DatabaseError(.io, "cannot create '\(path)': \(String(cString: strerror(errno)))")
    }
    Glibc.close(descriptor)
    return try orIOError(path) { () throws(SQLiteError) in
      let connection = try Connection(path: path, mode: .readWrite, pageKey: pageKey)
      try configure(connection)
      try connection.execute(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE")
      // Written before it is unlinked, so that SQLite holds the file open.
      try createSystemTables(connection, logID)
      unlink(path)
      return try View(connection, position: .start)
    }
  }

  private static func createSystemTables(_ connection: Connection, _ logID: LogID)
    throws(SQLiteError)
  {
    try connection.execute(Storage.systemTables)
    let insert = try connection.prepare(
      "INSERT INTO kb_state VALUES (0, ?1, ?2, 0, zeroblob(32), 0, ?3, ?4, 0, ?5, ?6)")
    try insert.bind(1, Int64(Storage.version))
    try insert.bind(2, blob: bytes(logID))
    try insert.bind(3, Int64(LogPosition.start.segment))
    try insert.bind(4, Int64(LogPosition.start.position))
    if let blind = connection.blind() { try insert.bind(5, blob: blind) }
    try insert.bind(6, Int64(SubjectStore.generation(of: logID)))
    try insert.run()
  }

  /// The view at `path` if it is one of ours, of this version and of this log.
  private static func existing(
    _ path: String, _ logID: LogID, _ pageKey: PageKey?
  ) throws(DatabaseError) -> View? {
    guard access(path, F_OK) == 0 else { return nil }
    let opened: View
    do throws(SQLiteError) {
      let connection = try Connection(path: path, mode: .readWrite, pageKey: pageKey)
      try configure(connection)
      guard let position = try storedPosition(connection, logID) else { return nil }
      let view = try View(connection, position: position)
      opened = view
    } catch {
      if isRebuildable(error) { return nil }
      throw DatabaseError(.io, "cannot open '\(path)': \(error.message)")
    }
    return try isSwept(opened.connection, logID) ? opened : nil
  }

  /// A connection to the view that cannot write; `nil` where there is no view.
  static func openForReading(
    _ directory: String, pageKey: PageKey?
  ) throws(DatabaseError) -> Connection? {
    let path = path(in: directory)
    guard access(path, F_OK) == 0 else { return nil }
    let mode: Connection.Mode =
      if access(directory, W_OK) == 0 && access(path, W_OK) == 0 {
        // A killed process may have left a journal to roll back, which takes the right to write.
        .readWrite
      } else {
        // There is no way to join a write-ahead log that is not there and cannot be made.
        access(path + "-wal", F_OK) == 0 ? .readOnly : .immutable
      }
    do throws(SQLiteError) {
      let connection = try Connection(path: path, mode: mode, pageKey: pageKey)
      try configure(connection)
      try connection.execute("PRAGMA query_only = ON")
      if pageKey != nil { try connection.execute("PRAGMA cache_size = -\(decryptedKiB)") }
      return connection
    } catch {
      if isRebuildable(error) { return nil }
      throw DatabaseError(.io, "cannot open '\(path)': \(error.message)")
    }
  }

  /// KiB of pages that a reader of an encrypted view keeps: the kernel keeps the others encrypted,
  /// and to decrypt one costs as much as to read some of its rows.
  private static let decryptedKiB = 256 << 10

  /// Whether an error says that the file is no view of ours: derived state, which the log rebuilds.
  static func isRebuildable(_ error: SQLiteError) -> Bool {
    [SQLITE_NOTADB, SQLITE_CORRUPT, SQLITE_ERROR].contains(error.primary)
  }

  private static func configure(_ connection: Connection) throws(SQLiteError) {
    try connection.registerFunctions()
    try connection.execute(
      """
      PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32768;
      PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864;
      PRAGMA trusted_schema = OFF;
      """)
  }

  private static func tableExists(_ name: String, _ connection: Connection) throws(SQLiteError)
    -> Bool
  {
    let find = try connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?1")
    try find.bind(1, name)
    return try find.step()
  }

  /// How far the view is; `nil` when it is of another layout or another log.
  static func storedPosition(_ connection: Connection, _ logID: LogID) throws(SQLiteError)
    -> LogPosition?
  {
    guard try tableExists("kb_state", connection) else { return nil }
    let state = try connection.prepare(
      "SELECT version, log_id, count, hash, timestamp, segment, position FROM kb_state")
    guard try state.step(), state.integer(0) == Int64(Storage.version),
      state.blob(1) == Self.bytes(logID)
    else { return nil }
    let hash = state.blob(3)
    // Whatever does not fit is no state of ours: the view is rebuilt.
    let range = 0..<Int64(1) << 62
    guard hash.count == 32, [2, 4, 5, 6].allSatisfy({ range.contains(state.integer($0)) }) else {
      return nil
    }
    let position = LogPosition(
      segment: UInt64(state.integer(5)), position: UInt64(state.integer(6)),
      head: Head(
        count: UInt64(state.integer(2)), hash: Digest(hash.span),
        timestamp: UInt64(state.integer(4))))
    return try newestHead(connection) == position.head ? position : nil
  }

  /// The head that the table of records states, which the state must not contradict.
  private static func newestHead(_ connection: Connection) throws(SQLiteError) -> Head? {
    let find = try connection.prepare(
      "SELECT offset, hash, timestamp FROM kb_records ORDER BY offset DESC LIMIT 1")
    guard try find.step() else { return .start }
    let hash = find.blob(1)
    guard hash.count == 32, find.integer(0) >= 0, find.integer(2) >= 0 else { return nil }
    return Head(
      count: UInt64(find.integer(0)) + 1, hash: Digest(hash.span),
      timestamp: UInt64(find.integer(2)))
  }

  private static func bytes(_ id: LogID) -> [UInt8] {
    var buffer = ByteBuffer(capacity: 16)
    buffer.append(id)
    return buffer.array()
  }

  /// Removes the files of a view.
  static func remove(_ path: String) {
    for suffix in ["", "-wal", "-shm", "-journal"] { unlink(path + suffix) }
  }

  static func orIOError<R>(_ path: String, _ body: () throws(SQLiteError) -> R)
    throws(DatabaseError) -> R
  {
    do throws(SQLiteError) { return try body() } catch {
      throw DatabaseError(
        error.primary == SQLITE_BUSY ? .tryAgain : .io, "cannot write '\(path)': \(error.message)")
    }
  }

  // MARK: Catching up

  /// Applies every record behind the view's position, inside an open write transaction; with
  /// `limit` until the view holds that many.
  func catchUp(_ log: LogReader, upTo limit: UInt64? = nil) throws(DatabaseError) {
    let start = position
    var cursor = try start.judged(by: log) { () throws(LogError) in try log.records(after: start) }
    while position.head.count != limit,
      try start.judged(by: log, { () throws(LogError) in try cursor.next() })
    {
      try apply(cursor)
      position = cursor.position
    }
  }

  /// Computes the view anew in place: whoever reads goes on with what there was until it is done.
  func rebuild(from log: LogReader) throws(DatabaseError) {
    do throws(SQLiteError) {
      try begin()
      let find = try connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
      var names: [String] = []
      while try find.step() { names.append(find.text(0)) }
      names.removeAll(where: WordTable.isBehind)
      forgetWriters()
      for name in names { try connection.execute("DROP TABLE \(Storage.quote(name))") }
      try Self.createSystemTables(connection, log.logID)
      try refresh(logID: log.logID)
    } catch { throw DatabaseError(connection.sqlError(error)) }
    try catchUp(log)
    do throws(SQLiteError) { try commit() } catch {
      throw DatabaseError(connection.sqlError(error))
    }
  }

  /// Applies all of a record.
  func apply(_ record: borrowing RecordCursor) throws(DatabaseError) {
    let offset = record.header.offset
    // An erased context is one all the same: the first event of a record is nothing else.
    let isErased = record.events.first?.isEmpty ?? false
    let context =
      record.events.isEmpty ? nil : isErased ? Context() : Self.context(record.event(0))
    do throws(ApplyError) {
      try apply(record.events.span, of: record.body, offset: offset)
    } catch {
      // A full disk says nothing of the record.
      let failure = DatabaseError(sqlError(error))
      if failure.kind == .io { throw failure }
      throw DatabaseError(
        .damaged, "record \(offset) does not fold into the view: \(failure.message)")
    }
    do throws(SQLiteError) {
      try recordDone(
        offset: offset, timestamp: record.header.timestamp, context: context ?? Context(),
        events: record.events.count - (context == nil ? 0 : 1), hash: record.hash)
    } catch { throw DatabaseError(connection.sqlError(error)) }
  }

  /// The context that an event carries, if it is a context event.
  static func context(_ event: Span<UInt8>) -> Context? {
    var reader = CBORReader(event)
    guard (try? reader.readEventHead()) == .context else { return nil }
    return try? reader.readContext()
  }
}
