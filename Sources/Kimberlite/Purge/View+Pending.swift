// SPDX-License-Identifier: Apache-2.0

internal import KimberliteCore

extension View {
  /// The purge orders without an end, oldest first.
  func pendingPurges() throws(SQLiteError) -> [PendingPurge] {
    let find = try connection.prepare(
      """
      SELECT offset, not_before FROM kb_purges
      WHERE offset NOT IN (SELECT purge FROM kb_purge_ends) ORDER BY offset
      """)
    var pending: [PendingPurge] = []
    while try find.step() {
      pending.append(
        PendingPurge(
          offset: UInt64(find.integer(0)),
          notBefore: find.isNull(1) ? nil : UInt64(find.integer(1))))
    }
    return pending
  }

  /// Whether keys of erased rows are kept, to know them again by.
  func hasDenied() throws(SQLiteError) -> Bool {
    try connection.prepare("SELECT 1 FROM kb_denied LIMIT 1").step()
  }
}
