// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import Kimberlite

/// What `--version` prints.
public let toolVersion = "0.1.0 (log format 1)"

/// The log directory: the operand, or `$KB_LOG`.
public func logPath(_ operand: String?) throws(Failure) -> String {
  if let operand, !operand.isEmpty { return operand }
  if let variable = getenv("KB_LOG"), variable.pointee != 0 { return String(cString: variable) }
  throw Failure(.usage, "no log given", hint: "name its directory, or set KB_LOG")
}

/// Refuses a directory behind what is no directory: the log stands before `what`.
public func checkOrder(log: String?, others: [String], _ what: String) throws(Failure) {
  guard let log, !isDirectory(log), let other = others.first(where: isDirectory) else { return }
  throw Failure(
    .usage, "'\(log)' is not a log", hint: "the log comes first: '\(other)', then \(what)")
}

/// Whether a path names a directory.
public func isDirectory(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

/// Splits `name=value`.
public func parameter(_ text: String) throws(Failure) -> (name: String, value: String) {
  guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
    throw Failure(.usage, "--param wants NAME=VALUE, not '\(text)'")
  }
  return (String(text[..<equals]), String(text[text.index(after: equals)...]))
}

/// Runs a piece of the library; what it throws ends the tool.
public func fail<R: ~Copyable>(_ body: () throws(DatabaseError) -> R) throws(Failure) -> R {
  do throws(DatabaseError) { return try body() } catch { throw Failure(error) }
}
