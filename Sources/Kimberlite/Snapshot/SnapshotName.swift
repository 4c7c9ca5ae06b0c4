// SPDX-License-Identifier: Apache-2.0
// Which names a snapshot may hold, and in which order. What is not named here is never taken, so
// no archive reaches beside the log. kb-snapshot(1), ARCHIVE FORMAT.

internal import KimberliteCore

/// A name of a file in a snapshot.
///
/// Names ascend in an archive, which leaves no room for two of one name.
struct SnapshotName: Comparable {
  static let manifest = "kimberlite/MANIFEST"
  /// Sidecars that any number of files may stand in.
  static let folders = [
    LogDirectory.anchorsName, LogDirectory.ordersName, LogDirectory.chainsName,
  ]

  let text: String
  /// Sorts as the archive does.
  private let key: String

  /// A name that is allowed; `nil` for all others.
  init?(_ text: String) { self.init(text, isNested: false) }

  private init?(_ text: String, isNested: Bool) {
    guard let key = Self.key(text, isNested: isNested) else { return nil }
    self.text = text
    self.key = key
  }

  static func < (a: SnapshotName, b: SnapshotName) -> Bool {
    a.key.utf8.lexicographicallyPrecedes(b.key.utf8)
  }

  private static func key(_ text: String, isNested: Bool) -> String? {
    let files = [LogDirectory.checkpointName, LogKeys.verifierName, Keystore.name]
    if let index = files.firstIndex(of: text) { return "\(index)" }
    if text == manifest { return isNested ? nil : "9" }
    guard let slash = text.firstIndex(of: "/") else { return nil }
    let (folder, name) = (String(text[..<slash]), String(text[text.index(after: slash)...]))
    if let index = folders.firstIndex(of: folder) {
      return isPlain(name) ? "\(3 + index)\(name)" : nil
    }
    switch folder {
    case AccessLog.directoryName:
      return isNested ? nil : SnapshotName(name, isNested: true).map { "7\($0.key)" }
    case LogDirectory.segmentsName:
      return LogDirectory.firstOffset(of: name).map { _ in "8\(name)" }
    default: return nil
    }
  }

  /// Letters, digits, hyphens and single inner dots: a name that means the same everywhere.
  private static func isPlain(_ name: String) -> Bool {
    let isLetter = { (byte: UInt8) in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
    let parts = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return name.utf8.count <= 80 && !name.hasSuffix(LogDirectory.temporarySuffix)
      && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(isLetter) }
  }

  /// The offset of a segment of the log itself.
  var segment: UInt64? {
    let prefix = LogDirectory.segmentsName + "/"
    guard text.hasPrefix(prefix) else { return nil }
    return LogDirectory.firstOffset(of: String(text.dropFirst(prefix.count)))
  }

  /// The folders that the name stands in, outermost first: `accesses`, `accesses/segments`.
  var folders: [String] {
    let parts = text.split(separator: "/").dropLast()
    return parts.indices.map { parts[...$0].joined(separator: "/") }
  }
}
