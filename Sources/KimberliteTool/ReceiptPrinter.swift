// SPDX-License-Identifier: Apache-2.0

public import Kimberlite

/// Prints receipts as records become durable; called on the commit thread.
public final class ReceiptPrinter: @unchecked Sendable {
  // Sendable: a Monitor-free design — the commit thread alone prints until it is joined by
  // Writer.close, and only then does the main thread look.
  private var failure: Failure?

  /// A printer that has printed nothing.
  public init() {}

  /// Prints the lines of records that are durable.
  public func print(_ receipts: [Receipt]) {
    guard failure == nil else { return }
    do throws(Failure) {
      try Output.write(receipts.map { $0.line() }.joined())
    } catch { failure = error }
  }

  /// Throws what printing failed with.
  public func finish() throws(Failure) {
    if let failure { throw failure }
  }
}
