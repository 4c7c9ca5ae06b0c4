// SPDX-License-Identifier: Apache-2.0
// What can go wrong with a log, and the exit status that each kind has in every tool.

internal import Glibc

/// Where a log is not what it must be.
///
/// Nothing was changed.
public struct Damage: Error, Equatable, Sendable {
  /// The file, relative to the log directory: `segments/00000000000000000000.kbl`.
  public var file: String
  /// The first record concerned, where known.
  public var offset: UInt64?
  /// The byte of the file, where known.
  public var position: UInt64?
  /// What differs: `the CRC of the body differs`.
  public var what: String

  /// Damage at a place.
  public init(file: String, offset: UInt64? = nil, position: UInt64? = nil, what: String) {
    self.file = file
    self.offset = offset
    self.position = position
    self.what = what
  }

  /// `segments/….kbl: offset 12: byte 4711: the CRC of the body differs`.
  public var message: String {
    var parts = [file]
    if let offset { parts.append("offset \(offset)") }
    if let position { parts.append("byte \(position)") }
    parts.append(what)
    return parts.joined(separator: ": ")
  }
}

/// Why a log could not be read or written.
public enum LogError: Error, Equatable, Sendable {
  /// There is no log at the path. Exit 66.
  case notALog(path: String, why: String)
  /// The log was written by a newer program. Exit 66.
  case tooNew(path: String, found: Int, known: Int)
  /// Bytes of the log are not what they must be. Exit 1: checked, and bad.
  case damaged(Damage)
  /// Another writer holds the lock. Exit 75.
  case locked(path: String)
  /// A system call failed. Exit 74; 66 where something was to be opened for reading.
  case io(operation: String, path: String, code: Int32)
  /// The log cannot be made: its directory is in use. Exit 73.
  case cannotCreate(path: String, why: String)
  /// A record or a segment is beyond a limit. Exit 65.
  case tooLarge(what: String)
  /// A number or an archive does not fit the log. Exit 65.
  case unfit(what: String)
  /// A file is no archive of a log, or holds what none may hold. Exit 65.
  case notASnapshot(path: String, why: String)
  /// An archive is not what was written. Exit 1: checked, and bad.
  case damagedSnapshot(path: String, what: String)
  /// Keys were to be changed of a log that has none. Exit 78.
  case notEncrypted(path: String)
  /// The log is encrypted, and its master key was not given. Exit 77.
  case keyNeeded(path: String, key: String, given: String?)
  /// The log has signed something that it does not hold, as one brought back from a copy. Exit 77.
  case setBack(path: String, why: String)
  /// The key that signs the log's checkpoints is not there, or another. Exit 77.
  case noSigningKey(path: String, why: String)

  /// A purge is ordered and not finished. Exit 75.
  case unfinishedPurge(path: String, order: UInt64)
  /// The keys of the log's subjects are not there, or others. Exit 77.
  case noSubjectKeys(path: String, why: String)

  /// The exit status of a tool that ends with this error: sysexits.h, and 1 for damage.
  public var status: Int32 {
    switch self {
    case .notALog, .tooNew: 66
    case .damaged, .damagedSnapshot: 1
    case .locked, .unfinishedPurge: 75
    case .io("open", _, _): 66
    case .io: 74
    case .cannotCreate: 73
    case .tooLarge, .unfit, .notASnapshot: 65
    case .keyNeeded, .setBack, .noSigningKey, .noSubjectKeys: 77
    case .notEncrypted: 78
    }
  }

  /// Lower case, no full stop, subject quoted: `cannot write 'x': No space left on device`.
  public var message: String {
    switch self {
    case .notALog(let path, let why): "'\(path)' is not a log: \(why)"
    case .tooNew(let path, let found, let known):
      "'\(path)': format version \(found) is newer than this program knows (\(known))"
    case .damaged(let damage): "the log is damaged: \(damage.message)"
    case .locked(let path): "'\(path)' is locked by another writer"
    case .io(let operation, let path, let code):
      "cannot \(operation) '\(path)': \(String(cString: strerror(code)))"
    case .cannotCreate(let path, let why): "cannot create '\(path)': \(why)"
    case .notASnapshot(let path, let why): "'\(path)' is not a snapshot: \(why)"
    case .damagedSnapshot(let path, let what): "'\(path)' is damaged: \(what)"
    case .tooLarge(let what), .unfit(let what): what
    case .notEncrypted(let path): "'\(path)' is not encrypted"
    case .keyNeeded(let path, let key, let given):
      "'\(path)' is encrypted with key \(key); "
        + (given.map { "the key given is \($0)" } ?? "no key was given")
    case .setBack(let path, let why): "'\(path)' was set back: \(why)"
    case .noSigningKey(let path, let why): "'\(path)' cannot sign its checkpoints: \(why)"
    case .unfinishedPurge(let path, let order):
      "the purge that record \(order) of '\(path)' orders is not finished; run kb-purge --resume"
    case .noSubjectKeys(let path, let why):
      "the subject keys of the log cannot be had: '\(path)': \(why)"
    }
  }

  /// The same failure, told of a file or folder by the name that it will get, and not by the one
  /// under which it is made.
  package func renaming(_ temporary: String, to name: String) -> LogError {
    func told(_ path: String) -> String {
      guard path == temporary || path.hasPrefix(temporary + "/") else { return path }
      return name + path.dropFirst(temporary.count)
    }
    return switch self {
    case .notALog(let path, let why): .notALog(path: told(path), why: why)
    case .tooNew(let path, let found, let known):
      .tooNew(path: told(path), found: found, known: known)
    case .locked(let path): .locked(path: told(path))
    case .io(let operation, let path, let code):
      .io(operation: operation, path: told(path), code: code)
    case .cannotCreate(let path, let why): .cannotCreate(path: told(path), why: why)
    case .notASnapshot(let path, let why): .notASnapshot(path: told(path), why: why)
    case .damagedSnapshot(let path, let what): .damagedSnapshot(path: told(path), what: what)
    case .notEncrypted(let path): .notEncrypted(path: told(path))
    case .keyNeeded(let path, let key, let given):
      .keyNeeded(path: told(path), key: key, given: given)
    case .setBack(let path, let why): .setBack(path: told(path), why: why)
    case .noSigningKey(let path, let why): .noSigningKey(path: told(path), why: why)
    case .damaged, .tooLarge, .unfit, .noSubjectKeys, .unfinishedPurge: self
    }
  }

  /// What to do about it, where that is known.
  public var hint: String? {
    switch self {
    case .keyNeeded(_, _, given: nil):
      "say where its key comes from: --key-file, --key-command or $KB_KEY_FILE"
    case .setBack:
      "bring back the records that are missing, or go on without them: kb-append --branch"
    case .noSigningKey:
      "bring back the file, or go on under a new key: kb-append --branch"
    case .noSubjectKeys:
      "they are in no copy of a log: bring back the file, or say where it is with $\(SubjectStore.variable)"
    default: nil
    }
  }
}
