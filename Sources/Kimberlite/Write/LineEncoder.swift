// SPDX-License-Identifier: Apache-2.0

internal import KimberliteCore

/// Turns lines into whole events of a table or a stream.
struct LineEncoder: ~Copyable {
  private let target: LineReader.Target
  private let options: IngestOptions
  private var rows: RowEncoder?
  private(set) var needsHeader = false
  private var sequence: UInt64 = 0
  private let hasPersonal: Bool

  init(_ target: LineReader.Target, _ options: IngestOptions) {
    self.target = target
    self.options = options
    if case .stream(_, let next) = target { sequence = next }
    hasPersonal = if case .table(let table, _) = target { table.hasPersonal } else { false }
  }

  /// Gets ready for a new file: a delimited one has its own header.
  mutating func beginFile() {
    guard case .table(let table, let defaults) = target else { return }
    if options.format == .ndjson {
      if rows == nil { rows = RowEncoder(table: table, defaults: defaults.constants) }
    } else {
      needsHeader = true
    }
  }

  /// Takes the header of a delimited file.
  mutating func readHeader(_ line: Span<UInt8>) throws(InputError) {
    guard case .table(let table, let defaults) = target else { return }
    rows = try RowEncoder(
      table: table, format: options.format, header: line, defaults: defaults.constants)
    needsHeader = false
  }

  /// Appends the events of one line to a batch; on an error the batch is as it was.
  mutating func encode(_ line: Span<UInt8>, into batch: Batch) throws(InputError) {
    let before = batch.events.count
    do throws(InputError) {
      switch target {
      case .table(let table, let defaults):
        let mark = defaults.mark
        try setDefaults(defaults)
        batch.events.appendEventHead(.insert, table.id)
        // The true key needs the record's offset, which the applying side knows.
        try rows?.encode(line: line, into: &batch.events, hiddenKey: HiddenKey.unassigned)
        if hasPersonal { try encodePersonal(line, table, into: batch) }
        // A line that brings its own values takes none.
        var takesNone = true
        for position in defaults.fed where rows?.isGiven(position) != true { takesNone = false }
        if takesNone { defaults.mark = mark }
        batch.sequences = defaults.mark
      case .stream(let stream, _):
        let text = line.extracting(Self.trimmed(line))
        try JSONValidator.validate(text)
        batch.events.appendStreamEventHead(stream.id, sequence: sequence, id: nil, type: nil)
        batch.events.appendCBOR(validUTF8: text)
        sequence += 1
      }
      if batch.events.count - before > Limits.eventBytesMax {
        throw InputError(.programLimit, column: 1, "the row is larger than 64 MiB")
      }
    } catch {
      batch.events.truncate(to: before)
      if batch.splits.count > batch.ends.count { batch.splits.removeLast() }
      throw error
    }
    batch.ends.append(batch.events.count)
  }

  private mutating func setDefaults(_ defaults: DefaultValues) throws(InputError) {
    do throws(SQLError) {
      for (position, value) in try defaults.fresh() { rows?.setDefault(value, at: position) }
    } catch { throw InputError(error.state, column: 1, error.message) }
  }

  private mutating func encodePersonal(
    _ line: Span<UInt8>, _ table: Table, into batch: Batch
  ) throws(InputError) {
    batch.splits.append(batch.events.count)
    batch.events.appendEventHead(.personal, table.id)
    try rows?.encodePersonal(line: line, into: &batch.events)
  }

  private static func trimmed(_ line: Span<UInt8>) -> Range<Int> {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d }
    var range = 0..<line.count
    while !range.isEmpty, isBlank(line[range.lowerBound]) { range.removeFirst() }
    while !range.isEmpty, isBlank(line[range.upperBound - 1]) { range.removeLast() }
    return range
  }
}
