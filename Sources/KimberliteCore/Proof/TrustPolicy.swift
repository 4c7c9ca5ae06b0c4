// SPDX-License-Identifier: Apache-2.0
// Whom somebody believes, and how many of them: C2SP tlog-policy.

/// Which logs and witnesses are known, and which sets of witnesses suffice.
public struct TrustPolicy: Sendable, Equatable {
  /// A witness and the name that the policy has for it.
  public struct Witness: Sendable, Equatable {
    /// The policy's own name for it.
    public var name: String
    /// The key that its cosignatures verify by.
    public var key: VerifierKey
  }

  /// What a group or the quorum can name.
  private enum Rule: Sendable, Equatable {
    case witness(Int)
    /// At least so many of these, which stand before it.
    case group(threshold: Int, members: [Int])
  }

  /// The logs that are accepted.
  public private(set) var logs: [VerifierKey] = []
  /// The witnesses that are known.
  public private(set) var witnesses: [Witness] = []
  private var rules: [Rule] = []
  /// The rule that a checkpoint must meet; `nil`: none.
  private var quorum: Int?
  /// The name in the quorum line, for messages.
  public private(set) var quorumName = "none"

  /// Bytes of the longest policy file: hundreds of witnesses with their addresses.
  public static let byteCountMax = 256 << 10

  /// Whether a checkpoint with valid cosignatures of the witnesses that `hasCosigned` names, by
  /// their place among `witnesses`, is believed.
  public func isMet(_ hasCosigned: (Int) -> Bool) -> Bool {
    guard let quorum else { return true }
    var met: [Bool] = []
    for rule in rules {
      switch rule {
      case .witness(let index): met.append(hasCosigned(index))
      case .group(let threshold, let members):
        met.append(members.count { met[$0] } >= threshold)
      }
    }
    return met[quorum]
  }

  /// Reads a policy file; an error names the line.
  public init(_ text: [UInt8]) throws(FormatError) {
    var parser = Parser()
    var position = 0
    for (index, line) in text.split(separator: 0x0a, omittingEmptySubsequences: false).enumerated()
    {
      do {
        try parser.read(line, into: &self)
      } catch {
        throw FormatError(at: position, "line \(index + 1): \(error.what)")
      }
      position += line.count + 1
    }
    guard parser.hasQuorum else { throw FormatError(at: text.count, "there is no quorum line") }
  }

  /// Names are bytes: two spellings of one character are two names.
  private struct Parser {
    var names: [(name: ArraySlice<UInt8>, rule: Int)] = []
    var members: Set<Int> = []
    var hasQuorum = false

    mutating func read(
      _ line: ArraySlice<UInt8>, into policy: inout TrustPolicy
    ) throws(FormatError) {
      guard line.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
        throw FormatError(at: 0, "a control character")
      }
      let items = line.split { $0 == 0x20 || $0 == 0x09 }
      guard let verb = items.first, verb.first != UInt8(ascii: "#") else { return }
      switch (text(verb), items.count) {
      case ("log", 2...3): try addLog(items[1], to: &policy)
      case ("witness", 3...4): try addWitness(items[1], items[2], to: &policy)
      case ("group", 4...): try addGroup(items[1], items[2], items[3...], to: &policy)
      case ("quorum", 2): try setQuorum(items[1], of: &policy)
      case ("log", _), ("witness", _), ("group", _), ("quorum", _):
        throw FormatError(at: 0, "'\(text(verb))' with another number of words")
      default: throw FormatError(at: 0, "'\(text(verb))' is none of log, witness, group, quorum")
      }
    }

    private func addLog(
      _ item: ArraySlice<UInt8>, to policy: inout TrustPolicy
    ) throws(FormatError) {
      let key = try VerifierKey(text: text(item))
      guard key.algorithm == .ed25519 else {
        throw FormatError(at: 0, "the key is not one of a log")
      }
      guard !policy.logs.contains(where: { $0.publicKey == key.publicKey }) else {
        throw FormatError(at: 0, "a log's key stands there twice")
      }
      policy.logs.append(key)
    }

    private mutating func addWitness(
      _ name: ArraySlice<UInt8>, _ item: ArraySlice<UInt8>, to policy: inout TrustPolicy
    ) throws(FormatError) {
      let key = try VerifierKey(text: text(item))
      guard key.algorithm != .ed25519 else {
        throw FormatError(at: 0, "the key is not one of a witness")
      }
      guard !policy.witnesses.contains(where: { $0.key.publicKey == key.publicKey }) else {
        throw FormatError(at: 0, "a witness's key stands there twice")
      }
      try define(name, .witness(policy.witnesses.count), in: &policy)
      policy.witnesses.append(Witness(name: text(name), key: key))
    }

    private mutating func addGroup(
      _ name: ArraySlice<UInt8>, _ threshold: ArraySlice<UInt8>,
      _ items: ArraySlice<ArraySlice<UInt8>>, to policy: inout TrustPolicy
    ) throws(FormatError) {
      var rules: [Int] = []
      for item in items {
        let rule = try find(item)
        guard members.insert(rule).inserted else {
          throw FormatError(at: 0, "'\(text(item))' is a member twice")
        }
        rules.append(rule)
      }
      let count: Int
      switch text(threshold) {
      case "all": count = rules.count
      case "any": count = 1
      case let digits:
        guard let number = Int(digits), String(number) == digits, number >= 1 else {
          throw FormatError(at: 0, "'\(digits)' is none of all, any and a number")
        }
        count = number
      }
      guard count <= rules.count else {
        throw FormatError(at: 0, "\(count) of \(rules.count.counted("member"))")
      }
      try define(name, .group(threshold: count, members: rules), in: &policy)
    }

    private mutating func setQuorum(
      _ name: ArraySlice<UInt8>, of policy: inout TrustPolicy
    ) throws(FormatError) {
      if hasQuorum { throw FormatError(at: 0, "a second quorum") }
      hasQuorum = true
      policy.quorum = name.elementsEqual("none".utf8) ? nil : try find(name)
      policy.quorumName = text(name)
    }

    private mutating func define(
      _ name: ArraySlice<UInt8>, _ rule: Rule, in policy: inout TrustPolicy
    ) throws(FormatError) {
      guard !name.elementsEqual("none".utf8), !names.contains(where: { $0.name == name }) else {
        throw FormatError(at: 0, "'\(text(name))' is taken")
      }
      names.append((name, policy.rules.count))
      policy.rules.append(rule)
    }

    private func find(_ name: ArraySlice<UInt8>) throws(FormatError) -> Int {
      guard let known = names.first(where: { $0.name == name }) else {
        throw FormatError(at: 0, "'\(text(name))' is not defined above")
      }
      return known.rule
    }

    private func text(_ bytes: ArraySlice<UInt8>) -> String {
      String(decoding: bytes, as: UTF8.self)
    }
  }
}
