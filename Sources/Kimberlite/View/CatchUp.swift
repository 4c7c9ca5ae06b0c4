// SPDX-License-Identifier: Apache-2.0
// How a reader gets a view that holds everything acknowledged: while a writer lives it is the
// writer's to commit, and soon; without one, the reader folds the rest in itself.

internal import Glibc
internal import KimberliteCore

/// Brings the view of a log up to what the log holds now.
struct CatchUp {
  let directory: String
  let log: LogReader
  /// That of the view of an encrypted log.
  let pageKey: PageKey?

  /// A writer that lives and does not commit for so long is stuck: its output is not read, say.
  private static let patience: UInt64 = 10_000_000_000

  /// - Returns: how many records the view holds at least.
  func run() throws(DatabaseError) -> UInt64 {
    guard access(directory, W_OK) == 0 else {
      throw DatabaseError(
        .io,
        "the view of '\(directory)' is behind its log and the directory cannot be written; run kb-query once as its owner"
      )
    }
    return if try writerLives() { try waitForWriter() } else { try fold() }
  }

  /// Whether a writer holds the log's lock.
  private func writerLives() throws(DatabaseError) -> Bool {
    try DatabaseError.wrap { () throws(LogError) in
      try PosixDisk().isLocked(directory + "/lock")
    }
  }

  /// Waits until the writer has committed what the log holds now, or is gone.
  private func waitForWriter() throws(DatabaseError) -> UInt64 {
    let deadline = Clock.monotonic + Self.patience
    let target = try DatabaseError.wrap { () throws(LogError) in try log.end(from: nil).head.count }
    while try writerLives() {
      if let connection = try View.openForReading(directory, pageKey: pageKey) {
        let position = try? View.storedPosition(connection, log.logID)
        if let position, position.head.count >= target,
          try View.isSwept(connection, log.logID)
        {
          return target
        }
      }
      if Clock.monotonic > deadline {
        throw DatabaseError(
          .tryAgain,
          "the writer of '\(directory)' does not bring the view up to its log; is its output read?")
      }
      usleep(2000)
    }
    return try fold()
  }

  /// Applies what the view lacks, under the view's write lock.
  private func fold() throws(DatabaseError) -> UInt64 {
    let view = try View.openForWriting(directory, logID: log.logID, pageKey: pageKey)
    try View.orIOError(View.path(in: directory)) { () throws(SQLiteError) in
      try view.begin()
      try view.refresh(logID: log.logID)
    }
    // What a killed writer left unsynced must not be shown before it is durable.
    try DatabaseError.wrap { () throws(LogError) in try log.synchronize() }
    try view.catchUp(log)
    try View.orIOError(View.path(in: directory)) { () throws(SQLiteError) in
      try view.count(view.uncountedTables())
      try view.commit()
    }
    return view.position.head.count
  }
}
