// SPDX-License-Identifier: Apache-2.0

/// A value as it is stored: one of SQLite's classes.
///
/// Its `SQLType` tells what it means.
///
/// See `SQLType.storageClass` for the representation of each type.
public enum Value: Sendable, Equatable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])
}
