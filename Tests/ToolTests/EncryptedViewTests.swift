// SPDX-License-Identifier: Apache-2.0
// What the tools say of an encrypted view that somebody changed: V5 of Sources/README.md.

import Glibc
import Testing

@Suite struct EncryptedViewTests {
  private let folder = Folder()
  private var path: String { folder.file("log") }
  private var view: String { path + "/view.sqlite" }
  private let rows = (0..<400).map { "{\"id\":\($0),\"name\":\"name \($0) of some length\"}" }

  /// An encrypted log of one table; answers the option that says its key.
  private func makeLog() -> [String] {
    let key = folder.write("key", [UInt8](repeating: 0x5a, count: 32))
    chmod(key, 0o600)
    let made = run(
      "kb-append",
      ["-q", "--create", "--table", "t", "--key", "id", "--key-file", key, path],
      input: .text(rows.joined(separator: "\n")))
    #expect(made.status == 0, "\(made)")
    return ["--key-file", key]
  }

  private func putView(_ bytes: [UInt8]) {
    for suffix in ["", "-wal", "-shm"] { unlink(view + suffix) }
    folder.write("log/view.sqlite", bytes)
  }

  @Test func `a changed page is named or made anew, and never answers`() {
    let key = makeLog()
    let good = contents(view)
    #expect(good.count % 4096 == 0 && good.count > 10 * 4096)
    var named = 0
    for page in 0..<good.count / 4096 {
      var bad = good
      bad[page * 4096 + 16 + page * 97 % 4000] ^= 1
      putView(bad)
      let outcome = run("kb-query", key + [path, "SELECT id, name FROM t ORDER BY id"])
      if outcome.status == 0 {
        #expect(outcome.lines == rows, "page \(page + 1)")
        continue
      }
      named += 1
      #expect(outcome.status == 1, "page \(page + 1): \(outcome)")
      #expect(outcome.error.contains("the view is damaged: "), "\(outcome)")
      #expect(outcome.error.contains("hint: delete the files view.sqlite*"), "\(outcome)")
      let check = run("kb-verify", ["--view"] + key + [path])
      #expect(check.status == 1, "page \(page + 1): \(check)")
    }
    #expect(named > 0)
    for suffix in ["", "-wal", "-shm"] { unlink(view + suffix) }
    #expect(run("kb-query", key + [path, "SELECT id, name FROM t ORDER BY id"]).lines == rows)
    #expect(run("kb-verify", ["--view"] + key + [path]).status == 0)
  }

  @Test func `what is no view of this log gives way to one`() {
    let key = makeLog()
    let plain = LogAtHand(path: folder.file("plain"))
    plain.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)", creates: true)
    let good = contents(view)
    for (what, bytes) in [
      ("a plain view", contents(folder.file("plain/view.sqlite"))), ("empty", []),
      ("noise", [UInt8](repeating: 0x33, count: 40960)), ("short", Array(good[..<1000])),
      ("the end is gone", Array(good.dropLast(4096))),
    ] {
      putView(bytes)
      let outcome = run("kb-query", key + [path, "SELECT id, name FROM t ORDER BY id"])
      #expect(outcome.status == 0 && outcome.lines == rows, "\(what): \(outcome)")
      let made = contents(view)
      #expect(made.prefix(15) != Array("SQLite format 3".utf8)[...], "\(what)")
    }
  }
}
