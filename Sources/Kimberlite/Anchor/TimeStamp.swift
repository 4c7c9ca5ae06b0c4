// SPDX-License-Identifier: Apache-2.0
// An authority's answer to a request for a time stamp: RFC 3161 §2.4.2, checked by libcrypto.

internal import CCrypto
internal import Glibc
public import KimberliteCore

/// Why an answer is no time stamp that counts.
public enum TimeStampError: Error, Equatable, Sendable {
  /// The bytes are no answer, or one without a stamp: `the authority refused: …`.
  case notAnAnswer(String)
  /// A stamp was given and is not what it must be.
  case bad(String)
}

/// The statement "this digest was there at that time".
public struct TimeStamp: Sendable, Equatable {
  /// What was stamped.
  public let imprint: Digest
  /// The nonce of the request, most significant byte first; empty where there was none.
  public let nonce: [UInt8]
  /// Seconds since 1970.
  public let time: Int64
  /// The subject of the certificate that signed; empty where the answer does not bring it along.
  public let authority: String

  /// Bytes of the largest answer that is taken: a stamp and a chain of certificates.
  public static let byteCountMax = 256 << 10

  /// Reads an answer, and checks that it was granted and that its signature is right.
  ///
  /// With `authorities`, a chain of certificates must lead from them to the one that signed, all
  /// valid at the time of the stamp. Without, the stamp must be signed by a certificate for time
  /// stamping that it carries itself, which anybody can make: that finds damage, not forgery.
  public init(answer bytes: [UInt8], authorities: StampAuthorities?) throws(TimeStampError) {
    guard let answer = kb_ts_read(bytes, bytes.count) else {
      throw .notAnAnswer("it is no answer of a time-stamp authority")
    }
    defer { TS_RESP_free(answer) }
    guard kb_ts_granted(answer) == 1 else {
      throw .notAnAnswer("the authority gave no stamp: \(Self.reason)")
    }
    var facts = kb_ts_facts()
    guard kb_ts_read_facts(answer, &facts) == 1 else {
      throw .notAnAnswer("it does not stamp a SHA-256 digest")
    }
    imprint = withUnsafeBytes(of: &facts.imprint) { Digest(Array($0).span) }
    nonce = withUnsafeBytes(of: &facts.nonce) { Array($0.prefix(facts.nonceCount)) }
    time = Int64(timegm(&facts.time))
    authority = Self.text { kb_ts_signer(answer, $0, $1) }
    let store = authorities?.store ?? kb_ts_own_store(answer)
    defer { if authorities == nil { X509_STORE_free(store) } }
    guard let store, kb_ts_verify(answer, imprint.bytes, store, time) == 1 else {
      throw .bad(Self.reason)
    }
  }

  /// Whether this answers a request: the same digest, the same nonce.
  public func answers(_ request: TimeStampRequest) -> Bool {
    let nonce = nonce.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return imprint == request.digest && self.nonce.count == 8 && nonce == request.nonce
  }

  /// Why libcrypto refused.
  static var reason: String {
    let reason = text { kb_ts_reason($0, $1) }
    return reason.isEmpty ? "it cannot be read" : reason
  }

  private static func text(_ fill: (UnsafeMutablePointer<CChar>, Int) -> Void) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { buffer in
      guard let start = buffer.baseAddress else { return "" }
      fill(start, buffer.count)
      return String(cString: start)
    }
  }
}

/// Certificates of authorities whose time stamps are believed.
public final class StampAuthorities {
  let store: OpaquePointer

  /// Reads PEM certificates; `nil` where there is none, or one is bad.
  public init?(pem: [UInt8]) {
    guard let store = kb_ts_store(pem, pem.count) else { return nil }
    self.store = store
  }

  deinit { X509_STORE_free(store) }
}
