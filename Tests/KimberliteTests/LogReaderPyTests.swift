// SPDX-License-Identifier: Apache-2.0
// The log against a reader written from the manual page in another language.

import Glibc
import Kimberlite
import KimberliteCore
import Testing

@Suite struct LogReaderPyTests {
  /// Runs `python3 Tests/reader.py` on a log; answers its lines.
  private func read(_ log: String, file: String = #filePath) -> (status: Int32, lines: [Substring])
  {
    let tests = file.split(separator: "/").dropLast(2).joined(separator: "/")
    guard let pipe = popen("exec python3 '/\(tests)/reader.py' '\(log)' 2>&1", "r") else {
      return (-1, [])
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&buffer, 1, buffer.count, pipe), count > 0 {
      bytes += buffer[..<count]
    }
    let status = pclose(pipe)
    return (status, String(decoding: bytes, as: UTF8.self).split(separator: "\n"))
  }

  @Test(arguments: [nil, MasterKey.random()])
  func `an independent reader finds the same records, hashes and root`(key: MasterKey?) throws {
    let folder = Folder()
    let path = folder.path + "/log"
    var options = LogOptions()
    options.segmentBytes = 30_000
    options.blockBytes = 8_000
    options.key = key
    let writer = try LogWriter.create(
      directory: path, disk: PosixDisk(), logID: testLogID, options: options)
    var hashes: [String] = []
    for number in 0..<300 {
      let events = (0...number % 4).map { index in
        var event = ByteBuffer()
        event.appendCBORArray(5)
        event.appendCBOR(Int64(number - 150) * 1_000_000_007)
        event.appendCBOR(String(repeating: "row \(index) ", count: number % 20))
        event.appendCBOR(Double(number) / 8)
        event.appendCBOR(number % 2 == 0)
        event.appendCBOR(Decimal(coefficient: Int128(number) << 70, scale: 2))
        return event.array()
      }
      let receipt = try writer.append(
        try prepare(events, seed: UInt8(number % 256)), timestamp: UInt64(number) * 1_000)
      hashes.append(receipt.hash.hex)
      if number % 7 == 0 { try writer.sync() }
    }
    try writer.close()

    let report = try Verifier(directory: path, disk: PosixDisk(), jobs: 2, key: key).run()
    #expect(report.findings == [])
    #expect(report.segments >= 3)
    let (status, lines) = read(path)
    #expect(status == 0)
    try #require(lines.count == hashes.count + 1, "\(lines.last ?? "nothing")")
    for (line, hash) in zip(lines, hashes) { #expect(line.contains("\"hash\": \"\(hash)\"")) }
    let root = try #require(report.root).hex
    #expect(lines.last?.contains("\"records\": 300, \"root\": \"\(root)\"") == true)
    #expect(lines.last?.contains("encrypted") == (key != nil))
  }
}
