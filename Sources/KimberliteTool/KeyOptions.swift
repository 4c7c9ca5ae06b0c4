// SPDX-License-Identifier: Apache-2.0
// The options that say where the key of an encrypted log comes from, the same in all tools.

public import ArgumentParser
internal import Glibc
public import Kimberlite

/// Where a master key comes from.
public struct KeyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The key of an encrypted log is in this file.", valueName: "file"),
    completion: .file())
  var keyFile: String?
  @Option(help: ArgumentHelp("The key is what this descriptor gives.", valueName: "n"))
  var keyFd: Int32?
  @Option(help: ArgumentHelp("The key is what this command prints.", valueName: "command"))
  var keyCommand: String?

  /// No option given.
  public init() {}

  /// Whether an option names a source.
  public var isGiven: Bool { keyFile != nil || keyFd != nil || keyCommand != nil }

  /// The key of a log: of the options, else of `$KB_KEY_FILE`, else of
  /// `$CREDENTIALS_DIRECTORY/kimberlite`.
  ///
  /// A log that is not encrypted needs none, and none is asked for, unless it is about to be made.
  public func key(of log: String, isNew: Bool = false) throws(Failure) -> MasterKey? {
    guard let source = try source() else { return nil }
    let isWanted = try fail { () throws(DatabaseError) in
      isNew ? true : try KeySource.isWanted(by: log)
    }
    if !isWanted { return nil }
    return try fail { () throws(DatabaseError) in try source.read() }
  }

  /// The key that a source gives, whatever it is for.
  public func key() throws(Failure) -> MasterKey? {
    guard let source = try source() else { return nil }
    return try fail { () throws(DatabaseError) in try source.read() }
  }

  /// The key of a log that is to be written, and made if it is not there.
  public func key(toWrite log: String, creates: Bool) throws(Failure) -> MasterKey? {
    let isNew = try fail { () throws(DatabaseError) in
      try creates ? Writer.isVacant(log) : false
    }
    let key = try key(of: log, isNew: isNew)
    // Somebody who gives a key believes that what they write is encrypted.
    if key == nil, isGiven, isDirectory(log) {
      throw Failure(
        .configuration, "'\(log)' is not encrypted, but a key was given",
        hint: "only a new log can be: kb-append --create --key-file FILE LOG")
    }
    return key
  }

  private func source() throws(Failure) -> KeySource? {
    let given: [KeySource] = [
      keyFile.map { .file($0) }, keyFd.map { .descriptor($0) }, keyCommand.map { .command($0) },
    ].compactMap(\.self)
    if given.count > 1 {
      throw Failure(.usage, "--key-file, --key-fd and --key-command exclude each other")
    }
    return given.first ?? Self.environment
  }

  private static var environment: KeySource? {
    if let path = getenv("KB_KEY_FILE"), path.pointee != 0 {
      return .file(String(cString: path))
    }
    if let folder = getenv("CREDENTIALS_DIRECTORY"), folder.pointee != 0 {
      let path = String(cString: folder) + "/kimberlite"
      if access(path, F_OK) == 0 { return .credential(path) }
    }
    return nil
  }
}

/// Where the master key comes from that takes the place of another.
public struct NewKeyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The new key is in this file.", valueName: "file"), completion: .file())
  var newKeyFile: String?
  @Option(help: ArgumentHelp("The new key is what this descriptor gives.", valueName: "n"))
  var newKeyFd: Int32?
  @Option(help: ArgumentHelp("The new key is what this command prints.", valueName: "command"))
  var newKeyCommand: String?

  /// No option given.
  public init() {}

  private var sources: [KeySource] {
    [
      newKeyFile.map { .file($0) }, newKeyFd.map { .descriptor($0) },
      newKeyCommand.map { .command($0) },
    ].compactMap(\.self)
  }

  /// Whether an option names a source.
  public var isGiven: Bool { !sources.isEmpty }

  /// The new key.
  public func key() throws(Failure) -> MasterKey {
    let sources = sources
    guard sources.count == 1 else {
      throw Failure(
        .usage, "exactly one of --new-key-file, --new-key-fd and --new-key-command is wanted")
    }
    return try fail { () throws(DatabaseError) in try sources[0].read() }
  }
}
