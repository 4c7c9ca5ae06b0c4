// SPDX-License-Identifier: Apache-2.0
// Whether anything of what was erased is left: seeds, salts and ciphertexts are random, so wherever
// one is found, a copy of their record is, compressed or not.

internal import KimberliteCore

/// What the bytes of erased events are known by.
struct Remnants {
  /// Bytes of a needle: see `RecordBody.needle`.
  private static let needleBytes = Salts.byteCount
  private static let stepBytes = 1 << 20

  /// The first eight bytes of each needle, and the rest.
  private var needles: [UInt64: UInt64] = [:]
  /// Which first two bytes a needle may have.
  private var begins = [Bool](repeating: false, count: 1 << 16)

  /// Notes seeds and salts of events that are still there.
  init(of erasures: Erasures, in log: LogReader) throws(LogError) {
    var last: UInt64?
    for run in erasures.runs where run.offset != last {
      last = run.offset
      var cursor = try log.records(from: run.offset)
      guard try cursor.nextAsStored(), cursor.header.offset == run.offset else { continue }
      for event in erasures.events(of: run.offset).flatMap(\.self) {
        if let needle = try cursor.needle(of: event) { add(needle.span) }
      }
    }
  }

  private mutating func add(_ needle: Span<UInt8>) {
    needles[needle.bigEndian(at: 0)] = needle.bigEndian(at: 8)
    begins[Int(needle.bigEndian(at: 0, as: UInt16.self))] = true
  }

  /// Searches every file of a log; answers how many bytes that were.
  ///
  /// Throws where something is found: what was erased is not gone.
  func requireNone(in directory: String) throws(LogError) -> UInt64 {
    var searched: UInt64 = 0
    for path in try PosixDisk().files(under: directory) {
      let file = try PosixDisk().open(path, .read)
      var buffer = ByteBuffer(capacity: Self.stepBytes + Self.needleBytes)
      var position: UInt64 = 0
      while true {
        buffer.removeAll()
        // The steps overlap, so that no needle lies between two.
        try file.read(at: position, count: Self.stepBytes + Self.needleBytes - 1, into: &buffer)
        if let place = find(in: buffer.span) {
          throw .damaged(
            Damage(
              file: String(path.dropFirst(directory.count + 1)),
              position: position + UInt64(place),
              what: "a copy of an erased record is left; run kb-purge --resume"))
        }
        if buffer.count < Self.stepBytes { break }
        position += UInt64(Self.stepBytes)
      }
      searched += position + UInt64(buffer.count)
    }
    return searched
  }

  /// Searches the bodies of an encrypted log, which its files show to nobody; answers how many
  /// bytes that were.
  func requireNone(in log: LogReader) throws(LogError) -> UInt64 {
    guard try log.directory.keys.isEncrypted() else { return 0 }
    var searched: UInt64 = 0
    var cursor = try log.records(from: 0)
    while try cursor.nextAsStored() {
      if find(in: cursor.body) != nil {
        throw .damaged(
          Damage(
            file: LogDirectory.segmentName(cursor.position.segment), offset: cursor.header.offset,
            what: "a copy of an erased record is left; run kb-purge --resume"))
      }
      searched += UInt64(cursor.body.count)
    }
    return searched
  }

  private func find(in bytes: Span<UInt8>) -> Int? {
    if needles.isEmpty || bytes.count < Self.needleBytes { return nil }
    return begins.withUnsafeBufferPointer { begins in
      for index in 0...(bytes.count - Self.needleBytes)
      where begins[Int(bytes[index]) << 8 | Int(bytes[index + 1])] {
        if needles[bytes.bigEndian(at: index)] == bytes.bigEndian(at: index + 8, as: UInt64.self) {
          return index
        }
      }
      return nil
    }
  }
}
