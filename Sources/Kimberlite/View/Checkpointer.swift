// SPDX-License-Identifier: Apache-2.0
// Checkpoints of the view's write-ahead log, on a thread of their own: copying the pages and
// waiting for the disk would take a fifth of the time of the thread that applies events.
// https://www.sqlite.org/wal.html

internal import CSQLite

/// Copies what the transactions of one connection wrote ahead into the database, while they go on.
final class Checkpointer {
  /// So many new frames are worth a checkpoint: 16 MiB.
  private static let framesMin: Int32 = 4000
  /// From here on the writer copies the rest itself, for only when nobody writes can all be copied
  /// and the file be used anew from its start: 64 MiB.
  private static let framesMax: Int32 = 16_000

  private struct State {
    var isWanted = false
    var isClosing = false
  }

  private let path: String
  private let connection: Connection
  private let state = Monitor(State())
  private var worker: WorkerThread?
  /// Frames that the file had when a checkpoint was asked for last.
  private var asked: Int32 = 0

  /// Takes over the checkpoints of a connection to the database at `path`.
  ///
  /// It must be stopped before the connection is closed.
  init(of connection: Connection, path: String) {
    self.path = path
    self.connection = connection
    sqlite3_wal_hook(
      connection.handle,
      { shell, _, _, frames in
        if let shell {
          Unmanaged<Checkpointer>.fromOpaque(shell).takeUnretainedValue().committed(frames)
        }
        return SQLITE_OK
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  deinit { stop() }

  /// Ends the thread and gives the connection back what it was: without checkpoints.
  func stop() {
    sqlite3_wal_hook(connection.handle, nil, nil)
    state.change { $0.isClosing = true }
    worker?.join()
    worker = nil
  }

  /// Hears that a transaction is done and how many frames the file has.
  private func committed(_ frames: Int32) {
    if frames < asked { asked = 0 }
    guard frames - asked >= Self.framesMin else { return }
    asked = frames
    // What cannot be copied now is copied later: the frames stay until it is done.
    if frames >= Self.framesMax { return Self.checkpoint(connection) }
    if worker == nil {
      let (state, path, key) = (state, path, connection.pageKey)
      worker = try? WorkerThread { Self.run(state, path, key) }
    }
    state.change { $0.isWanted = true }
  }

  private static func run(_ state: Monitor<State>, _ path: String, _ key: PageKey?) {
    // The pragma also makes SQLite look at the file: one not looked at has no log to copy from.
    guard let own = try? Connection(path: path, mode: .readWrite, pageKey: key),
      (try? own.execute("PRAGMA synchronous = NORMAL")) != nil
    else { return }
    while true {
      let goesOn = state.wait { (state: inout State) -> Bool? in
        if state.isClosing { return false }
        if !state.isWanted { return nil }
        state.isWanted = false
        return true
      }
      if !goesOn { return }
      checkpoint(own)
    }
  }

  /// Copies as many frames as there are, waiting for nobody.
  private static func checkpoint(_ connection: Connection) {
    sqlite3_wal_checkpoint_v2(connection.handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
  }
}
