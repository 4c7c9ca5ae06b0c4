// SPDX-License-Identifier: Apache-2.0
// The rules that an archive's files must keep, held while they pass: what a hostile archive can do
// ends here. kb-snapshot(1), ARCHIVE FORMAT.

package import KimberliteCore

/// An archive whose files are taken one after the other.
package struct ArchiveReading {
  /// How messages name the archive.
  package let path: String
  private var names: [SnapshotName] = []
  private var byteCounts: [UInt64] = []
  private var isOver = false

  /// The beginning of an archive.
  package init(path: String) { self.path = path }

  /// What to do with the next file.
  package enum Step {
    /// It is one of the log's.
    case file
    /// It is the manifest, to be read and given to `finish`.
    case manifest
  }

  /// Takes the next file: its name must be one that may be here.
  ///
  /// `name` is `nil` for what is no plain file.
  package mutating func take(_ name: String?, byteCount: UInt64) throws(LogError) -> Step {
    guard let text = name else { throw refused("it holds something that is no plain file") }
    guard let name = SnapshotName(text) else {
      throw refused("it holds '\(text.prefix(100))'")
    }
    if isOver { throw refused("'\(text)' is behind its manifest") }
    if names.isEmpty, text != LogDirectory.checkpointName {
      throw refused("it begins with '\(text)', not with its checkpoint")
    }
    if let last = names.last, last >= name {
      throw refused(
        last == name ? "it holds '\(text)' twice" : "'\(text)' is behind '\(last.text)'")
    }
    isOver = text == SnapshotName.manifest
    let isSegment = text.hasSuffix(LogDirectory.suffix)
    let most = isOver ? SnapshotManifest.byteCountMax : Snapshot.sidecarBytesMax
    if !isSegment, byteCount > UInt64(most) {
      throw refused("'\(text)' has \(byteCount) bytes")
    }
    if isOver { return .manifest }
    names.append(name)
    byteCounts.append(byteCount)
    return .file
  }

  private func refused(_ why: String) -> LogError { .notASnapshot(path: path, why: why) }

  /// The archive ended: with its manifest, or too early.
  package func requireEnd() throws(LogError) {
    if !isOver { throw .damagedSnapshot(path: path, what: "it ends before its manifest") }
  }

  /// Reads the manifest, which must name the files that were taken.
  package func finish(manifest bytes: Span<UInt8>) throws(LogError) -> SnapshotManifest {
    let manifest: SnapshotManifest
    do {
      manifest = try SnapshotManifest(text: String(decoding: bytes.array(), as: UTF8.self))
    } catch {
      if let version = error.version {
        throw .tooNew(path: path, found: version, known: Int(SnapshotManifest.version))
      }
      throw .damagedSnapshot(
        path: path, what: "\(SnapshotName.manifest): byte \(error.position): \(error.what)")
    }
    for (index, file) in manifest.files.enumerated() {
      guard index < names.count, names[index].text == file.name else {
        throw .damagedSnapshot(path: path, what: "'\(file.name)' is missing")
      }
      guard byteCounts[index] == file.byteCount else {
        throw .damagedSnapshot(
          path: path, what: "'\(file.name)' has \(byteCounts[index]) bytes, not \(file.byteCount)")
      }
    }
    if names.count > manifest.files.count {
      throw .damagedSnapshot(
        path: path, what: "'\(names[manifest.files.count].text)' is not in its manifest")
    }
    guard names.first(where: { $0.segment != nil })?.segment == manifest.first else {
      throw .damagedSnapshot(path: path, what: "its first segment is another than it states")
    }
    return manifest
  }

  /// Whether what the archive holds is encrypted.
  package var isEncrypted: Bool { names.contains { $0.text == Keystore.name } }

  /// The file names so far.
  var taken: [SnapshotName] { names }
}
