// SPDX-License-Identifier: Apache-2.0
// The files of an encrypted database as SQLite reads and writes them: what it takes for pages and
// frames goes to the disk sealed. The format is in kb-log(5); which reads and writes there are is
// SQLite's pager.c and wal.c. Pointers are SQLite's, or into buffers of an object's own.

internal import CSQLite
internal import Glibc

/// An open file, and how the VFS below reads and writes it.
class CryptFile {
  private let file: UnsafeMutablePointer<sqlite3_file>
  private let below: sqlite3_io_methods
  /// Room for a frame.
  fileprivate let scratch = UnsafeMutableRawPointer.allocate(
    byteCount: WALFile.frameBytes, alignment: 16)

  /// A file that is open below, by `methods`.
  init(_ file: UnsafeMutablePointer<sqlite3_file>, below methods: sqlite3_io_methods) {
    self.file = file
    below = methods
  }

  deinit { scratch.deallocate() }

  /// What xRead does: an SQLite code, and every byte of `buffer` is set.
  func read(_ buffer: UnsafeMutableRawPointer, _ count: Int, at offset: Int64) -> Int32 {
    preconditionFailure("a file is a database or a write-ahead log")
  }

  /// What xWrite does.
  func write(_ buffer: UnsafeRawPointer, _ count: Int, at offset: Int64) -> Int32 {
    preconditionFailure("a file is a database or a write-ahead log")
  }

  final func close() -> Int32 { below.xClose(file) }

  /// What the device can do, of which SQLite makes no more than this use.
  final var characteristics: Int32 {
    // Without the first, a frame would be written in two pieces.
    SQLITE_IOCAP_POWERSAFE_OVERWRITE
      | below.xDeviceCharacteristics(file) & SQLITE_IOCAP_UNDELETABLE_WHEN_OPEN
  }

  fileprivate final func readBelow(
    _ buffer: UnsafeMutableRawPointer, _ count: Int, at offset: Int64
  ) -> Int32 {
    below.xRead(file, buffer, Int32(count), offset)
  }

  fileprivate final func writeBelow(
    _ buffer: UnsafeRawPointer, _ count: Int, at offset: Int64
  ) -> Int32 {
    below.xWrite(file, buffer, Int32(count), offset)
  }

  fileprivate final var isEmpty: Bool {
    var size: sqlite3_int64 = 0
    return below.xFileSize(file, &size) == SQLITE_OK && size == 0
  }
}

/// A database file: sealed pages, the first of which begins with the salt of its keys.
final class DatabaseFile: CryptFile {
  private static let magic: StaticString = "SQLite format 3\0"
  /// A page that another process is writing is not read for longer: 10 ms.
  private static let attempts = 10

  private let key: PageKey
  private var cipher: PageCipher?

  init(
    _ file: UnsafeMutablePointer<sqlite3_file>, below methods: sqlite3_io_methods, key: PageKey
  ) {
    self.key = key
    super.init(file, below: methods)
  }

  override func read(_ buffer: UnsafeMutableRawPointer, _ count: Int, at offset: Int64) -> Int32 {
    let within = Int(offset % Int64(PageCipher.pageBytes))
    guard let page = UInt32(exactly: offset / Int64(PageCipher.pageBytes) + 1),
      within + count <= PageCipher.pageBytes
    else { return kb_ioerr_read }
    let isWhole = count == PageCipher.pageBytes
    let status = read(page, into: isWhole ? buffer : scratch)
    if !isWhole {
      buffer.copyMemory(from: scratch + within, byteCount: count)
      memset(scratch, 0, PageCipher.pageBytes)
    }
    return status
  }

