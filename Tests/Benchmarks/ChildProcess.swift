// SPDX-License-Identifier: Apache-2.0
// Runs programs and learns from the kernel what they took.

internal import Glibc

struct BenchmarkError: Error {
  var message: String
  init(_ message: String) { self.message = message }
}

/// A program that runs, and once it has ended, what it took.
struct ChildProcess {
  struct Outcome {
    var status: Int32
    var cost: Cost
    /// The most memory that it ever held.
    var peakBytes: Int
  }

  private let pid: pid_t
  private let began: Double
  private let name: String

  /// Starts a program.
  ///
  /// `input` and `output` are descriptors; -1 is /dev/null.
  init(
    _ arguments: [String], input: Int32 = -1, output: Int32 = -1, errors: Int32 = 2,
    report: Int32? = nil
  ) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (descriptor, target) in [(input, Int32(0)), (output, 1), (errors, 2)] {
      if descriptor < 0 {
        posix_spawn_file_actions_addopen(
          &actions, target, "/dev/null", target == 0 ? O_RDONLY : O_WRONLY, 0)
      } else {
        posix_spawn_file_actions_adddup2(&actions, descriptor, target)
      }
    }
    if let report { posix_spawn_file_actions_adddup2(&actions, report, 3) }
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    let variables = ["PATH=\(path)", "LC_ALL=C.UTF-8"]
    var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    var environment: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) } + [nil]
    defer { for text in argv + environment { free(text) } }
    name = arguments[0]
    began = Timing.now
    var started = pid_t()
    let code = posix_spawnp(&started, arguments[0], &actions, nil, &argv, &environment)
    if code != 0 {
      throw BenchmarkError("cannot run \(arguments[0]): \(String(cString: strerror(code)))")
    }
    pid = started
  }

  /// Waits for the end; a failure is an error.
  func finish() throws -> Outcome {
    var status: Int32 = 0
    var usage = rusage()
    while wait4(pid, &status, 0, &usage) < 0 {
      if errno != EINTR { throw BenchmarkError("cannot wait for \(name)") }
    }
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    let cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime)
    let outcome = Outcome(
      status: status, cost: Cost(wall: Timing.now - began, cpu: cpu),
      peakBytes: usage.ru_maxrss * 1024)
    if status != 0 {
      throw BenchmarkError("\(name) failed: wait status \(status)")
    }
    return outcome
  }

  static func run(
    _ arguments: [String], input: Int32 = -1, output: Int32 = -1, errors: Int32 = 2
  ) throws -> Outcome {
    try ChildProcess(arguments, input: input, output: output, errors: errors).finish()
  }

  /// Runs a program and answers what it printed.
  static func text(_ arguments: [String], in folder: String) throws -> String {
    let path = folder + "/output"
    let file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    if file < 0 { throw BenchmarkError("cannot create \(path)") }
    defer { close(file) }
    _ = try run(arguments, output: file)
    return try Files.text(path)
  }
}

/// Starts programs from a process that is small and new: the kernel counts into the peak of a
/// program what its starter held, and the benchmark itself holds a lot.
enum Launcher {
  static let word = "--launch"

  /// Runs the program that `arguments` name and says on descriptor 3 what it took.
  static func run(_ arguments: [String]) throws {
    _ = fcntl(3, F_SETFD, FD_CLOEXEC)
    let outcome = try ChildProcess.run(arguments, input: 0, output: 1)
    let text = "\(outcome.cost.wall) \(outcome.cost.cpu) \(outcome.peakBytes)\n"
    let bytes = Array(text.utf8)
    _ = write(3, bytes, bytes.count)
  }
}

/// A program started by the launcher.
struct LaunchedProcess {
  private let child: ChildProcess
  private let report: Pipe

  init(_ arguments: [String], input: Int32, output: Int32) throws {
    report = try Pipe()
    child = try ChildProcess(
      ["/proc/self/exe", Launcher.word] + arguments, input: input, output: output,
      report: report.writing)
    close(report.writing)
  }

  /// Waits for the end; a failure is an error.
  func finish() throws -> ChildProcess.Outcome {
    defer { close(report.reading) }
    _ = try child.finish()
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = read(report.reading, &bytes, bytes.count)
    let fields = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
      .split(whereSeparator: \.isWhitespace)
    guard fields.count == 3, let wall = Double(fields[0]), let cpu = Double(fields[1]),
      let peak = Int(fields[2])
    else { throw BenchmarkError("the launcher says nothing") }
    return ChildProcess.Outcome(status: 0, cost: Cost(wall: wall, cpu: cpu), peakBytes: peak)
  }
}

/// A pipe whose ends no child inherits by chance.
struct Pipe {
  let reading: Int32
  let writing: Int32

  init() throws {
    var ends: [Int32] = [0, 0]
    if pipe(&ends) != 0 { throw BenchmarkError("no pipe") }
    (reading, writing) = (ends[0], ends[1])
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  }
}

enum Files {
  static func size(_ path: String) -> Int {
    var info = stat()
    return stat(path, &info) == 0 ? Int(info.st_size) : 0
  }

  /// Paths that match a shell pattern.
  static func matching(_ pattern: String) -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, 0, nil, &found) == 0 else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { index in
      found.gl_pathv[index].map { String(cString: $0) }
    }
  }

  static func text(_ path: String) throws -> String {
    String(decoding: try bytes(path), as: UTF8.self)
  }

  static func bytes(_ path: String) throws -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    if file < 0 { throw BenchmarkError("cannot open \(path)") }
    defer { close(file) }
    let count = size(path)
    return try [UInt8](unsafeUninitializedCapacity: count) { room, filled in
      while filled < count {
        let got = read(file, room.baseAddress?.advanced(by: filled), count - filled)
        if got <= 0 { throw BenchmarkError("cannot read \(path)") }
        filled += got
      }
    }
  }

  static func write(_ bytes: [UInt8], to path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    if file < 0 { throw BenchmarkError("cannot create \(path)") }
    defer { close(file) }
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(file, $0.baseAddress?.advanced(by: done), $0.count - done)
      }
      if count <= 0 { throw BenchmarkError("cannot write \(path)") }
      done += count
    }
  }
}
