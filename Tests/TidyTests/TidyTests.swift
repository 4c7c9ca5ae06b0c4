// SPDX-License-Identifier: Apache-2.0
// The house rules of Sources/README.md, held against the sources themselves.

import Glibc
import Testing

/// A source file of the project.
private struct SourceFile: CustomTestStringConvertible {
  /// From the top folder: `Sources/KimberliteCore/Limits.swift`.
  var path: String
  var lines: [Substring]

  var testDescription: String { path }
  /// The lines without those that are comments, numbered from 1.
  var code: [(number: Int, text: Substring)] {
    lines.enumerated().compactMap { index, line in
      line.drop { $0 == " " }.hasPrefix("//") ? nil : (index + 1, line)
    }
  }
  /// The modules it imports.
  var imports: [Substring] {
    code.compactMap {
      $0.text.firstMatch(of: #/^(?:public |internal |private |package )?import (?:[a-z]+ )?(\w+)/#)?
        .1
    }
  }

  static let top = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
  static let all = swiftFiles(under: "Sources") + swiftFiles(under: "Tests")
  static let sources = all.filter { $0.path.hasPrefix("Sources/") }

  private static func swiftFiles(under folder: String) -> [SourceFile] {
    guard let directory = opendir("\(top)/\(folder)") else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        })
    }
    return names.sorted().flatMap { name -> [SourceFile] in
      if name.hasPrefix(".") { return [] }
      let path = "\(folder)/\(name)"
      if name.hasSuffix(".swift") { return [SourceFile(path: path, lines: read(path))] }
      return swiftFiles(under: path)
    }
  }

  static func read(_ path: String) -> [Substring] {
    guard let file = fopen("\(top)/\(path)", "re") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      if count == 0 { break }
      bytes += chunk[..<count]
    }
    return String(decoding: bytes, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
  }
}

@Suite struct TidyTests {
  /// What a room may import, in the order of Sources/README.md.
  private static let rooms: [(folder: String, imports: Set<Substring>)] = [
    ("KimberliteCore", ["CCrypto", "CCRC32C"]),
    (
      "Kimberlite",
      ["KimberliteCore", "CCrypto", "CLZ4", "CSQLite", "CSystem", "Glibc", "Synchronization"]
    ),
    (
      "KimberliteTool",
      ["KimberliteCore", "Kimberlite", "ArgumentParser", "Glibc", "Synchronization"]
    ),
    ("KimberliteArchive", ["KimberliteCore", "Kimberlite", "CArchive", "Glibc"]),
    ("kb-append", tool), ("kb-query", tool.union(["CEdit", "KimberliteArchive"])),
    ("kb-purge", tool),
    ("kb-verify", tool.union(["KimberliteArchive"])),
    ("kb-snapshot", tool.union(["KimberliteArchive"])),
  ]
  private static let tool: Set<Substring> = [
    "KimberliteCore", "Kimberlite", "KimberliteTool", "ArgumentParser", "Glibc",
    "Synchronization",
  ]

  @Test func `a room imports only the rooms before it`() {
    #expect(SourceFile.sources.count > 100)
    for file in SourceFile.sources {
      let room = Self.rooms.first { file.path.hasPrefix("Sources/\($0.folder)/") }
      guard let room else {
        Issue.record("\(file.path) is in no room of Sources/README.md")
        continue
      }
      let strange = file.imports.filter { !room.imports.contains($0) }
      #expect(strange.isEmpty, "\(file.path) imports \(strange)")
    }
  }

