// SPDX-License-Identifier: Apache-2.0
// SQLite's door to an encrypted database: a VFS that is the system's own but for reading and
// writing. Here are SQLite's callbacks and with them unsafe code: an open file keeps its object,
// and a connection its VFS.
// https://www.sqlite.org/vfs.html

internal import CSQLite

/// The VFS of one connection to an encrypted database.
///
/// It opens databases and write-ahead logs and nothing else: what SQLite would put into other
/// files, journals and temporary tables, has to stay in memory or fails.
package final class CryptVFS {
  /// What SQLite knows it by.
  package let name: String
  private let key: PageKey
  private let vfs: UnsafeMutablePointer<sqlite3_vfs>
  private let title: UnsafeMutablePointer<CChar>

  // Found once and never changed.
  nonisolated(unsafe) private static let below = sqlite3_vfs_find("unix")

  /// Makes it known to SQLite; `nil` where the system's own is missing or memory is.
  ///
  /// It has to outlive the connections that are opened through it.
  package init?(_ key: PageKey) {
    guard let below = Self.below else { return nil }
    self.key = key
    vfs = .allocate(capacity: 1)
    // No other has this address, so no other has this name.
    name = "kb-crypt-\(UInt(bitPattern: vfs))"
    let bytes = name.utf8CString
    title = .allocate(capacity: bytes.count)
    title.initialize(from: Array(bytes), count: bytes.count)
    // Methods of the VFS below look at nothing here but the length of paths, or are its xOpen.
    var made = below.pointee
    made.pNext = nil
    made.szOsFile += Int32(MemoryLayout<kb_file_tail>.size)
    made.zName = UnsafePointer(title)
    made.pAppData = Unmanaged.passUnretained(self).toOpaque()
    made.xOpen = { vfs, path, file, flags, outFlags in
      guard let shell = vfs?.pointee.pAppData, let file else { return SQLITE_MISUSE }
      return Unmanaged<CryptVFS>.fromOpaque(shell).takeUnretainedValue()
        .open(path, file, flags, outFlags)
    }
    vfs.initialize(to: made)
    if sqlite3_vfs_register(vfs, 0) != SQLITE_OK { return nil }
  }

  deinit {
    sqlite3_vfs_unregister(vfs)
    vfs.deallocate()
    title.deallocate()
  }

  /// What SQLite must be told of a connection before it makes a database.
  package static func configure(_ connection: OpaquePointer) -> Int32 {
    var reserved = Int32(PageCipher.reservedBytes)
    let status = sqlite3_file_control(
      connection, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved)
    guard status == SQLITE_OK else { return status }
    // A page that is freed is written: so every page of a database is sealed, and one that is not
    // is damage.
    return sqlite3_exec(
      connection, "PRAGMA page_size = 4096; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON",
      nil, nil, nil)
  }

  private func open(
    _ path: UnsafePointer<CChar>?, _ file: UnsafeMutablePointer<sqlite3_file>, _ flags: Int32,
    _ outFlags: UnsafeMutablePointer<Int32>?
  ) -> Int32 {
    file.pointee.pMethods = nil
    let isLog = flags & SQLITE_OPEN_WAL != 0
    guard isLog || flags & SQLITE_OPEN_MAIN_DB != 0, let below = Self.below else {
      return SQLITE_CANTOPEN
    }
    let status = below.pointee.xOpen(below, path, file, flags, outFlags)
    guard status == SQLITE_OK, let methods = file.pointee.pMethods else { return status }
    let context: CryptFile
    if isLog {
      guard let database = sqlite3_database_file_object(path),
        let owner = Self.file(database) as? DatabaseFile
      else {
        _ = methods.pointee.xClose(file)
        file.pointee.pMethods = nil
        return SQLITE_CANTOPEN
      }
      context = WALFile(file, below: methods.pointee, of: owner)
    } else {
      context = DatabaseFile(file, below: methods.pointee, key: key)
    }
    let tail = (UnsafeMutableRawPointer(file) + Int(below.pointee.szOsFile))
      .assumingMemoryBound(to: kb_file_tail.self)
    tail.initialize(
      to: kb_file_tail(
        methods: Self.methods(methods.pointee),
        context: Unmanaged.passRetained(context).toOpaque()))
    file.pointee.pMethods = UnsafeRawPointer(tail)
      .assumingMemoryBound(to: sqlite3_io_methods.self)
    return SQLITE_OK
  }

  /// The methods of a file of ours: those below, but for these.
  private static func methods(_ below: sqlite3_io_methods) -> sqlite3_io_methods {
    var methods = below
    // Without version 3 SQLite maps no pages into memory.
    methods.iVersion = 2
    methods.xRead = { file, buffer, count, offset in
      CryptVFS.file(file.unsafelyUnwrapped)
        .read(buffer.unsafelyUnwrapped, Int(count), at: offset)
    }
    methods.xWrite = { file, buffer, count, offset in
      CryptVFS.file(file.unsafelyUnwrapped)
        .write(buffer.unsafelyUnwrapped, Int(count), at: offset)
    }
    methods.xDeviceCharacteristics = { file in
      CryptVFS.file(file.unsafelyUnwrapped).characteristics
    }
    methods.xClose = { file in
      let context = CryptVFS.file(file.unsafelyUnwrapped)
      let status = context.close()
      Unmanaged.passUnretained(context).release()
      return status
    }
    return methods
  }

  /// The object of an open file, whose methods are the head of what is ours.
  private static func file(_ file: UnsafeMutablePointer<sqlite3_file>) -> CryptFile {
    let tail = UnsafeRawPointer(file.pointee.pMethods.unsafelyUnwrapped)
      .assumingMemoryBound(to: kb_file_tail.self)
    return Unmanaged<CryptFile>.fromOpaque(tail.pointee.context).takeUnretainedValue()
  }
}