  /// Reads and opens a page.
  private func read(_ page: UInt32, into buffer: UnsafeMutableRawPointer) -> Int32 {
    // SQLite looks at the first page before it has a lock, and may find it half written.
    for attempt in 0..<(page == 1 ? Self.attempts : 1) {
      if attempt > 0 { usleep(1000) }
      let status = readBelow(
        buffer, PageCipher.pageBytes, at: Int64(page - 1) * Int64(PageCipher.pageBytes))
      if status == kb_ioerr_short_read {
        // A database that is to be made; every other page there is has been written.
        if page == 1, isEmpty { return status }
      } else if status != SQLITE_OK {
        return status
      } else {
        guard let cipher = page == 1 ? cipher(salt: buffer) : cipherOfFile() else {
          return kb_ioerr_read
        }
        if cipher.open(buffer, from: Self.first(page), at: PagePlace(page: page), into: buffer) {
          if page == 1 {
            buffer.copyMemory(from: Self.magic.utf8Start, byteCount: Self.magic.utf8CodeUnitCount)
          }
          return SQLITE_OK
        }
      }
    }
    memset(buffer, 0, PageCipher.pageBytes)
    // As SQLite says it of files that are none of its own, and of pages that are none.
    return page == 1 ? SQLITE_NOTADB : SQLITE_CORRUPT
  }

  override func write(_ buffer: UnsafeRawPointer, _ count: Int, at offset: Int64) -> Int32 {
    guard count == PageCipher.pageBytes, offset % Int64(PageCipher.pageBytes) == 0,
      let page = UInt32(exactly: offset / Int64(PageCipher.pageBytes) + 1),
      Self.isOurs(buffer, page), let cipher = cipherOfFile()
    else { return kb_ioerr_write }
    if page == 1 { cipher.putSalt(scratch) }
    cipher.seal(buffer, from: Self.first(page), at: PagePlace(page: page), into: scratch)
    return writeBelow(scratch, count, at: offset)
  }

  /// Whether a page is laid out so that it can be sealed and comes back as it was.
  fileprivate static func isOurs(_ page: UnsafeRawPointer, _ number: UInt32) -> Bool {
    let reserved = UnsafeRawBufferPointer(
      start: page + PageCipher.contentBytes, count: PageCipher.reservedBytes)
    guard reserved.allSatisfy({ $0 == 0 }) else { return false }
    guard number == 1 else { return true }
    // Bytes 16 and 17: the size of a page. Byte 20: what is reserved of it.
    // https://www.sqlite.org/fileformat2.html#the_database_header
    return memcmp(page, Self.magic.utf8Start, Self.magic.utf8CodeUnitCount) == 0
      && Int(UInt16(bigEndian: page.load(fromByteOffset: 16, as: UInt16.self)))
        == PageCipher.pageBytes
      && Int(page.load(fromByteOffset: 20, as: UInt8.self)) == PageCipher.reservedBytes
  }

  /// The first byte of a page that is sealed: of page 1, what is constant has the salt in its place.
  private static func first(_ page: UInt32) -> Int { page == 1 ? PageCipher.saltBytes : 0 }

  /// The cipher of the database, which is made with a new salt where the file is empty; `nil` where
  /// the salt cannot be read.
  fileprivate func cipherOfFile() -> PageCipher? {
    if let cipher { return cipher }
    if isEmpty {
      return Entropy.bytes(PageCipher.saltBytes).withUnsafeBytes {
        cipher(salt: $0.baseAddress.unsafelyUnwrapped)
      }
    }
    return withUnsafeTemporaryAllocation(byteCount: PageCipher.saltBytes, alignment: 8) { buffer in
      let salt = buffer.baseAddress.unsafelyUnwrapped
      return readBelow(salt, PageCipher.saltBytes, at: 0) == SQLITE_OK ? cipher(salt: salt) : nil
    }
  }

  /// The cipher of a database with this salt: another, if the file was made anew.
  private func cipher(salt: UnsafeRawPointer) -> PageCipher {
    if let cipher, cipher.hasSalt(salt) { return cipher }
    let made = PageCipher(key, salt: salt)
    cipher = made
    return made
  }
}

/// A write-ahead log: its header in the clear, then frames of a header and a sealed page.
///
/// Of a frame's header the page number and the size of the database are in the clear.
/// https://www.sqlite.org/fileformat2.html#the_write_ahead_log
final class WALFile: CryptFile {
  static let frameBytes = frameHeaderBytes + PageCipher.pageBytes

