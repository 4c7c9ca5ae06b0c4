// SPDX-License-Identifier: Apache-2.0
// A plan of a purge says how many rows meet a condition: whoever asks for one looks.

internal import KimberliteCore

extension AccessLog {
  /// Makes the plan of a request and notes it, where reads are audited.
  func noting(
    _ request: PurgeRequest, audits: Bool, _ newest: UInt64?, _ context: Context,
    _ plan: () throws(DatabaseError) -> PurgePlan
  ) throws(DatabaseError) -> PurgePlan {
    if !audits { return try plan() }
    let name =
      switch request.target {
      case .table(let name), .stream(let name): name
      }
    // Words in the form of a statement, so that its values are left out as those of one are.
    let text =
      "purge \(request.scope.rawValue) of \(Storage.quote(name)) where \(request.condition)"
    return try noting(
      AccessEntry(
        query: QueryFingerprint(text), tables: [name], rows: 0, asOf: nil, newest: newest),
      context: context, count: \.rowCount, plan)
  }

  /// Makes the plans of what is due and notes it, where reads are audited.
  func notingDue(
    audits: Bool, _ newest: UInt64?, _ context: Context,
    _ due: () throws(DatabaseError) -> [DuePurge]
  ) throws(DatabaseError) -> [DuePurge] {
    if !audits { return try due() }
    let entry = AccessEntry(
      query: QueryFingerprint("purge due"), tables: [], rows: 0, asOf: nil, newest: newest)
    return try noting(
      entry, context: context, count: { $0.reduce(0) { $0 + $1.plan.rowCount } }, due)
  }
}
