// SPDX-License-Identifier: Apache-2.0

internal import KimberliteCore

/// The row identity of tables without primary key: the offset of the record that made the row and
/// the event's place in it, so that it is unique for ever without a counter.
enum HiddenKey {
  private static let placeBits = 22
  /// Makes every key at least 2^32, so that all have the same length in CBOR and a key can be put
  /// in place once the record's offset is known.
  private static let bias: Int64 = 1 << 10

  /// What a row carries until its record is known.
  static let unassigned = value(offset: 0, place: 0)

  static func value(offset: UInt64, place: Int) -> Int64 {
    precondition(place < 1 << placeBits, "a record has fewer events than a hidden key can count")
    return (Int64(offset) + bias) << placeBits | Int64(place)
  }

  /// Puts a key into an insert event whose first column is the hidden key.
  static func assign(_ value: Int64, in draft: RecordDraft, _ range: Range<Int>) {
    let position: Int
    do throws(CBORError) {
      position = try draft.events.withSpan(range) { (event) throws(CBORError) in
        var reader = CBORReader(event)
        _ = try reader.readEventHead()
        _ = try reader.readUnsigned()
        _ = try reader.readArray()
        return reader.position
      }
    } catch { preconditionFailure("an event that was just encoded does not decode: \(error)") }
    draft.events.store(bigEndian: value, at: range.lowerBound + position + 1)
  }
}
