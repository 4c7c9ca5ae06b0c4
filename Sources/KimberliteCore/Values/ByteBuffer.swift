// SPDX-License-Identifier: Apache-2.0
// A growable buffer of bytes for hot paths. One of the few places with unsafe code: every pointer
// stays inside `base ..< base + capacity`, which `reserve` alone changes.

/// A growable run of bytes with one owner.
public struct ByteBuffer: ~Copyable, @unchecked Sendable {
  // Sendable: the memory has one owner and moves with it.
  @usableFromInline var base: UnsafeMutablePointer<UInt8>
  @usableFromInline var capacity: Int
  /// Bytes in use.
  public private(set) var count: Int

  /// An empty buffer with room for `capacity` bytes.
  public init(capacity: Int = 256) {
    self.base = .allocate(capacity: max(capacity, 16))
    self.capacity = max(capacity, 16)
    self.count = 0
  }

  deinit { base.deallocate() }

  /// Whether no byte is in use.
  public var isEmpty: Bool { count == 0 }

  /// Makes room for `more` bytes beyond `count`.
  @inline(__always)
  public mutating func reserve(_ more: Int) {
    if more > capacity - count { grow(more) }
  }

  @inline(never)
  private mutating func grow(_ more: Int) {
    let wanted = max(count + more, capacity * 2)
    let bigger = UnsafeMutablePointer<UInt8>.allocate(capacity: wanted)
    bigger.update(from: base, count: count)
    base.deallocate()
    base = bigger
    capacity = wanted
  }

  /// Appends one byte.
  @inline(__always)
  public mutating func append(_ byte: UInt8) {
    reserve(1)
    base[count] = byte
    count += 1
  }

  /// Appends a run of bytes.
  @inline(__always)
  public mutating func append(_ bytes: Span<UInt8>) {
    bytes.withUnsafeBufferPointer { append(UnsafeRawBufferPointer($0)) }
  }

  /// Appends a run of bytes.
  @inline(__always)
  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress, bytes.count > 0 else { return }
    reserve(bytes.count)
    UnsafeMutableRawPointer(base + count).copyMemory(from: source, byteCount: bytes.count)
    count += bytes.count
  }

  /// Appends a run of bytes.
  public mutating func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { append($0) }
  }

  /// Appends the UTF-8 of a string.
  public mutating func append(utf8 text: String) {
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  /// Appends an integer, most significant byte first.
  @inline(__always)
  public mutating func append<T: FixedWidthInteger>(bigEndian value: T) {
    reserve(MemoryLayout<T>.size)
    UnsafeMutableRawPointer(base + count).storeBytes(of: value.bigEndian, as: T.self)
    count += MemoryLayout<T>.size
  }

  /// Appends `zeros` zero bytes.
  public mutating func append(zeros: Int) {
    reserve(zeros)
    (base + count).update(repeating: 0, count: zeros)
    count += zeros
  }

  /// Overwrites an integer at `offset`, most significant byte first.
  public mutating func store<T: FixedWidthInteger>(bigEndian value: T, at offset: Int) {
    precondition(offset >= 0 && offset + MemoryLayout<T>.size <= count, "store beyond the buffer")
    UnsafeMutableRawPointer(base + offset).storeBytes(of: value.bigEndian, as: T.self)
  }

  /// Drops bytes from the end so that `count` remain.
  public mutating func truncate(to count: Int) {
    precondition(count >= 0 && count <= self.count, "truncate grows nothing")
    self.count = count
  }

  /// Drops all bytes, keeps the room.
  public mutating func removeAll() { count = 0 }

  /// Lets C fill up to `room` bytes beyond `count`; `body` answers how many it wrote.
  public mutating func append<E: Error>(
    room: Int, _ body: (UnsafeMutableRawBufferPointer) throws(E) -> Int
  ) throws(E) {
    reserve(room)
    let written = try body(UnsafeMutableRawBufferPointer(start: base + count, count: room))
    precondition(written >= 0 && written <= room, "wrote beyond the room given")
    count += written
  }

  /// The bytes.
  public var span: Span<UInt8> {
    @_lifetime(borrow self)
    get {
      let span = Span(_unsafeElements: UnsafeBufferPointer(start: base, count: count))
      return _overrideLifetime(span, borrowing: self)
    }
  }

  /// The bytes, for C.
  @inline(__always)
  public borrowing func withUnsafeBytes<R: ~Copyable, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    try body(UnsafeRawBufferPointer(start: base, count: count))
  }

  /// Lends a part of the bytes, where a span would not outlive the access to its owner.
  @inline(__always)
  public borrowing func withSpan<R: ~Copyable, E: Error>(
    _ range: Range<Int>, _ body: (Span<UInt8>) throws(E) -> R
  ) throws(E) -> R {
    try body(span.extracting(range))
  }

  /// A copy.
  public borrowing func array() -> [UInt8] {
    Array(UnsafeBufferPointer(start: base, count: count))
  }
}

extension Span where Element == UInt8 {
  /// The integer at `offset`, most significant byte first.
  @inlinable @inline(__always)
  public func bigEndian<T: FixedWidthInteger>(at offset: Int, as type: T.Type = T.self) -> T {
    precondition(offset >= 0 && offset + MemoryLayout<T>.size <= count, "load beyond the bytes")
    return withUnsafeBytes {
      T(bigEndian: $0.loadUnaligned(fromByteOffset: offset, as: T.self))
    }
  }

  /// A copy.
  public func array() -> [UInt8] { withUnsafeBufferPointer { Array($0) } }

  /// Whether two runs hold the same bytes.
  public func elementsEqual(_ other: Span<UInt8>) -> Bool {
    guard count == other.count else { return false }
    return withUnsafeBytes { bytes in
      other.withUnsafeBytes { other in
        var index = 0
        while bytes.count - index >= 8 {
          if bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            != other.loadUnaligned(fromByteOffset: index, as: UInt64.self)
          {
            return false
          }
          index += 8
        }
        return bytes[index...].elementsEqual(other[index...])
      }
    }
  }
}
