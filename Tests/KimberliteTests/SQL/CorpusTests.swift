// SPDX-License-Identifier: Apache-2.0
// The corpus: sqllogictest files whose answers are PostgreSQL's. Corpus/generate wrote them and
// says how; KB_CORPUS=FOLDER runs the files of another folder and leaves NAME.failed beside each.

import Glibc
import KimberliteCore
import Testing

import Kimberlite

@Suite struct CorpusTests {
  private static let ownFolder =
    "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/Corpus"
  private static let folder = getenv("KB_CORPUS").map { String(cString: $0) } ?? ownFolder
  private static let names =
    ((try? PosixDisk().list(folder)) ?? []).filter { $0.hasSuffix(".test") }
    .map { String($0.dropLast(5)) }.sorted()

  @Test func `the corpus is there`() { #expect(!Self.names.isEmpty) }

  @Test(arguments: names)
  func `every statement gets PostgreSQL's answer`(_ name: String) throws {
    let test = LogicTest(try #require(readText("\(Self.folder)/\(name).test")))
    #expect(test.mistakes.isEmpty)
    #expect(!test.records.isEmpty)
    let log = try StatementLog()
    var judge = LogicJudge()
    var failures: [String] = []
    for record in test.records {
      if let given = judge.difference(record, log.answer(record.sql)) {
        failures.append("\(record.line)\t\(given.replacing("\n", with: "\\n"))")
        if failures.count <= 20 {
          Issue.record(
            "\(name).test:\(record.line): \(record.sql)\nexpected: \(record.expectation)\nanswer: \(given)"
          )
        }
      }
    }
    #expect(failures.isEmpty, "\(failures.count) of \(test.records.count) statements")
    if getenv("KB_CORPUS") != nil {
      let file = try #require(fopen("\(Self.folder)/\(name).failed", "w"))
      defer { fclose(file) }
      for failure in failures { fputs(failure + "\n", file) }
    }
    try log.close()
  }
}
