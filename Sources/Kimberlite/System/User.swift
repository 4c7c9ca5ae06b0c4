// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Who runs the tool.
public enum User {
  /// The login name of the process's real user, from /etc/passwd; `uid:N` where it has none there.
  ///
  /// Not from the environment, which anybody can set. Name services (NSS) cannot be asked from a
  /// statically linked program; such users state `--actor`.
  public static var loginName: String {
    let user = getuid()
    guard let file = fopen("/etc/passwd", "re") else { return "uid:\(user)" }
    defer { fclose(file) }
    while let entry = fgetpwent(file) {
      if entry.pointee.pw_uid == user { return String(cString: entry.pointee.pw_name) }
    }
    return "uid:\(user)"
  }
}
