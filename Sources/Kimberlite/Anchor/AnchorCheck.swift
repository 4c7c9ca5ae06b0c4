// SPDX-License-Identifier: Apache-2.0
// Holds an anchored checkpoint against its signatures and its time stamps. Whether its root is the
// log's is for the verifier, which knows the records.

public import KimberliteCore

/// Who is believed to state something about a log's checkpoints.
public struct AnchorTrust {
  /// Authorities of time stamps; `nil`: their signatures are checked, not who they are.
  public var authorities: StampAuthorities?
  /// Witnesses; `nil`: their cosignatures are kept, not checked.
  public var policy: TrustPolicy?

  /// Trust in these.
  public init(authorities: StampAuthorities? = nil, policy: TrustPolicy? = nil) {
    self.authorities = authorities
    self.policy = policy
  }
}

/// What a verification saw of a log's anchors.
public struct AnchorReport: Sendable, Equatable {
  /// Checkpoints about which others state something.
  public var anchored: UInt64 = 0
  /// Checkpoints about which nobody answered yet.
  public var waiting: UInt64 = 0
  /// Good time stamps.
  public var stamps: UInt64 = 0
  /// Good cosignatures of the policy's witnesses.
  public var cosignatures: UInt64 = 0
  /// Records of the newest anchored checkpoint that has nothing wrong with it.
  public var newestSize: UInt64?
  /// The earliest time that a good time stamp or cosignature states of it, seconds since 1970.
  public var newestTime: Int64?
  /// Whether authorities of time stamps were given.
  public var checksAuthorities = false
  /// Whether a policy was given.
  public var checksWitnesses = false
}

/// The check of one anchored checkpoint.
struct AnchorCheck {
  let folder: AnchorFolder
  let trust: AnchorTrust
  /// The log's own keys, old ones too.
  let logKeys: [VerifierKey]

  /// What was found.
  private(set) var findings: [Damage] = []
  private(set) var stamps: [TimeStamp] = []
  /// Places of the policy's witnesses whose cosignatures are good.
  private(set) var witnesses: Set<Int> = []
  /// The earliest time that one of them states.
  private(set) var time: Int64?

  init(_ folder: AnchorFolder, trust: AnchorTrust, logKeys: [VerifierKey]) {
    self.folder = folder
    self.trust = trust
    self.logKeys = logKeys
  }

  private mutating func add(_ size: UInt64, _ file: AnchorFolder.File, _ what: String) {
    findings.append(Damage(file: AnchorFolder.fileName(size, file), what: what))
  }

  /// Times beyond the year 9999 are none.
  private mutating func note(_ seconds: Int64) {
    if (0..<253_402_300_800).contains(seconds) { time = min(time ?? seconds, seconds) }
  }

  /// Checks everything about a checkpoint: signatures, cosignatures, the answers of these numbers.
  mutating func run(_ signed: SignedCheckpoint, answers: [Int]) throws(LogError) {
    checkSignatures(signed)
    for number in answers {
      let bytes: [UInt8]
      do {
        bytes = try folder.answer(signed.checkpoint.size, number)
      } catch .damaged(let damage) {
        findings.append(damage)
        continue
      }
      checkStamp(bytes, of: signed, .answer(number))
    }
  }

  private mutating func checkSignatures(_ signed: SignedCheckpoint) {
    let size = signed.checkpoint.size
    if let what = Self.mismatch(of: signed, logKeys, trust.policy) { add(size, .checkpoint, what) }
    for (index, witness) in (trust.policy?.witnesses ?? []).enumerated() {
      switch signed.note.signers(among: [witness.key]) {
      case nil: add(size, .checkpoint, "the cosignature of '\(witness.name)' is bad")
      case [witness.key]:
        witnesses.insert(index)
        let line = signed.signatures.first { $0.isBy(witness.key) }
        if let seconds = line?.cosignatureTime { note(Int64(seconds)) }
      default: continue
      }
    }
  }

  /// What is wrong with the log's own signatures of a checkpoint; `nil` where nothing is.
  static func mismatch(
    of signed: SignedCheckpoint, _ logKeys: [VerifierKey], _ policy: TrustPolicy?
  ) -> String? {
    let name = signed.checkpoint.origin.text
    guard let signers = signed.published.signers(among: logKeys.filter { $0.name == name }) else {
      return "the log's signature is bad"
    }
    if signers.isEmpty { return "it is not signed by a key in 'vkey'" }
    guard let policy, !policy.logs.isEmpty else { return nil }
    let known = policy.logs.filter { $0.name == name }
    return signed.published.signers(among: known)?.isEmpty == false
      ? nil : "it is not signed by a log of the policy"
  }

  private mutating func checkStamp(
    _ bytes: [UInt8], of signed: SignedCheckpoint, _ file: AnchorFolder.File
  ) {
    let size = signed.checkpoint.size
    do throws(TimeStampError) {
      let stamp = try TimeStamp(answer: bytes, authorities: trust.authorities)
      guard stamp.imprint == signed.stampedDigest else {
        return add(size, file, "it stamps something else than the checkpoint")
      }
      stamps.append(stamp)
      note(stamp.time)
    } catch {
      switch error {
      case .notAnAnswer(let what): add(size, file, what)
      case .bad(let what): add(size, file, "the time stamp is bad: \(what)")
      }
    }
  }
}

extension NoteSignature {
  /// Whether the line claims to be by a key.
  func isBy(_ key: VerifierKey) -> Bool { name == key.name && keyID == key.id }
}
