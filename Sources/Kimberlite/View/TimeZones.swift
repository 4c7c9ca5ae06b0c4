// SPDX-License-Identifier: Apache-2.0
// The system's database of time zones: the files below $TZDIR or /usr/share/zoneinfo, each read
// once. A name comes from whoever writes SQL, so that it may lead nowhere else.

internal import Glibc
internal import KimberliteCore
internal import Synchronization

/// The zones of a database, by their names.
final class TimeZones: Sendable {
  static let shared = TimeZones()

  private let folder: String
  /// By the name as it was asked for; `nil` where there is no such zone.
  private let known = Mutex<[String: TimeZone?]>([:])
  /// Misspelt names are remembered too, but not without end.
  private static let knownMax = 2048
  /// The largest file of the database has some kibibytes.
  private static let bytesMax = 1 << 20

  init(folder: String? = nil) {
    let set = getenv("TZDIR").map { String(cString: $0) }
    self.folder = folder ?? set.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/usr/share/zoneinfo"
  }

  /// The zone of a name, in any case; `nil` where there is none.
  func zone(_ name: String) -> TimeZone? {
    known.withLock { known in
      if let zone = known[name] { return zone }
      if known.count >= Self.knownMax { known = [:] }
      let zone = read(name)
      known[name] = .some(zone)
      return zone
    }
  }

  /// Letters, digits, `_`, `+` and `-` between single slashes: no dot, no absolute path.
  private static func parts(of name: String) -> [Substring]? {
    guard name.utf8.count <= 64 else { return nil }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let isValid = parts.allSatisfy { part in
      !part.isEmpty
        && part.utf8.allSatisfy { byte in
          switch byte {
          case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"),
            UInt8(ascii: "-"):
            true
          default: false
          }
        }
    }
    return isValid ? parts : nil
  }

  /// What cannot be read is no zone, whatever the reason.
  private func read(_ name: String) -> TimeZone? {
    guard let parts = Self.parts(of: name) else { return nil }
    let disk = PosixDisk()
    var path = folder
    for part in parts {
      let wanted = part.lowercased()
      guard let entries = try? disk.list(path) else { return nil }
      // A name in its own letters wins over one that differs by case.
      let entry = entries.first { $0 == part } ?? entries.first { $0.lowercased() == wanted }
      guard let entry else { return nil }
      path += "/" + entry
    }
    guard let bytes = try? disk.contents(of: path, limit: Self.bytesMax) else { return nil }
    return TimeZone(tzif: bytes.span)
  }
}
