// SPDX-License-Identifier: Apache-2.0
// Files that appear whole or not at all: evidence, and the certificate of a purge.

import Glibc
import Testing

@Suite struct WholeFileTests {
  private let bench = EvidenceBench()
  private var log: LogAtHand { bench.log }
  private var folder: Folder { bench.folder }

  private func makeLog() {
    let made = log.append(
      [
        "--sql", "--create", "--actor", "planted-cleo", "-c",
        """
        CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT, phone TEXT PERSONAL);
        INSERT INTO p VALUES (1, 'Ann', 'planted-1'), (2, 'Bob', 'planted-2');
        UPDATE p SET name = 'Ann Lee' WHERE id = 1;
        """,
      ])
    #expect(made.status == 0, "\(made)")
  }

  @Test func `no device, pipe or folder gives way to a file`() {
    makeLog()
    let pipe = folder.file("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    var targets = [pipe, folder.path, "."]
    // Only its superuser may make a device.
    if mknod(folder.file("null"), S_IFCHR | 0o600, 1 << 8 | 3) == 0 {
      targets.append(folder.file("null"))
    }
    #expect(symlink(pipe, folder.file("link")) == 0)
    targets.append(folder.file("link"))
    for target in targets {
      var (before, after) = (stat(), stat())
      #expect(lstat(target, &before) == 0)
      let outcome = log.query("SELECT name FROM p", ["--evidence", target])
      #expect(outcome.status == 73 && outcome.output.isEmpty, "\(target): \(outcome)")
      #expect(outcome.error.contains("it is there, and no file"), "\(outcome)")
      let purge = run(
        "kb-purge", ["--resume", "--certificate", target, "--reason", "x", log.path])
      #expect(purge.status == 73, "\(target): \(purge)")
      #expect(lstat(target, &after) == 0)
      #expect(before.st_ino == after.st_ino && before.st_mode == after.st_mode)
    }
    #expect(log.query("SELECT name FROM p", ["--evidence", ""]).status == 64)
    #expect(names(in: folder.path)?.contains { $0.hasSuffix(".tmp") } == false)
  }

  @Test func `a run that is ended leaves no file behind`() {
    makeLog()
    let lines = (10..<60000).map { "{\"id\":\($0),\"name\":\"x\"}\n" }.joined()
    #expect(log.append(["--table", "p"], input: .text(lines)).status == 0)
    let (status, output) = shell(
      """
      kb-query -q --evidence pack.tar log 'SELECT * FROM p' > rows &
      until [ -e pack.tar.tmp ]; do :; done
      kill -TERM $!
      wait $!
      """, in: folder)
    #expect(status == 143, "\(output)")
    #expect(names(in: folder.path)?.contains { $0.hasPrefix("pack") } == false)
  }
}
