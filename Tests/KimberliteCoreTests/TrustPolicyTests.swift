// SPDX-License-Identifier: Apache-2.0

import KimberliteCore
import Testing

@Suite struct TrustPolicyTests {
  /// The verifier key of a witness (type 4) or log (type 1) whose public key is this byte 32 times.
  private func key(_ name: String, _ byte: UInt8, type: UInt8 = 4) -> String {
    let data = [type] + [UInt8](repeating: byte, count: 32)
    let id = Digest.hash((Array(name.utf8) + [0x0a] + data).span).hex.prefix(8)
    return "\(name)+\(id)+\(Base64.encode(data))"
  }

  private func policy(_ text: String) throws -> TrustPolicy { try TrustPolicy(Array(text.utf8)) }

  /// The example of C2SP tlog-policy.
  private var example: String {
    """
    log \(key("example.com/log", 9, type: 1)) https://log.example/

    # Of one organisation …
    witness X1 \(key("x.example/1", 1))
    witness X2 \(key("x.example/2", 2))\thttps://x.example/2
    \t witness  X3   \(key("x.example/3", 3))
    group X-witnesses 2 X1 X2 X3

    # … and of another.
    witness Y1 \(key("y.example/1", 4))
    witness Y2 \(key("y.example/2", 5))
    witness Y3 \(key("y.example/3", 6))
    group Y-witnesses any Y1 Y2 Y3

    group X-and-Y all X-witnesses Y-witnesses
    quorum X-and-Y

    """
  }

  @Test func `a quorum of groups is met by exactly the sets that it describes`() throws {
    let policy = try policy(example)
    #expect(policy.logs.count == 1 && policy.witnesses.map(\.name).last == "Y3")
    for set in 0..<64 {
      let (x, y) = ((set & 7).nonzeroBitCount, (set >> 3).nonzeroBitCount)
      #expect(policy.isMet { set >> $0 & 1 == 1 } == (x >= 2 && y >= 1), "set \(set)")
    }
  }

  @Test func `a single witness can be the quorum, or nobody`() throws {
    let one = try policy("witness w \(key("w", 1))\nquorum w\n")
    #expect(one.isMet { _ in true } && !one.isMet { _ in false })
    #expect(try policy("quorum none").isMet { _ in false })
  }

  @Test func `what is not a policy is refused with its line`() {
    let (a, b) = ("witness a \(key("a", 1))\n", "witness b \(key("b", 2))\n")
    let cases: [(String, String)] = [
      ("", "there is no quorum line"),
      (a, "there is no quorum line"),
      (a + "quorum a\nquorum none\n", "line 3: a second quorum"),
      ("quorum a\n" + a, "line 1: 'a' is not defined above"),
      (a + a + "quorum a\n", "line 2: a witness's key stands there twice"),
      (a + "witness b \(key("b", 1))\nquorum a\n", "line 2: a witness's key stands there twice"),
      (a + "witness a \(key("b", 2))\nquorum a\n", "line 2: 'a' is taken"),
      ("witness none \(key("a", 1))\nquorum none\n", "line 1: 'none' is taken"),
      (a + b + "group g 3 a b\nquorum g\n", "line 3: 3 of 2 members"),
      (a + "group g 0 a\nquorum g\n", "line 2: '0' is none of all, any and a number"),
      (a + "group g 01 a\nquorum g\n", "line 2: '01' is none of all, any and a number"),
      (a + "group g any none\nquorum g\n", "line 2: 'none' is not defined above"),
      (a + "group g any g\nquorum g\n", "line 2: 'g' is not defined above"),
      (a + "group g all a a\nquorum g\n", "line 2: 'a' is a member twice"),
      (a + "group g any a\ngroup h any a\nquorum g\n", "line 3: 'a' is a member twice"),
      (a + "group g any\nquorum a\n", "line 2: 'group' with another number of words"),
      ("witnes a\n", "line 1: 'witnes' is none of log, witness, group, quorum"),
      ("quorum none\r\n", "line 1: a control character"),
      ("quorum\u{a0}none\n", "line 1: 'quorum\u{a0}none' is none of log, witness, group, quorum"),
      ("witness a \(key("a", 1, type: 1))\nquorum a\n", "line 1: the key is not one of a witness"),
      ("log \(key("a", 1))\nquorum none\n", "line 1: the key is not one of a log"),
    ]
    for (text, what) in cases {
      do {
        _ = try policy(text)
        Issue.record("taken: \(text)")
      } catch let error as FormatError {
        #expect(error.what == what)
      } catch {
        Issue.record("\(error)")
      }
    }
  }

  /// Unicode calls the Kelvin sign and the letter K equal; the specification does not.
  @Test func `names are bytes`() throws {
    let policy = try policy(
      "witness K \(key("a", 1))\nwitness \u{212a} \(key("b", 2))\nquorum \u{212a}\n")
    #expect(policy.isMet { $0 == 1 } && !policy.isMet { $0 == 0 })
  }

  @Test func `32 logs, witnesses and groups are no limit`() throws {
    var text = ""
    for number: UInt8 in 1...100 {
      text += "log \(key("l", number, type: 1))\nwitness w\(number) \(key("w", number))\n"
      text += "group g\(number) all w\(number)" + (number > 1 ? " g\(number - 1)\n" : "\n")
    }
    let policy = try policy(text + "quorum g100\n")
    #expect(policy.isMet { _ in true } && !policy.isMet { $0 != 50 })
  }
}
