// SPDX-License-Identifier: Apache-2.0
// What a verification says.

public import KimberliteCore

/// One thing that differs.
public struct Finding: Sendable, Equatable {
  /// What kind of difference it is.
  public enum Kind: String, Sendable {
    /// Bytes differ from their CRC: an accident, or a careless hand.
    case checksum
    /// CRCs fit, but hashes, numbers or times do not: somebody changed the log.
    case tampered
    /// Records or files that must be there are not.
    case missing
    /// A checkpoint is not one of this log.
    case checkpoint
    /// What others state about the log is damaged, is about another, or is less than was asked for.
    case anchor
    /// A file that does not belong there.
    case stray
    /// Not damage: what a killed or running writer leaves, never acknowledged, or what somebody
    /// should know of.
    case note
  }

  /// What kind of difference it is.
  public var kind: Kind
  /// The file, the first record concerned, the byte, and what differs.
  public var damage: Damage

  /// A finding of known parts.
  public init(_ kind: Kind, _ damage: Damage) {
    self.kind = kind
    self.damage = damage
  }
}

/// What a verification found.
public struct VerifyReport: Sendable {
  /// Records looked at.
  public var records: UInt64 = 0
  /// Records whose header, chain link and body are right.
  public var good: UInt64 = 0
  /// Records that differ.
  public var tampered: UInt64 = 0
  /// Records of which events are erased, as orders in the log say.
  public var purged: UInt64 = 0
  /// Records that a checkpoint or a neighbour proves, and that are not there.
  public var missing: UInt64 = 0
  /// Good records whose contents were not checked, for want of the key.
  public var unread: UInt64 = 0
  /// Events of subjects whose keys are destroyed: nobody can read them.
  public var destroyed: UInt64 = 0
  /// Events of subjects whose keys are not here: only their leaves were checked.
  public var locked: UInt64 = 0
  /// The master key of an encrypted log; `nil` where it is not encrypted.
  public var masterKey: KeyID?
  /// Events of the good records.
  public var events: UInt64 = 0
  /// Bytes of segment files read.
  public var bytes: UInt64 = 0
  /// Segment files.
  public var segments = 0
  /// Events that are not there.
  var holes = Erasures()
  /// What records say of purges, of chains and of reading.
  var trail = PolicyTrail()
  /// The chains that the log left behind, by the records that say so.
  public var chains: [UInt64: Rechain] { trail.chains }
  /// What differs, in order of the log.
  public var findings: [Finding] = []
  /// The log.
  public var logID: LogID?
  /// The end of what was read.
  public var head = Head.start
  /// The key that signed the checkpoint; `nil` in a log of the first version.
  public var signer: VerifierKey?
  /// The Merkle root over all records; `nil` where damage keeps it from being computed.
  public var root: Digest?
  /// What others state about the log.
  public var anchors = AnchorReport()

  /// Orders to erase that are neither carried out nor withdrawn, oldest first.
  public var pendingPurges: [PendingPurge] { trail.pending }
  /// Whether rows were erased that are to be known again where they come back.
  public var knowsErasedRows: Bool { trail.hasDenied }
  /// The record since which reads are audited; `nil` where they are not.
  public var auditsReadsSince: UInt64? { trail.auditsReadsSince }

  /// Takes over what was found in a log that lies in a folder of this one.
  ///
  /// Its records are not of this log, and are counted apart.
  public mutating func include(_ findings: [Finding], under folder: String) {
    self.findings += findings.map { finding in
      var finding = finding
      finding.damage.file = "\(folder)/\(finding.damage.file)"
      return finding
    }
  }

  /// Whether all is well; notes are no damage.
  public var isGood: Bool { findings.allSatisfy { $0.kind == .note } }
}
