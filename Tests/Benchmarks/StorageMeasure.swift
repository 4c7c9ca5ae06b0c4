// SPDX-License-Identifier: Apache-2.0
// Every row changed, in an order that jumps about; then what six versions of it weigh.

internal import Glibc
internal import Kimberlite

extension Bench {
  /// Changes every row once, here and in SQLite.
  func measureUpdate() throws {
    momentBeforeUpdate = try Reader(opening: log).newest
    let ours = try update(version: 2)
    guard wants("update") else { return }
    let database = try SQLitePeer(database)
    let sets = PatientBatch.columns.dropFirst().enumerated()
      .map { "\($0.element) = ?\($0.offset + 2)" }.joined(separator: ", ")
    let statement = try database.prepare("UPDATE patients SET \(sets) WHERE id = ?1")
    let theirs = try inBatches(ids: ScatteredIDs(count: rows), version: 2) { batch in
      try database.execute("BEGIN IMMEDIATE")
      try batch.bytes.withUnsafeBufferPointer { bytes in
        for row in 0..<batch.count { try statement.run(batch, bytes, row) }
      }
      try database.execute("COMMIT")
    }
    var line = Line(work: "update of every row, scattered")
    line.note =
      "kb-append --on-conflict update, as a process; SQLite: prepared UPDATE with the history "
      + "trigger, transactions of 1000. Time for each row"
    line.ours = Show.each(ours, rows)
    line.sqlite = Show.each(theirs, rows)
    line.measured = Show.ratio(ours.wall / theirs.wall)
    report.add(line)
  }

  private func update(version: Int) throws -> Cost {
    let path = folder + "/update.ndjson"
    try patients.write(ScatteredIDs(count: rows), version: version, to: path)
    defer { remove(path) }
    return try tool(
      ["kb-append", "--table", "patients", "--on-conflict", "update", log, path]
    ).cost
  }

  func measureStorage() throws {
    for version in 3...6 { _ = try update(version: version) }
    let hashed = try HashedBytes(log: log)
    let bytes = Double(logBytes(log))
    let view = Double(Files.size(log + "/view.sqlite"))
    let perMillion = 1e6 / Double(rows)
    var line = Line(work: "storage, \(rows) patients × 6 versions")
    line.note =
      "bytes of all segments; of \(Show.megabytes(Double(hashed.eventBytes))) of encoded events; "
      + "the view beside it takes \(Show.megabytes(view)) and can be deleted; aim for a million"
    line.ours = Show.megabytes(bytes)
    line.floor = Show.megabytes(Double(hashed.eventBytes))
    line.atMost(400e6 / perMillion, bytes, Show.megabytes)
    report.add(line)

    line = Line(work: "the same, saved by compression")
    line.ours = Show.megabytes(bytes)
    line.atLeast(0.6, 1 - bytes / Double(hashed.eventBytes), Show.percent)
    report.add(line)
  }
}
