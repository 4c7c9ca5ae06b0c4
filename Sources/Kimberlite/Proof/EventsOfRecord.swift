// SPDX-License-Identifier: Apache-2.0
// The events of one record, to be found by what they are about and proven. kb-log(5), Receipt.

internal import KimberliteCore

/// The events of a record that rows came from.
final class EventsOfRecord {
  private var written: Set<String> = []
  private var places: [EventKey: Int] = [:]
  /// The catalog, and from which event on: a record may change it on its way.
  private var catalogs: [(place: Int, catalog: Catalog)]
  /// The hashes of the tree of events at levels 0, 8, 16.
  private var levels: [[Digest]]
  private var salts = Salts()

  /// Reads the record that a cursor is at; `catalog` is the one before it.
  init(_ cursor: borrowing RecordCursor, after catalog: Catalog) throws(LogError) {
    var last = catalog
    catalogs = [(0, last)]
    for place in cursor.events.indices {
      guard let change = Self.change(place, cursor), last.accepts(change) else { continue }
      last.apply(change)
      catalogs.append((place, last))
    }
    do {
      levels = [
        try RecordBody.leaves(
          of: cursor.body, count: Int(cursor.header.eventCount), salts: &salts)
      ]
    } catch {
      throw cursor.damagedBody(error)
    }
    let fan = Int(TreeFiles.fan)
    while let below = levels.last, below.count >= fan {
      levels.append(
        (0..<below.count / fan).map {
          MerkleProof.root(ofPerfect: below[$0 * fan..<($0 + 1) * fan])
        })
    }
    for index in cursor.events.indices where !cursor.events[index].isEmpty {
      // Of several versions in one record the last is what rows show.
      if let key = try? EventKey(cursor.event(index), catalog: self.catalog(at: index)) {
        places[key] = index
      }
    }
  }

  /// The change that an event is, if it is one.
  private static func change(_ place: Int, _ cursor: borrowing RecordCursor) -> SchemaChange? {
    if cursor.events[place].isEmpty { return nil }
    var reader = CBORReader(cursor.event(place))
    guard (try? reader.readEventHead()) == .schema else { return nil }
    return try? reader.readSchemaChange()
  }

  /// The catalog at an event.
  private func catalog(at place: Int) -> Catalog {
    guard let catalog = catalogs.last(where: { $0.place <= place })?.catalog else {
      preconditionFailure("the first catalog is that of the first event")
    }
    return catalog
  }

  /// Whether a file of this name was not written yet; from now on it was.
  func isNew(_ name: String) -> Bool { written.insert(name).inserted }

  /// The events of a row, or `nil` for the record itself, of which the view says what they do.
  func places(
    of key: EventKey?, _ cursor: borrowing RecordCursor, as viewed: ViewedEvents
  ) throws(LogError) -> [Int?] {
    guard let key else {
      try viewed.checkContext(cursor)
      return [nil]
    }
    guard let place = places[key] else {
      throw .damaged(
        Damage(
          file: LogDirectory.segmentName(cursor.position.segment), offset: cursor.header.offset,
          what: "it holds no event of a row that the view says is from it"))
    }
    guard let table = catalog(at: place).table(key.object) else {
      var reader = CBORReader(cursor.event(place))
      _ = try? reader.readEventHead()
      _ = try? reader.readObjectID()
      guard let sequence = try? reader.readSequence() else {
        throw cursor.damagedBody(FormatError(at: place, "an event of nothing that there is"))
      }
      try viewed.check(place, sequence: sequence, of: key.object, cursor)
      return [place]
    }
    let personal = isPersonal(place + 1, of: table, cursor) ? place + 1 : nil
    try viewed.check(place, personal: personal, of: table, cursor)
    return personal.map { [place, $0] } ?? [place]
  }

  /// Whether an event is that of the personal values of the row before it, erased or not.
  private func isPersonal(
    _ place: Int, of table: Table, _ cursor: borrowing RecordCursor
  ) -> Bool {
    guard place < cursor.events.count else { return false }
    if cursor.events[place].isEmpty { return table.hasPersonal }
    var reader = CBORReader(cursor.event(place))
    return (try? reader.readEventHead()) == .personal
  }

  /// What a receipt says of an event, or of the record itself.
  func proven(
    _ place: Int?, _ cursor: borrowing RecordCursor, discloses: Bool
  ) throws(LogError) -> ProvenRecord {
    guard let place else { return ProvenRecord(header: cursor.header) }
    let count = levels[0].count
    let path = MerkleProof.inclusion(of: UInt64(place), size: UInt64(count)) { low, high in
      MerkleProof.root(low, high) { level, range in
        levels[level][Int(range.lowerBound)..<Int(range.upperBound)]
      }
    }
    var content = ProvenEvent.Content.hidden(levels[0][place])
    if discloses {
      do {
        let salt = try RecordBody.salt(of: place, in: cursor.body, count: count, salts: &salts)
        if let salt { content = .disclosed(salt: salt, event: cursor.event(place).array()) }
      } catch {
        throw cursor.damagedBody(error)
      }
    }
    return ProvenRecord(
      header: cursor.header, event: ProvenEvent(index: UInt32(place), path: path, content: content))
  }
}

extension RecordCursor {
  fileprivate borrowing func damagedBody(_ error: FormatError) -> LogError {
    .damaged(
      Damage(
        file: LogDirectory.segmentName(position.segment), offset: header.offset,
        what: "byte \(error.position) of the body: \(error.what)"))
  }
}
