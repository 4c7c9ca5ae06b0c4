// SPDX-License-Identifier: Apache-2.0
// Answers of a time-stamp authority that is openssl(1).

import Glibc
import Kimberlite
import KimberliteCore
import Testing

/// An authority of a test's own.
struct Authority {
  let folder = Folder()

  /// `days`: how long its certificate is valid.
  init(days: Int = 3650) { precondition(run("make", "\(days)") == 0, "openssl makes no authority") }

  private func run(_ verb: String, _ rest: String) -> Int32 {
    let script = #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined()
    return system("\(script)/authority.sh \(verb) '\(folder.path)' \(rest)")
  }

  var certificates: [UInt8] { Array((readText(folder.path + "/ca.pem") ?? "").utf8) }
  var authorities: StampAuthorities? { StampAuthorities(pem: certificates) }

  func answer(_ request: [UInt8]) throws -> [UInt8] {
    let (question, answer) = (folder.path + "/question", folder.path + "/answer")
    try PosixDisk().open(question, .replace).write(request.span, at: 0)
    #expect(run("answer", "< '\(question)' > '\(answer)'") == 0)
    let file = try PosixDisk().open(answer, .read)
    var bytes = ByteBuffer()
    try file.read(at: 0, count: Int(file.byteCount()), into: &bytes)
    return bytes.array()
  }
}

@Suite struct TimeStampTests {
  private let request = TimeStampRequest(
    digest: Digest.hash(Array("a checkpoint".utf8).span), random: 0x0123_4567_89ab_cdef)

  @Test func `an answer is believed for its authority's certificates or, less so, by itself`()
    throws
  {
    let authority = Authority()
    let answer = try authority.answer(request.der)
    for authorities in [authority.authorities, nil] {
      let stamp = try TimeStamp(answer: answer, authorities: authorities)
      #expect(stamp.answers(request))
      #expect(stamp.imprint == request.digest)
      #expect(stamp.authority == "CN=Test authority")
      // Some time between 2020 and the end of the certificate's 32-bit days.
      #expect((1_577_836_800..<4_294_967_296).contains(stamp.time))
      #expect(!stamp.answers(TimeStampRequest(digest: request.digest, random: 7)))
      #expect(!stamp.answers(TimeStampRequest(digest: .zero, random: request.nonce)))
    }
    // Another authority's root leads nowhere.
    #expect(throws: TimeStampError.self) {
      try TimeStamp(answer: answer, authorities: Authority().authorities)
    }
  }

  @Test func `no altered answer is believed`() throws {
    let authority = Authority()
    let answer = try authority.answer(request.der)
    let roots = try #require(authority.authorities)
    let stamp = try TimeStamp(answer: answer, authorities: roots)
    for index in answer.indices {
      var altered = answer
      altered[index] ^= 1 << (index % 8)
      // A few bytes are under no signature: tags that mean the same, certificates' own bytes.
      // Whatever is read of such an answer is what was signed.
      if let found = try? TimeStamp(answer: altered, authorities: roots) {
        #expect(found == stamp, "byte \(index)")
      }
    }
    for bytes in [[], [0x30], Array(answer.dropLast()), answer + [0], Array(answer.dropFirst())] {
      #expect(throws: TimeStampError.notAnAnswer("it is no answer of a time-stamp authority")) {
        try TimeStamp(answer: bytes, authorities: roots)
      }
    }
  }

  @Test func `a refusal is no stamp, and says why`() throws {
    // SHA-224 is none of the digests that the authority accepts.
    var der = request.der
    der[19] = 0x04
    let answer = try Authority().answer(der)
    let error = #expect(throws: TimeStampError.self) {
      try TimeStamp(answer: answer, authorities: nil)
    }
    guard case .notAnAnswer(let what) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(what.hasPrefix("the authority gave no stamp: "), "\(what)")
    #expect(what.contains("rejection"), "\(what)")
  }

  @Test func `a certificate must be valid when it stamps`() throws {
    let authority = Authority(days: -1)
    let answer = try authority.answer(request.der)
    for authorities in [authority.authorities, nil] {
      let error = #expect(throws: TimeStampError.self) {
        try TimeStamp(answer: answer, authorities: authorities)
      }
      #expect(error == .bad("certificate verify error: Verify error:certificate has expired"))
    }
  }

  @Test func `authorities are certificates, all of them good`() {
    let certificates = Authority().certificates
    #expect(StampAuthorities(pem: certificates) != nil)
    #expect(StampAuthorities(pem: Array("The root:\n".utf8) + certificates + certificates) != nil)
    #expect(StampAuthorities(pem: []) == nil)
    #expect(StampAuthorities(pem: Array("hello\n".utf8)) == nil)
    #expect(StampAuthorities(pem: certificates + Array(certificates.dropLast(60))) == nil)
    var altered = certificates
    altered[altered.count / 2] = UInt8(ascii: "!")
    #expect(StampAuthorities(pem: certificates + altered) == nil)
  }
}
