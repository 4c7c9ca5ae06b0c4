// SPDX-License-Identifier: Apache-2.0
// The events of one record, to be found by what they are about and proven. kb-log(5), Receipt.

internal import KimberliteCore

/// The events of a record that rows came from.
final class EventsOfRecord {
  private var written: Set<String> = []
  private var places: [EventKey: Int] = [:]
  private let catalog: Catalog
  /// The hashes of the tree of events at levels 0, 8, 16.
  private var levels: [[Digest]]
  private var salts = Salts()

  /// Reads the record that a cursor is at; `catalog` is that of its moment.
  init(_ cursor: borrowing RecordCursor, catalog: Catalog) throws(LogError) {
    self.catalog = catalog
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
      if let key = try? EventKey(cursor.event(index), catalog: catalog) { places[key] = index }
    }
  }

  /// Whether a file of this name was not written yet; from now on it was.
  func isNew(_ name: String) -> Bool { written.insert(name).inserted }

  /// The events of a row, or `nil` for the record itself.
  func places(
    of key: EventKey?, _ cursor: borrowing RecordCursor
  ) throws(LogError) -> [Int?] {
    guard let key else { return [nil] }
    guard let place = places[key] else {
      throw .damaged(
        Damage(
          file: LogDirectory.segmentName(cursor.position.segment), offset: cursor.header.offset,
          what: "it holds no event of a row that the view says is from it"))
    }
    return isPersonal(place + 1, of: key, cursor) ? [place, place + 1] : [place]
  }

  /// Whether an event is that of the personal values of the row before it, erased or not.
  private func isPersonal(
    _ place: Int, of key: EventKey, _ cursor: borrowing RecordCursor
  ) -> Bool {
    guard place < cursor.events.count else { return false }
    if cursor.events[place].isEmpty { return catalog.table(key.object)?.hasPersonal == true }
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
