// SPDX-License-Identifier: Apache-2.0
// The body of a record some of whose events are under keys of their subjects. kb-log(5), Subject
// keys.

internal import KimberliteCore

/// An event that is to be under the key of its subject.
struct EventSeal: Sendable {
  /// Its number in the record.
  var event: Int
  var key: SubjectKey

  /// Encodes a body; the salts are those of a seed that is not kept.
  static func append(
    events: Span<UInt8>, ranges: [Range<Int>], seed: [UInt8], _ seals: [EventSeal],
    _ salts: inout Salts, to body: inout ByteBuffer
  ) {
    salts.expand(seed.span, count: ranges.count)
    RecordBody.beginSealed(&body)
    var ciphers: [SubjectKeyID: Cipher] = [:]
    var next = seals[...]
    for (index, range) in ranges.enumerated() {
      guard let seal = next.first, seal.event == index else {
        RecordBody.append(salt: salts[index], event: events.extracting(range), to: &body)
        continue
      }
      next.removeFirst()
      let id = seal.key.id
      let cipher = ciphers[id] ?? Cipher(seal.key.secret)
      ciphers[id] = cipher
      RecordBody.append(
        salt: salts[index], event: events.extracting(range), sealedUnder: id, to: &body
      ) { plain, nonce, body in cipher.seal(plain, with: id.bytes.span, nonce: nonce, to: &body) }
    }
    precondition(next.isEmpty, "an event that is not there is sealed")
  }
}
