// SPDX-License-Identifier: Apache-2.0

/// How the view stores where a version ended: column `_to` of its tables.
///
/// Zero while it is live, which takes no byte in SQLite's row nor in any index; else the offset
/// that ended it less 2^62, which is below zero, so that later ends are greater and live is the
/// greatest.
public enum VersionEnd {
  /// `_to` of a live version.
  public static let live = 0

  /// `_to` of a version that ended at an offset; -1 stands for before the first.
  public static func stored(_ offset: Int64) -> Int64 { offset - (1 << 62) }

  /// The SQL of `stored` over an offset.
  public static func stored(sql offset: String) -> String { "\(offset) - \(Int64(1) << 62)" }

  /// The SQL of the offset that ended a version; NULL while it is live.
  static let offset = "CASE WHEN \"_to\" < 0 THEN \"_to\" + \(Int64(1) << 62) END"
}
