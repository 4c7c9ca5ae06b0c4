// SPDX-License-Identifier: Apache-2.0
// Keys of rows that were erased, so that an import does not bring them back unnoticed. The log has
// them as keyed hashes; what they are keyed with lies beside it and in no archive, for without it
// nobody can try out nine digits. kb-log(5), Denylist.

internal import CCrypto
internal import KimberliteCore

/// Hashes keys of erased rows.
public struct Denylist: Sendable {
  /// The file with the secret, in the log directory.
  public static let name = "denylist.key"
  private static let secretByteCount = 32

  private let secret: SecretBytes

  /// Reads the secret of a log; `nil` where it has none.
  init?(of directory: LogDirectory) throws(LogError) {
    let path = "\(directory.path)/\(Self.name)"
    guard try directory.disk.exists(path) else { return nil }
    let text = try directory.disk.contents(of: path, limit: 2 * Self.secretByteCount + 1) ?? []
    guard text.last == UInt8(ascii: "\n"),
      let bytes = Hex.decode(String(decoding: text.dropLast(), as: UTF8.self)),
      bytes.count == Self.secretByteCount
    else {
      throw .damaged(Damage(file: Self.name, what: "it is not 64 hex digits and a newline"))
    }
    secret = SecretBytes(count: bytes.count) { $0.copyBytes(from: bytes) }
  }

  /// Reads the secret of a log, which is drawn where there is none yet.
  static func open(of directory: LogDirectory) throws(LogError) -> Denylist {
    if let known = try Denylist(of: directory) { return known }
    let text = Array((Hex.encode(Entropy.bytes(secretByteCount)) + "\n").utf8)
    try directory.disk.replace("\(directory.path)/\(name)", with: text.span)
    try directory.disk.synchronizeDirectory(directory.path)
    guard let made = try Denylist(of: directory) else {
      preconditionFailure("the secret was written above")
    }
    return made
  }

  /// What the log keeps of a key: HMAC-SHA-256 (RFC 2104) of table and key, cut to 16 bytes.
  func hash(_ table: ObjectID, _ key: [UInt8]) -> [UInt8] {
    var message = ByteBuffer(capacity: 64)
    message.append(bigEndian: table)
    message.append(key)
    var mac = [UInt8](repeating: 0, count: 32)
    var count: UInt32 = 0
    let made = secret.withUnsafeBytes { secret in
      message.withUnsafeBytes { message in
        HMAC(
          EVP_sha256(), secret.baseAddress, Int32(secret.count),
          message.baseAddress?.assumingMemoryBound(to: UInt8.self), message.count, &mac, &count)
      }
    }
    precondition(made != nil && count == 32, "libcrypto refused HMAC")
    return Array(mac.prefix(PurgeOrder.deniedByteCount))
  }
}
