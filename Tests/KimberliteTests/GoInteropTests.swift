// SPDX-License-Identifier: Apache-2.0
// Checkpoints, receipts and consistency proofs, checked by Go's sumdb packages.

import Glibc
import Kimberlite
import KimberliteCore
import Testing

@Suite struct GoInteropTests {
  /// Runs Tests/Interop/check.go; answers its exit status and what it said.
  private func check(_ arguments: [String], cache: String, file: String = #filePath) -> (
    status: Int32, said: String
  ) {
    let tests = file.split(separator: "/").dropLast(2).joined(separator: "/")
    let words = arguments.map { "'\($0)'" }.joined(separator: " ")
    let command =
      "GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode GOCACHE='\(cache)' "
      + "exec go run '/\(tests)/Interop/check.go' \(words) 2>&1"
    guard let pipe = popen(command, "r") else { return (-1, "") }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while case let count = fread(&buffer, 1, buffer.count, pipe), count > 0 {
      bytes += buffer[..<count]
    }
    return (pclose(pipe), String(decoding: bytes, as: UTF8.self))
  }

  private func write(_ text: String, to path: String) throws {
    let file = try PosixDisk().open(path, .replace)
    try file.write(Array(text.utf8).span, at: 0)
  }

  @Test func `Go's sumdb accepts checkpoints, receipts and proofs, and no others`() throws {
    let folder = Folder()
    let log = folder.path + "/log"
    let writer = try LogWriter.create(directory: log, disk: PosixDisk(), logID: testLogID)
    let directory = LogDirectory(path: log, disk: PosixDisk())
    var stated: [SignedCheckpoint] = []
    var headers: [(header: RecordHeader, hash: Digest)] = []
    for number in 0..<700 {
      _ = try writer.append(try prepare([[UInt8(number & 255)], [1]]), timestamp: 1)
    }
    try writer.sync()
    stated.append(try directory.checkpoint(covering: 700, stateFolder: nil))
    for number in 0..<400 {
      _ = try writer.append(try prepare([[UInt8(number & 255)]]), timestamp: 1)
    }
    try writer.close()
    stated.append(try directory.signedCheckpoint())
    var cursor = try LogReader(directory: log, disk: PosixDisk()).records(from: 0)
    while try cursor.next() { headers.append((cursor.header, cursor.hash)) }
    #expect(stated.map(\.checkpoint.size) == [700, 1100])

    var maker = ReceiptMaker(directory, checkpoint: stated[1])
    let receipt = try maker.receipt(
      ProvenRecord(header: headers[517].header), hash: headers[517].hash)
    var prover = Prover(directory)
    let growth = try #require(
      try prover.consistency(from: stated[0].checkpoint, to: stated[1].checkpoint))
    let files = ["receipt", "old", "growth"].map { "\(folder.path)/\($0)" }
    try write(receipt.text, to: files[0])
    try write(stated[0].text, to: files[1])
    try write(growth.map { Base64.encode($0.bytes) + "\n" }.joined(), to: files[2])
    let arguments = ["\(log)/vkey", "\(log)/checkpoint"] + files
    let cache = folder.path + "/cache"
    #expect(check(arguments, cache: cache) == (0, "OK 1100 517 700\n"))

    // A flipped bit anywhere in the receipt, or a hash too few, is refused there as here.
    var other = receipt
    other.index += 1
    try write(other.text, to: files[0])
    #expect(check(arguments, cache: cache).status != 0)
    try write(receipt.text, to: files[0])
    try write(growth.dropLast().map { Base64.encode($0.bytes) + "\n" }.joined(), to: files[2])
    #expect(check(arguments, cache: cache).status != 0)
  }
}
