// SPDX-License-Identifier: Apache-2.0
// Receipts that earlier versions gave out verify for ever. Tests/Receipts/ holds some of each
// version; what is there is never changed, only added to.

import Testing

@Suite struct ReceiptCorpusTests {
  private static let folder =
    #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Receipts"

  @Test(arguments: ["v1"])
  func `receipts of every version verify and say what they said`(version: String) throws {
    let folder = "\(Self.folder)/\(version)"
    let files = try #require(names(in: folder)).filter { $0.hasSuffix(".tlog-proof") }
    #expect(files.count >= 6)
    let expected = String(decoding: contents(folder + "/expected.ndjson"), as: UTF8.self)
      .split(separator: "\n")
    #expect(expected.count == files.count)
    for (file, said) in zip(files, expected) {
      let outcome = run(
        "kb-verify",
        ["--receipt", "\(folder)/\(file)", "--key", "\(folder)/vkey", "--format", "json"])
      #expect(outcome.status == 0, "\(file): \(outcome)")
      #expect(outcome.text.replacing("\(folder)/", with: "") == said + "\n")
    }
  }

  @Test func `a receipt is small, whatever the log's size`() {
    // Twenty hashes lead through a million records, ten through a thousand events.
    let largest =
      contents(Self.folder + "/v1/3-1.tlog-proof").count
      + (20 - 3) * 45 + (10 - 2) * 32 * 4 / 3
    #expect(largest <= 2048)
  }
}
