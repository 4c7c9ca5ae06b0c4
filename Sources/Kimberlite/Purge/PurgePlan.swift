// SPDX-License-Identifier: Apache-2.0
// What a purge would erase, by number: the same request on the same log is the same plan, and its
// digest names it.

public import KimberliteCore

/// What shall be erased.
public struct PurgeRequest: Sendable {
  /// Whose rows or events.
  public enum Target: Sendable, Equatable {
    case table(String)
    case stream(String)
  }

  /// Whose rows or events.
  public var target: Target
  /// Which: SQL over the columns; a row is meant if any of its versions, past ones too, meets it.
  public var condition: String
  /// What of them.
  public var scope: PurgeScope

  /// A request of known parts.
  public init(target: Target, condition: String, scope: PurgeScope) {
    self.target = target
    self.condition = condition
    self.scope = scope
  }
}

/// What a purge erases, and every place that holds it.
public struct PurgePlan: Sendable {
  /// The log.
  public var logID: LogID
  /// What of the rows or events.
  public var scope: PurgeScope
  /// The table or stream.
  public var object: ObjectID
  /// Its name.
  public var name: String
  /// The events, by record and place.
  public var erasures: Erasures
  /// Rows, or events of a stream, that are meant.
  public var rowCount: Int
  /// Versions of the rows that the view shows.
  public var versionCount: Int
  /// Segment files that hold them, relative to the log directory.
  public var segments: [String]
  /// Bytes of these files.
  public var segmentBytes: UInt64
  /// Indexes whose entries go with the rows.
  public var indexes: [String]
  /// Keys of subjects of whom nothing would be left: they are destroyed.
  public var subjectKeys: [SubjectKeyID]
  /// The keys of the rows that would be gone with all their versions, encoded.
  var keys: [[UInt8]]
  /// The row versions that leave the view, or whose personal values do: of each table as it was
  /// when they were made, which says what was personal then.
  var versions: [(table: Table, versions: [RowVersion])]
  /// Records that hold events of the rows which are of no version, and are erased.
  var traces: [RowTrace]

  /// Names the plan: SHA-256 over the log, the object, the scope, the events and the subject keys.
  ///
  /// Whoever approves it approves exactly these events and no others.
  public var digest: Digest {
    var bytes = ByteBuffer(capacity: 64 + 24 * erasures.runs.count)
    bytes.append(utf8: "kimberlite/purge-plan/v1\n")
    bytes.append(logID)
    bytes.append(bigEndian: object)
    bytes.append(utf8: scope.rawValue)
    bytes.append(0)
    for run in erasures.runs {
      bytes.append(bigEndian: run.offset)
      bytes.append(bigEndian: UInt64(run.events.lowerBound))
      bytes.append(bigEndian: UInt64(run.events.count))
    }
    if !subjectKeys.isEmpty {
      // No event is of a record with this number.
      bytes.append(bigEndian: UInt64.max)
      for key in subjectKeys { bytes.append(key.bytes) }
    }
    return Digest.hash(bytes.span)
  }
}

/// What retention makes due of one table.
public struct DuePurge: Sendable {
  /// What is erased; empty where nothing is due, or all of it is held.
  public var plan: PurgePlan
  /// How long rows are kept, and from which moment on.
  public var retention: Retention
  /// What is due as well and must wait: the matters that hold it, and how many rows each.
  public var held: [(matter: String, rows: Int)]
}
