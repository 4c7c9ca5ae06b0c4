// SPDX-License-Identifier: Apache-2.0
// Which functions answer otherwise though their arguments are the same.

enum Volatility {
  /// Whether two calls in one statement may differ.
  static func isVolatile(_ function: String) -> Bool {
    volatile.contains(function) || function.contains("random") || function.contains("uuid")
  }

  /// Whether two calls in different statements may differ.
  static func isMutable(_ function: String) -> Bool {
    isVolatile(function) || stable.contains(function)
  }

  private static let volatile: Set<String> = [
    "nextval", "currval", "lastval", "setval", "clock_timestamp", "timeofday", "setseed",
  ]

  private static let stable: Set<String> = [
    "now", "current_timestamp", "transaction_timestamp", "statement_timestamp", "localtimestamp",
    "current_date", "current_time", "localtime", "age", "current_user", "current_role", "user",
    "session_user", "current_schema", "current_catalog", "current_database", "version",
  ]
}
