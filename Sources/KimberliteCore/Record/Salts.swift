// SPDX-License-Identifier: Apache-2.0
// The salts of a record's events: SHAKE256 (FIPS 202) of the record's seed, by libcrypto.
// kb-log(5), Body.

internal import CCrypto

/// Expands seeds to salts, in room that it keeps from one record to the next.
public struct Salts: ~Copyable {
  /// Bytes of a salt.
  public static let byteCount = 16

  private let context: OpaquePointer
  private var bytes = ByteBuffer()

  /// Room for salts, without any.
  public init() {
    guard let made = kb_shake256_new() else { preconditionFailure("libcrypto refused SHAKE256") }
    context = made
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Expands a seed to `count` salts, in place of the ones before.
  public mutating func expand(_ seed: Span<UInt8>, count: Int) {
    bytes.removeAll()
    let byteCount = count * Self.byteCount
    if byteCount == 0 { return }
    bytes.append(room: byteCount) { [context] room in
      seed.withUnsafeBufferPointer { seed in
        guard let from = seed.baseAddress,
          let to = room.baseAddress?.assumingMemoryBound(to: UInt8.self),
          kb_shake256(context, from, seed.count, to, byteCount) == 1
        else { preconditionFailure("libcrypto refused SHAKE256") }
      }
      return byteCount
    }
  }

  /// The salt of event `index`.
  public subscript(index: Int) -> Span<UInt8> {
    @_lifetime(borrow self)
    get {
      bytes.span.extracting(index * Self.byteCount..<(index + 1) * Self.byteCount)
    }
  }
}
