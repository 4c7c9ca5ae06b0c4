// SPDX-License-Identifier: Apache-2.0
// How an index of words lies in the view: an FTS5 table with a row for each version of a row of the
// table, also of the past. It has the indexed texts, and, not searched, the key of the version and
// the offset that made it.

/// Names of an index of words in the view.
public enum FullTextNames {
  /// The FTS5 table.
  public static func table(_ index: ObjectID) -> String { "kb_fts_\(index)" }
  /// The column with a part of the key.
  public static func key(_ place: Int) -> String { "kb_key_\(place)" }
  /// The column with the offset that made the version.
  public static let from = "kb_from"
}
