// SPDX-License-Identifier: Apache-2.0
// The syntax tree of what opens, divides and ends a transaction.

/// `BEGIN`, `COMMIT`, `ROLLBACK`, `SAVEPOINT` and what else is said about a transaction.
public enum TransactionStatement: Sendable {
  case begin(TransactionModes)
  /// `COMMIT [AND CHAIN]`
  case commit(chains: Bool)
  /// `ROLLBACK [AND CHAIN]`
  case rollback(chains: Bool)
  case savepoint(Name)
  case release(Name)
  case rollbackTo(Name)
  /// `SET TRANSACTION …`
  case setModes(TransactionModes)
  /// `SET CONSTRAINTS ALL | names …`; no names: all.
  case setConstraints([Name], areDeferred: Bool)
}

/// What BEGIN or SET TRANSACTION asks of a transaction.
///
/// Every isolation level is given as SERIALIZABLE: there is one writer, so it needs no word here.
public struct TransactionModes: Sendable, Equatable {
  /// `READ ONLY`, `READ WRITE`; `nil`: as it is.
  public var isReadOnly: Bool?
  /// Whether an isolation level is asked for.
  public var setsIsolation: Bool
  /// Modes of known parts.
  public init(isReadOnly: Bool? = nil, setsIsolation: Bool = false) {
    self.isReadOnly = isReadOnly
    self.setsIsolation = setsIsolation
  }
}
