// SPDX-License-Identifier: Apache-2.0
// Who looked. A log beside the main one, in its directory `accesses`, to which every query is
// appended before its rows are shown. kb-log(5), Access log.
//
// It has no view and no lasting writer: whoever asks takes its lock, appends, makes durable, and
// lets go. A lock that is held is waited for, so that no entry is lost where many ask at once.

internal import Glibc
public import KimberliteCore

/// The access log of a log.
public struct AccessLog: Sendable {
  /// Its directory.
  public let path: String
  private let mainLog: LogID
  private let key: MasterKey?

  /// The name of its directory.
  public static let directoryName = "accesses"
  /// The stream that the entries are events of.
  private static let stream = Stream(id: 1, name: "accesses", createdAt: 0)
  /// How long the lock is waited for; nanoseconds.
  private let patience: UInt64

  /// The access log beside a log.
  ///
  /// `key`: of a log that is encrypted; its access log is encrypted under the same master key.
  /// `patience`: how long to wait for another's entry; nanoseconds.
  public init(
    of directory: String, logID: LogID, key: MasterKey? = nil, patience: UInt64 = 30_000_000_000
  ) {
    path = Self.path(in: directory)
    mainLog = logID
    self.key = key
    self.patience = patience
  }

  /// The access log beside a log that is open, under the key that this was opened with.
  init(of log: LogReader, key: MasterKey?) throws(LogError) {
    let isEncrypted = try log.directory.keys.isEncrypted()
    self.init(of: log.directory.path, logID: log.logID, key: isEncrypted ? key : nil)
  }

  /// Where the access log of a log is, or would be.
  public static func path(in directory: String) -> String { "\(directory)/\(directoryName)" }

  /// Whether anything was ever noted in a log's access log.
  public static func exists(in directory: String) throws(LogError) -> Bool {
    try !LogWriter.isVacant(path(in: directory), disk: PosixDisk())
  }

  /// A log and its access log, where it has one.
  public static func logs(with directory: String) throws(DatabaseError) -> [String] {
    try DatabaseError.wrap { () throws(LogError) in
      [directory] + (try exists(in: directory) ? [path(in: directory)] : [])
    }
  }

  /// Notes a query: durable when this returns.
  ///
  /// Throws `forbidden`, `io`, `tryAgain` or `damaged`: then nothing may be shown.
  public func append(_ entry: AccessEntry, context: Context) throws(DatabaseError) {
    do throws(LogError) {
      let log = try openPatiently()
      if log.head.count == 0 { try appendCreation(to: log) }
      // Every record but the first holds one event, so their numbers follow from the offsets.
      try Self.append(to: log, context) { events in
        events.appendStreamEventHead(
          Self.stream.id, sequence: log.head.count - 1, id: nil, type: "query")
        events.appendCBOR(entry.json)
      }
      try log.sync()
      try log.close()
    } catch { throw Self.refusal(error) }
  }

  /// Reads, and notes it; only when this returns may anything of it be shown.
  ///
  /// Where reading fails that is noted as well, since its message may tell what is in the rows.
  /// `count` says how many rows were met.
  func noting<R>(
    _ entry: AccessEntry, context: @autoclosure () -> Context, count: (R) -> Int,
    _ read: () throws(DatabaseError) -> R
  ) throws(DatabaseError) -> R {
    var entry = entry
    let result: R
    do throws(DatabaseError) { result = try read() } catch {
      entry.error = (error.sql?.state ?? .internalError).code
      try append(entry, context: context())
      throw error
    }
    entry.rows = count(result)
    try append(entry, context: context())
    return result
  }

  /// Has the access log of a log, where it has one, go on under a new key: it was set back as the
  /// log was.
  static func branch(
    in directory: String, key: MasterKey?, stateFolder: String?
  ) throws(LogError) {
    guard try exists(in: directory) else { return }
    var options = LogOptions()
    options.key = key
    options.stateFolder = stateFolder
    options.signsInBackground = false
    options.startsBranch = true
    try LogWriter(
      directory: path(in: directory), disk: PosixDisk(), acknowledged: 0, options: options
    ).close()
  }

  // MARK: Writing

  /// Small segments: opening walks through the last one.
  private var options: LogOptions {
    var options = LogOptions()
    options.segmentBytes = 1 << 20
    options.stepBytesMin = 16 << 10
    options.key = key
    options.signsInBackground = false
    options.stateFolder = Writer.defaultStateFolder
    return options
  }

  /// Opens the log for writing, made where there is none, as soon as nobody else writes.
  private func openPatiently() throws(LogError) -> LogWriter {
    let deadline = Clock.monotonic + patience
    while true {
      do throws(LogError) { return try open() } catch {
        guard case .locked = error, Clock.monotonic < deadline else { throw error }
      }
      usleep(UInt32.random(in: 500...5000))
    }
  }

  private func open() throws(LogError) -> LogWriter {
    let disk = PosixDisk()
    if try LogWriter.isVacant(path, disk: disk) {
      return try LogWriter.create(
        directory: path, disk: disk, logID: LogID(Entropy.bytes(16).span), options: options)
    }
    return try LogWriter(directory: path, disk: disk, acknowledged: 0, options: options)
  }

  /// The first record says whose access log it is.
  private func appendCreation(to log: LogWriter) throws(LogError) {
    let context = Context(reason: "accesses to \(LogOrigin(logID: mainLog).text)")
    try Self.append(to: log, context) { $0.appendEvent(SchemaChange.createStream(Self.stream)) }
  }

  private static func append(
    to log: LogWriter, _ context: Context, _ appendEvent: (inout ByteBuffer) -> Void
  ) throws(LogError) {
    var events = ByteBuffer()
    events.appendEvent(context)
    let middle = events.count
    appendEvent(&events)
    let record = try PreparedRecord(
      events: events.span, ranges: [0..<middle, middle..<events.count], seed: Entropy.bytes(32))
    // Whole microseconds, as in the main log.
    let timestamp = max(Clock.realtime / 1000, log.head.timestamp / 1000 + 1) * 1000
    _ = try log.append(record, timestamp: timestamp)
  }

  /// What there is, for reading; `nil` where nothing was ever noted.
  func openForReading() throws(LogError) -> LogReader? {
    let disk = PosixDisk()
    if try LogWriter.isVacant(path, disk: disk) { return nil }
    return try LogReader(directory: path, disk: disk, key: key)
  }

  private static func refusal(_ error: LogError) -> DatabaseError {
    var refusal = DatabaseError(error)
    switch error {
    case .io(_, _, EACCES), .io(_, _, EPERM): refusal.kind = .forbidden
    case .notALog, .tooNew, .io, .cannotCreate, .tooLarge: refusal.kind = .io
    case .damaged, .locked, .keyNeeded, .setBack, .noSigningKey, .noSubjectKeys, .unfinishedPurge,
      .unfit,
      .notASnapshot,
      .damagedSnapshot, .notEncrypted:
      break
    }
    refusal.message = "the query cannot be noted, so nothing is shown: \(error.message)"
    return refusal
  }
}
