// SPDX-License-Identifier: Apache-2.0
// A published tree, read by Go's code for such trees, and on a disk that fails.

import Glibc
import Kimberlite
import KimberliteCore
import Testing

@Suite struct TileWriterTests {
  private func options() -> LogOptions {
    var options = LogOptions()
    options.segmentBytes = 60_000
    options.blockBytes = 8_000
    options.sealsInBackground = false
    options.signsInBackground = false
    return options
  }

  /// Makes a log, or adds to it, until it has so many records; answers its checkpoint.
  private func grow(
    _ path: String, to size: Int, disk: any Disk, id: LogID = testLogID
  ) throws -> SignedCheckpoint {
    let writer =
      try disk.exists(path)
      ? LogWriter(directory: path, disk: disk, acknowledged: 0, options: options())
      : LogWriter.create(directory: path, disk: disk, logID: id, options: options())
    for number in Int(writer.head.count)..<max(size, Int(writer.head.count)) {
      _ = try writer.append(
        try prepare([[UInt8(number % 256), 7]]), timestamp: UInt64(number))
    }
    try writer.sync()
    try writer.close()
    return try checkpoint("\(path)/checkpoint", disk)
  }

  private func checkpoint(_ path: String, _ disk: any Disk) throws -> SignedCheckpoint {
    try SignedCheckpoint(text: String(decoding: bytes(path, disk), as: UTF8.self))
  }

  private func bytes(_ path: String, _ disk: any Disk) throws -> [UInt8] {
    let file = try disk.open(path, .read)
    var bytes = ByteBuffer()
    try file.read(at: 0, count: Int(file.byteCount()), into: &bytes)
    return bytes.array()
  }

  private func publish(
    _ signed: SignedCheckpoint, _ log: String, _ tiles: String, _ disk: any Disk
  ) throws -> Int {
    var writer = TileWriter(of: try LogReader(directory: log, disk: disk), in: tiles)
    return try writer.publish(signed)
  }

  /// All files under a folder with their bytes.
  private func files(_ folder: String, _ disk: any Disk) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for name in try disk.list(folder) {
      let path = "\(folder)/\(name)"
      if let bytes = try? bytes(path, disk) {
        files[path] = bytes
      } else {
        files.merge(try self.files(path, disk)) { mine, _ in mine }
      }
    }
    return files
  }

  /// What Go makes of published tiles; `nil` where there is no Go.
  private func go(_ tiles: String, _ log: String) throws -> String? {
    guard access("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog", F_OK) == 0 else { return nil }
    let vkey = String(decoding: try bytes("\(log)/vkey", PosixDisk()), as: UTF8.self)
      .split(separator: "\n")[0]
    let tests = #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined()
    let command =
      "GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS= GOCACHE=${GOCACHE:-/tmp/kimberlite-go} "
      + "go run \(tests)/tiles.go '\(tiles)' '\(vkey)' 2>&1"
    guard let pipe = popen(command, "r") else { return nil }
    defer { pclose(pipe) }
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 12)
    while case let count = fread(&buffer, 1, buffer.count, pipe), count > 0 {
      output += buffer[..<count]
    }
    return String(decoding: output, as: UTF8.self)
  }

  @Test func `a log that grows is published in steps, and Go reads each`() throws {
    let folder = Folder()
    let (log, tiles, disk) = (folder.path + "/log", folder.path + "/tiles", PosixDisk())
    var missing = false
    for (size, count) in [(1, 2), (255, 2), (256, 3), (300, 2), (700, 5), (700, 0)] {
      let signed = try grow(log, to: size, disk: disk)
      #expect(signed.checkpoint.size == UInt64(size))
      let published = try TileWriter.publish(log, in: tiles, disk: disk)
      #expect(published.checkpoint == signed.checkpoint)
      #expect(published.tiles == count, "\(size) records")
      guard let said = try go(tiles, log) else {
        missing = true
        continue
      }
      #expect(said == "\(size) records, root \(signed.checkpoint.root.hex)\n")
    }
    #expect(try disk.list(tiles + "/tile/0") == ["000", "001", "002.p"])
    #expect(try disk.list(tiles + "/tile/1") == ["000.p"])
    if missing { try Test.cancel("there is no Go with golang.org/x/mod") }
  }

  @Test func `whole tiles are not written again, and a wrong tree is made anew`() throws {
    let folder = Folder()
    let (log, tiles, disk) = (folder.path + "/log", folder.path + "/tiles", PosixDisk())
    _ = try publish(try grow(log, to: 300, disk: disk), log, tiles, disk)
    var before = stat()
    #expect(stat(tiles + "/tile/0/000", &before) == 0)
    let signed = try grow(log, to: 600, disk: disk)
    // One hash in a tile that is to come.
    try disk.open(log + "/tree/0", .update).write([1, 2, 3].span, at: 32 * 400)
    _ = try publish(signed, log, tiles, disk)
    var after = stat()
    #expect(stat(tiles + "/tile/0/000", &after) == 0)
    #expect(before.st_ino == after.st_ino && before.st_mtim.tv_nsec == after.st_mtim.tv_nsec)
    _ = try publish(signed, log, folder.path + "/fresh", disk)
    let fresh = try files(folder.path + "/fresh", disk)
    #expect(fresh.count == 3 + 1 + 3 + 1)
    for (path, bytes) in fresh {
      #expect(try self.bytes(path.replacing("/fresh/", with: "/tiles/"), disk) == bytes, "\(path)")
    }
  }

  @Test func `the tiles of another log, or of more records, are left alone`() throws {
    let folder = Folder()
    let (log, tiles, disk) = (folder.path + "/log", folder.path + "/tiles", PosixDisk())
    let old = try grow(log, to: 10, disk: disk)
    _ = try publish(try grow(log, to: 20, disk: disk), log, tiles, disk)
    let other = folder.path + "/other"
    let foreign = try grow(other, to: 30, disk: disk, id: LogID(high: 1, low: 2))
    let before = try files(tiles, disk)
    #expect(throws: LogError.self) { try publish(old, log, tiles, disk) }
    #expect(throws: LogError.self) { try publish(foreign, other, tiles, disk) }
    #expect(try files(tiles, disk) == before)
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `a publication that is stopped anywhere goes on`(_ seed: UInt64) throws {
    let disk = SimulatedDisk(seed: seed)
    let (log, tiles) = ("/d/log", "/d/tiles")
    _ = try publish(try grow(log, to: 250, disk: disk), log, tiles, disk)
    let signed = try grow(log, to: 520, disk: disk)
    for calls in 0... {
      disk.callsUntilFailure = calls
      let isDone = (try? publish(signed, log, tiles, disk)) != nil && disk.callsUntilFailure != nil
      disk.crash()
      if isDone { break }
      // What is published says so last.
      let stated = try checkpoint(tiles + "/checkpoint", disk).checkpoint.size
      #expect(stated == 250 || stated == 520)
    }
    _ = try publish(signed, log, "/d/fresh", disk)
    for (path, bytes) in try files("/d/fresh", disk) {
      #expect(try self.bytes(path.replacing("/fresh/", with: "/tiles/"), disk) == bytes, "\(path)")
    }
  }
}
