// SPDX-License-Identifier: Apache-2.0
// What the tests of archives share: small logs of several segments, archives of them, and a tar
// made by hand, as nobody's tar would make it.

import Glibc
import Kimberlite
import KimberliteArchive
import KimberliteCore
import Testing

/// A log of small segments in a folder of its own.
struct ArchiveBench {
  let folder = Folder()
  var log: String { folder.path + "/log" }

  static var options: LogOptions {
    var options = LogOptions()
    options.segmentBytes = 1_400
    options.blockBytes = 300
    options.stepBytesMin = 512
    options.stepBytesMax = 512
    options.sealsInBackground = false
    return options
  }

  /// A log with sealed segments and an active one.
  init(records: Int = 14, key: MasterKey? = nil) throws {
    var options = Self.options
    options.key = key
    let writer = try LogWriter.create(
      directory: log, disk: PosixDisk(), logID: testLogID, options: options)
    try Self.append(0..<records, to: writer)
    try writer.close()
  }

  static func append(_ numbers: Range<Int>, to writer: LogWriter) throws {
    for number in numbers {
      let events = (0...number % 3).map { [UInt8](repeating: UInt8(number + $0), count: 60) }
      _ = try writer.append(
        try prepare(events, seed: UInt8(number)), timestamp: 1_000_000 * UInt64(number + 1))
      try writer.sync()
    }
  }

  /// Opens the log, appends, closes it.
  func append(_ numbers: Range<Int>) throws {
    let writer = try LogWriter(
      directory: log, disk: PosixDisk(), acknowledged: 0, options: Self.options)
    try Self.append(numbers, to: writer)
    try writer.close()
  }

  func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  /// Writes an archive into a file; answers its path.
  @discardableResult
  func archive(
    _ name: String, since: UInt64? = nil, until: SnapshotBound? = nil, key: MasterKey? = nil
  ) throws -> String {
    let snapshot = try Snapshot(of: log, disk: PosixDisk(), since: since, until: until, key: key)
    let descriptor = open(path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    defer { close(descriptor) }
    try snapshot.write(to: descriptor, jobs: 2) { _, _ in }
    return path(name)
  }

  func verify(_ name: String, key: MasterKey? = nil) throws -> SnapshotReport {
    try SnapshotFile(path: path(name)).verify(jobs: 2, key: key) { _, _ in }
  }

  @discardableResult
  func restore(
    _ name: String, from archives: [String], until: SnapshotBound? = nil, key: MasterKey? = nil
  ) throws -> RestoredLog {
    try SnapshotRestore.run(path(name), from: archives.map(path), until: until, jobs: 2, key: key)
  }

  func bytes(_ name: String) throws -> [UInt8] {
    let file = try PosixDisk().open(path(name), .read)
    var bytes = ByteBuffer()
    try file.read(at: 0, count: Int(try file.byteCount()), into: &bytes)
    return bytes.array()
  }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    try PosixDisk().open(path(name), .replace).write(bytes.span, at: 0)
  }

  /// Whether nothing of a restoration is there: neither the log nor what it was made in.
  func isAbsent(_ name: String) throws -> Bool {
    try PosixDisk().list(folder.path).allSatisfy { $0 != name && $0 != ".\(name).restoring" }
  }

  /// The files of an archive, as a tar reader that is not ours would see them.
  func members(_ name: String) throws -> [TarMember] { TarMember.read(try bytes(name)) }
}

/// A file of a tar, header and content, to be put together in any way.
struct TarMember: Equatable {
  var name: String
  var content: [UInt8]
  /// The type flag: a file, a link, a device.
  var type = UInt8(ascii: "0")
  var link = ""
  /// A size other than that of the content.
  var size: Int?

  /// The member with its header and padding.
  var encoded: [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at position: Int) {
      header.replaceSubrange(position..<position + text.utf8.count, with: text.utf8)
    }
    func octal(_ number: Int, _ digits: Int) -> String {
      let text = String(number, radix: 8)
      return String(repeating: "0", count: digits - text.count) + text
    }
    put(name, at: 0)
    put("0000600", at: 100)
    put("0000000", at: 108)
    put("0000000", at: 116)
    put(octal(size ?? content.count, 11), at: 124)
    put("00000000000", at: 136)
    header[156] = type
    put(link, at: 157)
    put("ustar\u{0}00", at: 257)
    header.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
    put(octal(header.reduce(0) { $0 + Int($1) }, 6), at: 148)
    header[154] = 0
    let padding = (512 - content.count % 512) % 512
    return header + content + [UInt8](repeating: 0, count: padding)
  }

  static func archive(_ members: [TarMember]) -> [UInt8] {
    members.flatMap(\.encoded) + [UInt8](repeating: 0, count: 1024)
  }

  /// Takes apart what `TarWriter` writes: plain ustar headers.
  static func read(_ bytes: [UInt8]) -> [TarMember] {
    var members: [TarMember] = []
    var position = 0
    while position + 512 <= bytes.count, bytes[position] != 0 {
      func text(_ range: Range<Int>) -> String {
        String(
          decoding: bytes[position + range.lowerBound..<position + range.upperBound].prefix {
            $0 != 0 && $0 != 0x20
          }, as: UTF8.self)
      }
      let count = Int(text(124..<136), radix: 8) ?? 0
      members.append(
        TarMember(
          name: text(0..<100), content: Array(bytes[position + 512..<position + 512 + count])))
      position += 512 + (count + 511) / 512 * 512
    }
    return members
  }
}
