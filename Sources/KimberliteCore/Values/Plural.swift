// SPDX-License-Identifier: Apache-2.0

extension BinaryInteger {
  /// The number with a noun: `1 record`, `2 records`.
  public func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
