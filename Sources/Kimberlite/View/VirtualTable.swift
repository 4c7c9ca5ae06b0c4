// SPDX-License-Identifier: Apache-2.0
// What our virtual tables share: structures that SQLite asks for and frees.

internal import CSQLite

/// A walk over a virtual table that is there for a whole connection.
protocol VirtualCursor: AnyObject {
  /// SQLite's cursors end before their connection does.
  init(_ connection: Connection)
}

enum VirtualTable {
  /// Makes a table known to a connection, which its cursors are given.
  static func register(
    _ name: String, _ module: UnsafePointer<sqlite3_module>, _ connection: Connection
  ) throws(SQLiteError) {
    let shell = Unmanaged.passUnretained(connection).toOpaque()
    if sqlite3_create_module_v2(connection.handle, name, module, shell, nil) != SQLITE_OK {
      throw connection.error
    }
  }

  /// Memory that SQLite may free, all zero.
  static func allocate<T: BitwiseCopyable>(_ type: T.Type) -> UnsafeMutablePointer<T>? {
    let size = MemoryLayout<T>.size
    guard let memory = sqlite3_malloc(Int32(size)) else { return nil }
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    return memory.assumingMemoryBound(to: T.self)
  }

  /// Makes the table: `context` is what its cursors find in it.
  static func connect(
    _ handle: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _ schema: String,
    _ table: UnsafeMutablePointer<UnsafeMutablePointer<sqlite3_vtab>?>?
  ) -> Int32 {
    // First: a table that is not made is not freed.
    let status = sqlite3_declare_vtab(handle, schema)
    guard status == SQLITE_OK else { return status }
    guard let context, let made = allocate(kb_vtab.self) else { return SQLITE_NOMEM }
    made.pointee.context = context
    table?.pointee = UnsafeMutableRawPointer(made).assumingMemoryBound(to: sqlite3_vtab.self)
    return SQLITE_OK
  }

  static func context(_ table: UnsafeMutablePointer<sqlite3_vtab>?) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(table.unsafelyUnwrapped)
      .assumingMemoryBound(to: kb_vtab.self).pointee.context
  }

  /// Makes a cursor that carries `context`.
  static func open(
    _ cursor: UnsafeMutablePointer<UnsafeMutablePointer<sqlite3_vtab_cursor>?>?,
    _ context: UnsafeMutableRawPointer
  ) -> Int32 {
    guard let made = allocate(kb_vtab_cursor.self) else { return SQLITE_NOMEM }
    made.pointee.context = context
    cursor?.pointee =
      UnsafeMutableRawPointer(made).assumingMemoryBound(to: sqlite3_vtab_cursor.self)
    return SQLITE_OK
  }

  /// Makes a cursor of a table that `register` made known.
  static func open<Cursor: VirtualCursor>(
    _ type: Cursor.Type, _ table: UnsafeMutablePointer<sqlite3_vtab>?,
    _ cursor: UnsafeMutablePointer<UnsafeMutablePointer<sqlite3_vtab_cursor>?>?
  ) -> Int32 {
    let shell = Unmanaged<Connection>.fromOpaque(context(table))
    let made = Unmanaged.passRetained(Cursor(shell.takeUnretainedValue()))
    let status = open(cursor, made.toOpaque())
    if status != SQLITE_OK { made.release() }
    return status
  }

  /// The walk that a cursor is.
  @inline(__always)
  static func walk<Cursor: VirtualCursor>(
    _ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?, as type: Cursor.Type = Cursor.self
  ) -> Cursor {
    Unmanaged.fromOpaque(context(cursor)).takeUnretainedValue()
  }

  @inline(__always)
  static func context(
    _ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?
  ) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(cursor.unsafelyUnwrapped)
      .assumingMemoryBound(to: kb_vtab_cursor.self).pointee.context
  }

  /// A module for `sqlite3_create_module_v2`, kept for the life of the process.
  ///
  /// Without xCreate a table is there by its name alone, and can be made by nobody. A cursor's
  /// context is an object unless the table has an xClose of its own.
  static func module(_ fill: (inout sqlite3_module) -> Void) -> UnsafePointer<sqlite3_module> {
    var module = sqlite3_module()
    module.xDisconnect = { table in
      sqlite3_free(table)
      return SQLITE_OK
    }
    module.xClose = { cursor in
      Unmanaged<AnyObject>.fromOpaque(VirtualTable.context(cursor)).release()
      sqlite3_free(cursor)
      return SQLITE_OK
    }
    fill(&module)
    let kept = UnsafeMutablePointer<sqlite3_module>.allocate(capacity: 1)
    kept.initialize(to: module)
    return UnsafePointer(kept)
  }
}