  @Test func `the core touches C in hashing, checksums and long numbers alone`() {
    let files = SourceFile.sources.filter {
      $0.path.hasPrefix("Sources/KimberliteCore/") && !$0.imports.isEmpty
    }
    #expect(
      files.map(\.path) == [
        "Sources/KimberliteCore/Merkle/MerkleHash.swift",
        "Sources/KimberliteCore/Record/Salts.swift",
        "Sources/KimberliteCore/SQL/FunctionsBytes.swift",
        "Sources/KimberliteCore/Values/BigInteger.swift",
        "Sources/KimberliteCore/Values/CRC32C.swift", "Sources/KimberliteCore/Values/Digest.swift",
      ])
  }

  @Test func `nothing imports Foundation or looks inside a module`() {
    for file in SourceFile.all {
      #expect(!file.imports.contains { $0.hasPrefix("Foundation") }, "\(file.path)")
      #expect(!file.lines.contains { $0.hasPrefix("@test" + "able") }, "\(file.path)")
    }
  }

  @Test func `a file has its licence line, says what it is, and ends in time`() {
    for file in SourceFile.all {
      #expect(file.lines.first == "// SPDX-License-Identifier: Apache-2.0", "\(file.path)")
      #expect(file.lines.count <= 601, "\(file.path) has \(file.lines.count - 1) lines")
      #expect(file.lines.last == "", "\(file.path) does not end with a newline")
    }
  }

  @Test func `output is never printed unchecked, and nothing is left to do`() {
    for file in SourceFile.sources {
      for (number, line) in file.code {
        // The standard library's print ignores a full disk; a method of that name is another.
        let prints = line.contains(/(?:^|[^.\w])print\(\s*"/)
        #expect(!prints, "\(file.path):\(number): use Output.write")
        #expect(!line.contains("try!"), "\(file.path):\(number): handle the error")
        #expect(!line.contains(" as! "), "\(file.path):\(number): cast with as?")
      }
      for (index, line) in file.lines.enumerated() {
        #expect(!line.contains(/FIXME|TODO|XXX:/), "\(file.path):\(index + 1): do it, or leave it")
      }
    }
  }

  @Test func `who escapes the checks of concurrency says why`() {
    for file in SourceFile.sources {
      for (number, line) in file.code
      where line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)") {
        // The reason stands above the declaration or at the top of its body.
        let near = file.lines[max(0, number - 9)..<min(file.lines.count, number + 4)]
        let reason = near.contains {
          $0.drop { $0 == " " }.hasPrefix("//")
        }
        #expect(reason, "\(file.path):\(number): no reason is given")
      }
    }
  }

  @Test func `every room and folder stands on the map`() {
    let map = SourceFile.read("Sources/README.md").joined(separator: "\n")
    for file in SourceFile.sources {
      let parts = file.path.split(separator: "/")
      #expect(map.contains("`\(parts[1])`"), "\(parts[1])")
      if parts.count > 3 { #expect(map.contains("`\(parts[2])/`"), "\(parts[1])/\(parts[2])") }
    }
  }

  @Test func `an invariant that is cited exists`() {
    let map = SourceFile.read("Sources/README.md").joined(separator: "\n")
    for file in SourceFile.all {
      for line in file.lines {
        for match in line.matches(of: /\b(?:Invariant|Evidence:) ([LFAVQT][0-9]+)/) {
          #expect(map.contains("**\(match.1)**"), "\(file.path): \(match.1)")
        }
      }
    }
  }

  @Test func `every promise of kb-compliance has a test that cites it`() {
    let page = SourceFile.read("Man/kb-compliance.7")
    let promises = page.compactMap { $0.wholeMatch(of: #/\.It Sy (R[0-9]+)/#)?.1 }
    #expect(promises.count >= 20)
    let numbers = promises.compactMap { Int($0.dropFirst()) }
    #expect(numbers == Set(numbers).sorted(), "each number once, in their order")
    let evidence = Self.evidence()
    for promise in promises {
      #expect(evidence[promise]?.isEmpty == false, "no test says `Evidence: \(promise)`")
    }
    for (promise, tests) in evidence {
      #expect(promises.contains(promise), "\(tests): kb-compliance(7) has no \(promise)")
    }
    let needed = Set(
      page.lazy.filter { $0.hasPrefix(".Sy R") }.flatMap { line in
        line.matches(of: #/\bR[0-9]+/#).map(\.0)
      })
    #expect(needed == Set(promises), "each promise serves a clause, and no clause another")
    guard getenv("KB_MATRIX") != nil else { return }
    for promise in promises {
      for test in evidence[promise] ?? [] { print("\(promise)\t\(test)") }
    }
  }

  /// The tests that cite each promise of kb-compliance(7): in a comment above them, several to a
  /// line if need be.
  private static func evidence() -> [Substring: [String]] {
    var evidence: [Substring: [String]] = [:]
    for file in SourceFile.all where file.path.hasPrefix("Tests/") {
      for (index, line) in file.lines.enumerated() {
        guard let cited = line.firstMatch(of: #/// Evidence: (R[0-9]+(?:, R[0-9]+)*)/#) else {
          continue
        }
        let name = file.lines[index...].prefix(12).lazy
          .compactMap { $0.firstMatch(of: #/func (`[^`]+`)/#)?.1 }.first
        for promise in cited.1.matches(of: #/R[0-9]+/#) {
          evidence[promise.0, default: []].append(
            "\(file.path):\(index + 1)\t\(name ?? "names no test")")
        }
      }
    }
    return evidence
  }
}
