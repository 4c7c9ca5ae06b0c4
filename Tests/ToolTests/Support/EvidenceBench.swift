// SPDX-License-Identifier: Apache-2.0
// An evidence pack in a test's hands: unpacked by tar, verified by sh, forged by openssl.

import Glibc
import Testing

/// An evidence pack of a log.
struct EvidenceBench {
  let folder = Folder()
  var log: LogAtHand { LogAtHand(path: folder.file("log")) }
  var tar: String { folder.file("pack.tar") }
  /// Where the pack is unpacked.
  var pack: String { folder.file("evidence") }

  /// Makes a pack; answers the rows that were shown.
  @discardableResult
  func make(
    _ sql: String, _ options: [String] = [], sourceLocation: SourceLocation = #_sourceLocation
  ) -> [String] {
    let rows = log.rows(sql, ["--evidence", tar] + options, sourceLocation: sourceLocation)
    unpack(sourceLocation: sourceLocation)
    return rows
  }

  /// Unpacks the pack as it was made.
  func unpack(sourceLocation: SourceLocation = #_sourceLocation) {
    removeTree(pack)
    let outcome = run("/bin/tar", ["-xf", tar, "-C", folder.path])
    #expect(
      outcome.status == 0 && outcome.error.isEmpty, "\(outcome)", sourceLocation: sourceLocation)
  }

  func verify(_ options: [String] = []) -> Outcome {
    run("/bin/sh", ["\(pack)/verify.sh"] + options)
  }

  /// Runs it as a script of its own, from a trusted place.
  func verify(by script: String, _ options: [String] = []) -> Outcome {
    run("/bin/sh", [script] + options + [pack])
  }

  func read(_ name: String) -> [UInt8] { contents("\(pack)/\(name)") }
  func text(_ name: String) -> String { String(decoding: read(name), as: UTF8.self) }
  /// What the pack says of itself, in one line.
  var readme: String {
    text("README.txt").split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
  func write(_ name: String, _ bytes: [UInt8]) { folder.write("evidence/\(name)", bytes) }
  func write(_ name: String, _ text: String) { write(name, Array(text.utf8)) }

  /// Every file of the pack.
  var files: [String] {
    ["", "receipts/", "anchors/"].flatMap { folder in
      (names(in: "\(pack)/\(folder)") ?? []).map { folder + $0 }
    }.filter { $0 != "receipts" && $0 != "anchors" }
  }

  /// Expects that the pack is refused and which file is blamed.
  func expectWrong(
    _ file: String, _ options: [String] = [], _ what: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let outcome = verify(options)
    #expect(
      outcome.status == 1 && outcome.error.hasPrefix("WRONG: \(file): ")
        && outcome.errorLines.count == 1 && !outcome.text.contains("VERIFIED"),
      "\(what): \(outcome)", sourceLocation: sourceLocation)
  }

  /// Expects that a file is found missing by a script that is another's.
  func expectMissing(
    _ file: String, by script: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let outcome = verify(by: script)
    #expect(
      outcome.status == 1 && outcome.error == "WRONG: \(file): it is missing\n", "\(outcome)",
      sourceLocation: sourceLocation)
  }

  /// Has whoever holds the log's key sign for the files as they are now.
  ///
  /// `rows`: what the statement says of their number.
  func reseal(rows: Int? = nil) {
    let (status, output) = shell(
      """
      cd evidence
      cut -c 67- SHA256SUMS > ../names
      for name in receipts/* anchors/*; do
        [ ! -e "$name" ] || grep -qxF "$name" ../names || echo "$name" >> ../names
      done
      while read -r name; do [ ! -e "$name" ] || sha256sum "$name"; done < ../names > SHA256SUMS
      """, in: folder)
    #expect(status == 0, "\(output.joined(separator: "\n"))")
    sign(rows: rows)
  }

  /// Has whoever holds the log's key sign for the list of files as it is now.
  func sign(rows: Int? = nil) {
    let (status, output) = shell(
      """
      set -e
      cd evidence
      (head -n 3 statement
        \(rows.map { "echo rows \($0)" } ?? "sed -n 4p statement")
        echo "sums $(sha256sum < SHA256SUMS | cut -c 1-64)") > ../text
      name=$(cut -d + -f 1 vkey)
      id=$(cut -d + -f 2 vkey)
      (printf '302e020100300506032b657004220420'
        cut -d + -f 5- ../log/signing.key | base64 -d | tail -c 32 | od -An -v -tx1 | tr -d ' \\n'
      ) | tr a-f A-F | basenc -d --base16 > ../seed.der
      openssl pkeyutl -sign -rawin -keyform DER -inkey ../seed.der -in ../text -out ../signature
      signature=$( (printf %s $id | tr a-f A-F | basenc -d --base16; cat ../signature) | base64 -w 0)
      (cat ../text; echo; echo "— $name $signature") > statement
      """, in: folder)
    #expect(status == 0, "\(output.joined(separator: "\n"))")
  }
}
