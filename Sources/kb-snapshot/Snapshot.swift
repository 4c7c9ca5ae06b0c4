// SPDX-License-Identifier: Apache-2.0
// kb-snapshot: archive. A log as a tar on standard output, whole or what is new, while writers go
// on; and back. kb-snapshot(1).

import ArgumentParser
import Glibc
import Kimberlite
import KimberliteArchive
import KimberliteCore
import KimberliteTool

@main
struct SnapshotTool: Tool {
  static let configuration = CommandConfiguration(
    commandName: "kb-snapshot",
    abstract: "Archive a log as a tar, and restore it.",
    discussion: """
      The archive goes to standard output; a restored log is verified before it is there.

      EXAMPLES
        kb-snapshot ward.kb > ward.tar
        kb-snapshot --restore copy.kb < ward.tar

      See kb-snapshot(1).
      """,
    version: toolVersion)

  @Option(
    help: ArgumentHelp(
      "An increment: only segments with records from here on.", valueName: "offset|checkpoint"),
    completion: .file())
  var since: String?
  @Option(
    help: ArgumentHelp("The last record: its offset, or a time.", valueName: "offset|time"))
  var until: String?
  @Flag(help: "Restore LOG from archives: files, or standard input.")
  var restore = false
  @Option(
    help: ArgumentHelp(
      "Publish the tree in DIR as tlog-tiles, in place of an archive.", valueName: "dir"),
    completion: .directory)
  var tiles: String?
  @Option(help: ArgumentHelp("Threads that hash; default: one a processor.", valueName: "n"))
  var jobs: Int?
  @Option(
    help: ArgumentHelp(
      "To restore: erase what this log or archive, which went on, has purged.",
      valueName: "log"),
    completion: .file())
  var purgesFrom: String?
  @OptionGroup var keys: KeyOptions
  @Flag(name: [.long, .customShort("q")], help: "No messages but errors.")
  var quiet = false
  @Argument(help: "The log directory; default: $KB_LOG.", completion: .directory)
  var log: String?
  @Argument(
    help: "To restore: a full archive, then its increments; default: standard input.",
    completion: .file())
  var files: [String] = []

  mutating func perform() throws(Failure) {
    let path = try logPath(log)
    if let jobs, !(1...1024).contains(jobs) {
      throw Failure(.usage, "--jobs must be from 1 to 1024")
    }
    if let tiles { return try publish(path, in: tiles) }
    if restore { return try restore(path) }
    if purgesFrom != nil { throw Failure(.usage, "--purges-from goes with --restore") }
    if let file = files.first {
      throw Failure(
        .usage, "'\(file)' has no place here", hint: "--restore takes archives, and writes the log")
    }
    if Output.isTerminal {
      throw Failure(
        .usage, "standard output is a terminal", hint: "send the archive to a file or a pipe")
    }
    allowManyFiles()
    let (since, until) = (try sinceOffset(), try bound())
    if let since, case .offset(let last)? = until, last < since {
      throw Failure(
        .usage, "the range is empty: it begins at offset \(since) and ends at \(last)",
        hint: "--until takes the last offset wanted, which is not before --since")
    }
    let key = try keys.key(of: path)
    let progress = quiet ? nil : Progress(name: "kb-snapshot")
    try archive { () throws(LogError) in
      try Snapshot(of: path, disk: PosixDisk(), since: since, until: until, key: key)
        .write(to: 1, jobs: jobs ?? Progress.processors) { progress?.show($0, of: $1) }
    }
    progress?.clear()
  }

  private func publish(_ path: String, in folder: String) throws(Failure) {
    if restore || since != nil || until != nil || !files.isEmpty {
      throw Failure(.usage, "--tiles goes with a log alone")
    }
    if isInside(folder, path) {
      throw Failure(
        .usage, "'\(folder)' is the log's own directory, or in it",
        hint: "what is published stands apart from what is secret")
    }
    let key = try keys.key(of: path)
    let (checkpoint, count) = try fail { () throws(DatabaseError) in
      try TileWriter.publish(
        path, in: folder, disk: PosixDisk(), key: key, stateFolder: Writer.defaultStateFolder)
    }
    try Output.write(
      "{\"type\":\"tiles\",\"records\":\(checkpoint.size),\"root\":\"\(checkpoint.root.hex)\",\"written\":\(count)}\n"
    )
  }

  private func restore(_ path: String) throws(Failure) {
    if since != nil { throw Failure(.usage, "--since is for making an increment") }
    if files.isEmpty, Output.inputIsTerminal {
      throw Failure(.usage, "no archive given", hint: "name its file, or send it to standard input")
    }
    let (bound, key) = (try bound(), try keys.key())
    let restored = try archive { () throws(LogError) in
      try SnapshotRestore.run(
        path, from: files.isEmpty ? ["-"] : files, until: bound, purgesFrom: purgesFrom,
        jobs: jobs ?? Progress.processors, key: key)
    }
    try Output.write(
      "{\"type\":\"restored\",\"records\":\(restored.head.count),\"hash\":\"\(restored.head.hash.hex)\",\"root\":\"\(restored.root.hex)\"}\n"
    )
  }

  private func sinceOffset() throws(Failure) -> UInt64? {
    guard let since else { return nil }
    if let offset = UInt64(since) { return offset }
    return try KeptCheckpoint.read(since).checkpoint.size
  }

  private func bound() throws(Failure) -> SnapshotBound? {
    guard let until else { return nil }
    if let offset = UInt64(until) { return .offset(offset) }
    if case .integer(let time)? = try? SQLType.timestamptz.parse(until) { return .time(time) }
    throw Failure(.usage, "--until wants an offset or a time, not '\(until)'")
  }

  private func archive<R>(_ body: () throws(LogError) -> R) throws(Failure) -> R {
    do throws(LogError) { return try body() } catch { throw Failure(error) }
  }
}

/// Whether a path, at which there may be nothing yet, leads to a directory or into it.
private func isInside(_ path: String, _ directory: String) -> Bool {
  guard let directory = resolved(directory) else { return false }
  var path = Substring(path)
  while true {
    if let real = resolved(path.isEmpty ? "/" : String(path)) {
      return real == directory || real.hasPrefix(directory + "/")
    }
    // What is not there is where the nearest folder around it is.
    guard let slash = path.lastIndex(of: "/") else { return isInside(".", directory) }
    path = path[..<slash]
  }
}

/// Where a path leads, without links; `nil` where nothing is there.
private func resolved(_ path: String) -> String? {
  guard let real = realpath(path, nil) else { return nil }
  defer { free(real) }
  return String(cString: real)
}

/// Each segment of the log is an open file while an archive is written.
private func allowManyFiles() {
  var limit = rlimit()
  guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
  limit.rlim_cur = limit.rlim_max
  // Where it cannot be raised, opening says so.
  setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}
