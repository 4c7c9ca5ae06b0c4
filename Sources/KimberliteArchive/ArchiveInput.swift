// SPDX-License-Identifier: Apache-2.0
// Where an archive comes from: a stream, read once and in order, or a file, in which what is not
// looked at is skipped.

internal import Glibc
internal import Kimberlite
internal import KimberliteCore

/// The bytes of an archive, in pieces.
final class ArchiveInput {
  private enum Source {
    case stream(Int32)
    case file(any DiskFile)
  }

  /// How messages name it.
  let path: String
  /// Bytes given out or skipped.
  private(set) var position: UInt64 = 0
  /// One past the last byte that was given out and is not zero.
  private(set) var lastUsed: UInt64 = 0
  /// What kept it from reading.
  private(set) var failure: LogError?
  /// Whether what is not wanted need not be read.
  var canSkip: Bool { if case .file = source { true } else { false } }

  private let source: Source
  private let pieceBytes: Int
  private var buffer: ByteBuffer
  /// The end of the piece before: a header may stand in both.
  private var tail: [UInt8] = []

  init(stream descriptor: Int32, path: String) {
    source = .stream(descriptor)
    self.path = path
    pieceBytes = 1 << 20
    buffer = ByteBuffer(capacity: 1 << 20)
  }

  /// `pieceBytes`: few where headers are all that is read of it.
  init(file: any DiskFile, path: String, pieceBytes: Int) {
    source = .file(file)
    self.path = path
    self.pieceBytes = pieceBytes
    buffer = ByteBuffer(capacity: pieceBytes)
  }

  /// Lends the next piece until the next call; an empty one at the end, `nil` after a failure.
  func next() -> UnsafeRawBufferPointer? {
    if !canSkip { tail = (tail + buffer.span.array()).suffix(Self.recentBytes) }
    buffer.removeAll()
    do throws(LogError) {
      try fill()
    } catch {
      failure = error
      return nil
    }
    // The memory stays where it is until the buffer is filled again.
    return buffer.withUnsafeBytes { bytes in
      if let last = bytes.lastIndex(where: { $0 != 0 }) { lastUsed = position + UInt64(last) + 1 }
      position += UInt64(bytes.count)
      return bytes
    }
  }

  private func fill() throws(LogError) {
    switch source {
    case .file(let file): try file.read(at: position, count: pieceBytes, into: &buffer)
    case .stream(let descriptor):
      try buffer.append(room: pieceBytes) {
        (room: UnsafeMutableRawBufferPointer) throws(LogError) in
        while true {
          let count = read(descriptor, room.baseAddress, room.count)
          if count >= 0 { return count }
          if errno != EINTR { throw .io(operation: "read", path: path, code: errno) }
        }
      }
    }
  }

  /// Bytes that a look back reaches.
  static let recentBytes = 1024

  /// Up to `recentBytes` bytes before `end`, which is where the reader has come to.
  func recent(_ count: Int, before end: UInt64) throws(LogError) -> [UInt8] {
    precondition(count <= Self.recentBytes && end <= position, "only what passed just now is known")
    if case .file(let file) = source {
      var bytes = ByteBuffer()
      try file.read(at: end - UInt64(count), count: count, into: &bytes)
      return bytes.array()
    }
    let known = tail + buffer.span.array()
    let unread = Int(position - end)
    return Array(known.dropLast(unread).suffix(count))
  }

  /// Skips bytes, of a file.
  func skip(_ count: UInt64) { position += count }
}
