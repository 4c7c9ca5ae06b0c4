// SPDX-License-Identifier: Apache-2.0
// Where a user's programs keep what is no part of a log. XDG Base Directory Specification.

internal import Glibc

/// Folders of a user.
enum HomeFolder {
  /// What a variable names, if it is an absolute path, else a folder of the home directory; `nil`
  /// without a home.
  static func path(_ variable: String, else folder: String) -> String? {
    absolute(variable) ?? absolute("HOME").map { $0 + folder }
  }

  private static func absolute(_ name: String) -> String? {
    guard let text = getenv(name), text.pointee == UInt8(ascii: "/") else { return nil }
    return String(cString: text)
  }

  /// Makes a folder and those that it stands in, where they are not there.
  static func make(_ path: String, on disk: any Disk) throws(LogError) {
    if path.isEmpty { return }
    if try disk.exists(path) { return }
    guard let slash = path.lastIndex(of: "/") else { return try make(in: ".", path, disk) }
    let parent = String(path[..<slash])
    try make(parent, on: disk)
    try make(in: parent.isEmpty ? "/" : parent, path, disk)
  }

  private static func make(
    in parent: String, _ path: String, _ disk: any Disk
  ) throws(LogError) {
    do {
      try disk.createDirectory(path)
    } catch .io(_, _, EEXIST) {
      return
    }
    try disk.synchronizeDirectory(parent)
  }
}
