// SPDX-License-Identifier: Apache-2.0

import KimberliteCore
import Testing

@Suite struct TimeStampRequestTests {
  private let digest = Digest.hash(Array("hello".utf8).span)

  @Test func `a request is the DER of RFC 3161, section 2.4.1`() {
    let request = TimeStampRequest(digest: digest, random: 0x0102_0304_0506_0708)
    let hex = request.der.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    #expect(
      hex == "304302010130"
        + "31300d060960864801650304020105000420\(digest.hex)" + "02080102030405060708" + "0101ff")
  }

  /// DER: an INTEGER takes no byte that it could do without, and its first bit is its sign.
  @Test func `any random number makes a nonce of eight bytes`() {
    for random: UInt64 in [0, 1, 1 << 55, 1 << 56, 1 << 63, .max] {
      let request = TimeStampRequest(digest: digest, random: random)
      #expect((0x01...0x7f).contains(request.nonce >> 56))
    }
  }

  @Test func `a request reads back and no other bytes do`() throws {
    let der = TimeStampRequest(digest: digest, random: 0x7777).der
    #expect(try TimeStampRequest(der: der.span).der == der)
    for index in der.indices {
      var bytes = der
      bytes[index] ^= 0x80
      let isFree = (24..<56).contains(index) || (59..<66).contains(index)
      if isFree {
        #expect(try TimeStampRequest(der: bytes.span).der == bytes)
      } else {
        #expect(throws: FormatError.self, "byte \(index)") { try TimeStampRequest(der: bytes.span) }
      }
    }
    for bytes in [Array(der.dropLast()), der + [0], []] {
      #expect(throws: FormatError.self) { try TimeStampRequest(der: bytes.span) }
    }
  }
}