  private static let headerBytes = 32
  private static let frameHeaderBytes = 24
  /// In a frame's header: salts and checksums.
  private static let sums = 8

  private let database: DatabaseFile
  /// The frame whose header was written last, and where its page therefore stands.
  private var written: (position: Int64, place: PagePlace)?

  init(
    _ file: UnsafeMutablePointer<sqlite3_file>, below methods: sqlite3_io_methods,
    of database: DatabaseFile
  ) {
    self.database = database
    super.init(file, below: methods)
  }

  override func read(_ buffer: UnsafeMutableRawPointer, _ count: Int, at offset: Int64) -> Int32 {
    if offset < Self.headerBytes { return readBelow(buffer, count, at: offset) }
    let (frame, within) = Self.split(offset)
    guard let cipher = database.cipherOfFile() else { return kb_ioerr_read }
    switch (within, count) {
    case (Self.frameHeaderBytes, PageCipher.pageBytes):
      let status = readBelow(scratch, Self.frameBytes, at: frame)
      guard status == SQLITE_OK else {
        memset(buffer, 0, count)
        return status
      }
      let isOpen = cipher.open(
        scratch + within, at: PagePlace(frame: scratch, at: frame), into: buffer)
      return isOpen ? SQLITE_OK : SQLITE_CORRUPT
    case (0, Self.frameBytes):
      let status = readBelow(buffer, count, at: frame)
      guard status == SQLITE_OK else { return status }
      let page = buffer + Self.frameHeaderBytes
      // A frame that was not written to its end is where the log ends, and no error: SQLite takes
      // it so when the page number is 0.
      cipher.decryptSums(buffer + Self.sums, at: frame)
      if !cipher.open(page, at: PagePlace(frame: buffer, at: frame), into: page) {
        memset(buffer, 0, count)
      }
      return SQLITE_OK
    case _ where within + count <= Self.frameHeaderBytes:
      let status = readBelow(scratch, Self.frameHeaderBytes, at: frame)
      guard status == SQLITE_OK else { return status }
      cipher.decryptSums(scratch + Self.sums, at: frame)
      buffer.copyMemory(from: scratch + within, byteCount: count)
      return SQLITE_OK
    default: return kb_ioerr_read
    }
  }

  override func write(_ buffer: UnsafeRawPointer, _ count: Int, at offset: Int64) -> Int32 {
    if offset == 0, count == Self.headerBytes { return writeBelow(buffer, count, at: offset) }
    let (frame, within) = Self.split(offset)
    guard offset >= Self.headerBytes, let cipher = database.cipherOfFile() else {
      return kb_ioerr_write
    }
    switch (within, count) {
    case (0, Self.frameHeaderBytes):
      // SQLite, giving the frames of a transaction new checksums, read a frame that is damaged.
      guard buffer.loadUnaligned(as: UInt32.self) != 0 else { return SQLITE_CORRUPT }
      written = (frame, PagePlace(frame: buffer, at: frame))
      scratch.copyMemory(from: buffer, byteCount: count)
      cipher.encryptSums(scratch + Self.sums, at: frame)
      return writeBelow(scratch, count, at: offset)
    case (Self.frameHeaderBytes, PageCipher.pageBytes):
      guard DatabaseFile.isOurs(buffer, 0), let place = place(frame) else { return kb_ioerr_write }
      cipher.seal(buffer, at: place, into: scratch)
      return writeBelow(scratch, count, at: offset)
    default: return kb_ioerr_write
    }
  }

  /// Where the page of a frame stands whose header is written.
  private func place(_ frame: Int64) -> PagePlace? {
    if let written, written.position == frame { return written.place }
    // A page that changed again in its transaction is written over what it was.
    guard readBelow(scratch, Self.sums, at: frame) == SQLITE_OK else { return nil }
    return PagePlace(frame: scratch, at: frame)
  }

  /// Where the frame at or around an offset begins, and the offset within it.
  private static func split(_ offset: Int64) -> (frame: Int64, within: Int) {
    let within = (offset - Int64(headerBytes)) % Int64(frameBytes)
    return (offset - within, Int(within))
  }
}
