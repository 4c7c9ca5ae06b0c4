// SPDX-License-Identifier: Apache-2.0
// The tree of a log published by kb-snapshot --tiles.

import Glibc
import Testing

@Suite struct TilesTests {
  private func go(_ tiles: String, _ log: String) -> Outcome {
    let key = String(decoding: contents(log + "/vkey"), as: UTF8.self).split(separator: "\n")
    return run(
      "/usr/bin/env", ["go", "run", "\(Project.path)/Tests/tiles.go", tiles, String(key[0])],
      environment: [
        "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": "/tmp/kimberlite-go",
      ])
  }

  @Test func `Go reads what is published, also after a writer was killed`() throws {
    let folder = Folder()
    let (log, tiles) = (folder.file("ward.kb"), folder.file("public"))
    let rows = (1...300).map { "{\"id\":\($0)}\n" }.joined()
    let made = run(
      "kb-append", ["--create", "--table", "t", "--key", "id", "--batch", "1", "-q", log],
      input: .text(rows))
    #expect(made.status == 0, "\(made)")
    let first = run("kb-snapshot", ["--tiles", tiles, log])
    #expect(first.status == 0 && first.text.contains("\"records\":301,"), "\(first)")
    let writer = ToolProcess(
      "kb-append", ["--table", "t", "--batch", "1", log], input: .pipe, isPiped: true)
    for id in 301...310 {
      writer.write("{\"id\":\(id)}\n")
      #expect(writer.readLine() != nil)
    }
    writer.kill(SIGKILL)
    _ = writer.wait()
    let second = run("kb-snapshot", ["--tiles", tiles, log])
    #expect(second.text.contains("\"records\":311,"), "\(second)")
    #expect(second.text.hasSuffix("\"written\":2}\n"), "\(second)")
    #expect(run("kb-snapshot", ["--tiles", tiles, log]).text.hasSuffix("\"written\":0}\n"))
    guard access("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog", F_OK) == 0 else {
      try Test.cancel("there is no Go with golang.org/x/mod")
    }
    let said = go(tiles, log)
    #expect(said.text.hasPrefix("311 records, root "), "\(said)")
    // Another hash is no tree of that root.
    var tile = contents(tiles + "/tile/0/000")
    tile[32 * 17] ^= 1
    folder.write("public/tile/0/000", tile)
    #expect(go(tiles, log).status == 1)
  }

  @Test func `what is no place for a tree is refused`() {
    let folder = Folder()
    let (log, other) = (folder.file("ward.kb"), folder.file("other.kb"))
    for path in [log, other] {
      let made = run(
        "kb-append", ["--create", "--stream", "s", "-q", path], input: .text("1\n"))
      #expect(made.status == 0, "\(made)")
    }
    let tiles = folder.file("public")
    #expect(run("kb-snapshot", ["--tiles", tiles, log]).status == 0)
    let foreign = run("kb-snapshot", ["--tiles", tiles, other])
    #expect(foreign.status == 73 && foreign.error.contains("not of this log"), "\(foreign)")
    folder.write("public/checkpoint", "hello\n")
    #expect(run("kb-snapshot", ["--tiles", tiles, log]).status == 73)
    #expect(run("kb-snapshot", ["--tiles", tiles, "--restore", log]).status == 64)
    #expect(run("kb-snapshot", ["--tiles", tiles, folder.file("none.kb")]).status == 66)
    // Nor in the log itself, however it is named; a name that begins like it is another place.
    symlink(log, folder.file("link"))
    let files = allFiles(under: log)
    for place in ["ward.kb", "ward.kb/", "ward.kb/anchors/x", "other.kb/../ward.kb", "link/new/x"] {
      let own = run("kb-snapshot", ["--tiles", folder.file(place), log])
      #expect(own.status == 64 && own.error.contains("the log's own directory"), "\(own)")
    }
    #expect(allFiles(under: log) == files)
    #expect(run("kb-snapshot", ["--tiles", folder.file("ward.kb.tiles"), log]).status == 0)
  }
}
