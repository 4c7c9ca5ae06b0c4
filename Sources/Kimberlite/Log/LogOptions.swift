// SPDX-License-Identifier: Apache-2.0

public import KimberliteCore

/// What a writer may be told; the defaults are measured, the rest is for tests.
public struct LogOptions: Sendable {
  /// A segment is closed when the next frame would make it longer.
  ///
  /// Bytes.
  public var segmentBytes: UInt64 = 64 << 20
  /// A sealed block is closed when its raw bodies reach this size, 1 MiB at most.
  ///
  /// Bytes.
  public var blockBytes = 256 << 10
  /// The first step of zeros written ahead; each next one is twice as long.
  public var stepBytesMin: UInt64 = 1 << 20
  /// The longest step of zeros written ahead.
  public var stepBytesMax: UInt64 = 16 << 20
  /// LZ4 level of sealed blocks.
  ///
  /// Of rows in records of 1000, 0 saves 54 % (no more than frames), 3 saves 64 %, 9 saves 66 %,
  /// at 270, 87 and 36 MB of raw events a second; 4 saves one per cent more than 3 in a third more
  /// time.
  public var sealLevel: Int32 = 4
  /// Whether full segments are sealed by a thread of their own; else at once.
  public var sealsInBackground = true
  /// Full segments that a writer that ends may leave for the next one to seal.
  ///
  /// A short run does not wait seconds for a segment's sealing, and opening, which walks what is
  /// not sealed, stays bounded.
  public var unsealedMax = 1
  /// The checkpoint is renewed when the records are this much further.
  ///
  /// Nanoseconds.
  public var checkpointInterval: UInt64 = 1_000_000_000
  /// Whether the checkpoint is renewed by a thread of its own; else by `sync`.
  public var signsInBackground = true
  /// The folder, outside the log, where what was signed last is kept; `nil`: nowhere.
  public var stateFolder: String?
  /// Whether the log goes on as a new branch, under a new key.
  ///
  /// It may then have been set back behind what it signed before.
  public var startsBranch = false
  /// The branch that a new log begins as; `nil`: the one without a number.
  public var branch: UInt32?
  /// Told of each checkpoint that is stated, on a thread of the writer's, the tree's files done.
  public var onCheckpoint: (@Sendable (SignedCheckpoint) throws(LogError) -> Void)?
  /// Draws the nonce of a segment.
  public var nonce: @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }

  /// With it a new log is encrypted, and an encrypted one is opened.
  public var key: MasterKey?

  /// The defaults.
  public init() {}
}
