// SPDX-License-Identifier: Apache-2.0

internal import CCrypto
public import KimberliteCore

/// The key of whoever runs a log: everything in it can be read with this, nothing without.
///
/// It is never stored with the log; wiped from memory when its last owner goes.
public struct MasterKey: Sendable {
  /// Its public name.
  public let id: KeyID
  private let secret: SecretBytes

  /// Bytes of a key.
  static let byteCount = 32

  init(_ secret: SecretBytes) {
    precondition(secret.count == Self.byteCount, "a master key is 32 bytes")
    self.secret = secret
    id = HKDF.id(of: secret)
  }

  /// A new random key.
  public static func random() -> MasterKey { MasterKey(.random()) }

  /// Reads what a key source gives: 32 bytes, or 64 hex digits and perhaps the end of a line.
  ///
  /// `nil` where it is neither.
  public init?(_ bytes: Span<UInt8>) {
    let key = bytes.withUnsafeBytes { MasterKey(source: $0) }
    guard let key else { return nil }
    self = key
  }

  init?(source bytes: UnsafeRawBufferPointer) {
    if bytes.count == Self.byteCount {
      self.init(SecretBytes(count: Self.byteCount) { $0.copyMemory(from: bytes) })
      return
    }
    var digits = bytes[...]
    if digits.last == UInt8(ascii: "\n") { digits.removeLast() }
    if digits.last == UInt8(ascii: "\r") { digits.removeLast() }
    guard digits.count == 2 * Self.byteCount else { return nil }
    var isHex = true
    let secret = SecretBytes(count: Self.byteCount) { room in
      for (index, digit) in digits.enumerated() {
        guard let value = Self.value(digit) else { return isHex = false }
        room[index / 2] = index % 2 == 0 ? value << 4 : room[index / 2] | value
      }
    }
    guard isHex else { return nil }
    self.init(secret)
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  /// The key that wraps the log keys of one log.
  package func wrappingKey(of log: LogID) -> SecretBytes {
    HKDF.derive(secret, info: "kimberlite/kek/v1|\(log.hex)")
  }
}
