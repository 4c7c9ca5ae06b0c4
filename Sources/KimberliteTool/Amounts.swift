// SPDX-License-Identifier: Apache-2.0
// Durations and sizes as people write them: 500ms, 30s, 5m; 64K, 256M, 1G.

public import ArgumentParser

/// A duration as the value of an option.
public struct DurationArgument: ExpressibleByArgument, Sendable {
  /// The duration; more than nothing.
  public var duration: Duration

  private static let units: [(suffix: String, milliseconds: Int)] = [
    ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
  ]

  /// Reads a whole number and its unit.
  public init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && $0.isNumber }
    let unit = Self.units.first { $0.suffix == argument.dropFirst(digits.count) }
    guard let unit, let count = Int(digits), count > 0 else { return nil }
    let (milliseconds, overflow) = count.multipliedReportingOverflow(by: unit.milliseconds)
    if overflow { return nil }
    duration = .milliseconds(milliseconds)
  }
}

/// A size in bytes as the value of an option.
public struct SizeArgument: ExpressibleByArgument, Sendable {
  /// Bytes; more than none.
  public var bytes: Int

  /// Reads a whole number, alone or with K, M or G behind it.
  public init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && $0.isNumber }
    let shift: Int? =
      switch argument.dropFirst(digits.count) {
      case "": 0
      case "K": 10
      case "M": 20
      case "G": 30
      default: nil
      }
    guard let shift, let count = Int(digits), count > 0, count <= Int.max >> shift else {
      return nil
    }
    bytes = count << shift
  }
}
