// SPDX-License-Identifier: Apache-2.0

internal import Kimberlite
internal import KimberliteCore

/// The files of an evidence pack as they go into its tar, and the list of their digests, as
/// sha256sum(1) reads it.
struct EvidenceArchive: ~Copyable {
  private let tar: TarWriter
  private let seconds: UInt64
  private var sums = ""

  /// All stand in one folder, so that unpacking strews nothing.
  private static let folder = "evidence/"

  /// `seconds` since 1970 is what every file says it was changed at.
  init(_ tar: consuming TarWriter, seconds: UInt64) {
    self.tar = tar
    self.seconds = seconds
  }

  /// Adds a file, for its owner alone: it may say what the log says.
  mutating func add(
    _ name: String, _ bytes: [UInt8], mode: UInt32 = 0o600
  ) throws(LogError) {
    try begin(name, byteCount: UInt64(bytes.count), digest: Digest.hash(bytes.span), mode: mode)
    try tar.write(bytes.span)
  }

  /// Adds a file of a text.
  mutating func add(_ name: String, _ text: String) throws(LogError) {
    try add(name, Array(text.utf8))
  }

  /// Adds the rows of a query, which are what they were when they were measured.
  ///
  /// The query runs again for it.
  mutating func add(
    _ name: String, _ rows: Rows, _ format: OutputFormat, byteCount: UInt64, digest: Digest
  ) throws(DatabaseError) {
    var again = MeasuredRows(format, rows.columns)
    try DatabaseError.wrap { () throws(LogError) in
      try begin(name, byteCount: byteCount, digest: digest)
    }
    try rows.restart()
    while try rows.next() {
      try again.add(rows)
      if again.isFull { try write(&again, upTo: byteCount) }
    }
    again.finish()
    try write(&again, upTo: byteCount)
    guard again.byteCount == byteCount, again.digest == digest else { throw Rows.unstable }
  }

  private func write(
    _ rows: inout MeasuredRows, upTo byteCount: UInt64
  ) throws(DatabaseError) {
    let left = byteCount - rows.byteCount
    var isTooMuch = false
    try DatabaseError.wrap { () throws(LogError) in
      try rows.take { (bytes) throws(LogError) in
        isTooMuch = bytes.count > left
        if !isTooMuch { try tar.write(bytes) }
      }
    }
    if isTooMuch { throw Rows.unstable }
  }

  /// Adds the list of the files before, and what signs for it: the signer gets the list's digest.
  consuming func finish(
    _ sign: (_ sums: Digest) -> SignedNote
  ) throws(LogError) {
    let list = Array(sums.utf8)
    let statement = sign(Digest.hash(list.span)).encoded
    try add("SHA256SUMS", list)
    try add("statement", statement)
    try tar.finish()
  }

  private mutating func begin(
    _ name: String, byteCount: UInt64, digest: Digest, mode: UInt32 = 0o600
  ) throws(LogError) {
    sums += "\(digest.hex)  \(name)\n"
    try tar.begin(Self.folder + name, byteCount: byteCount, seconds: seconds, mode: mode)
  }
}
