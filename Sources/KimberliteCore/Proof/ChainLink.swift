// SPDX-License-Identifier: Apache-2.0
// The link between an old chain and the new one: a C2SP signed note over both ends. kb-log(5),
// Chains.

/// The statement that one chain goes on in place of another.
public struct ChainLink: Sendable, Equatable {
  /// What was left behind, and the first record that is another one.
  public var chain: Rechain
  /// The end of the new chain, whose last record says the same.
  public var new: Checkpoint

  private static let headline = "kimberlite/chain-link/v1"

  /// A link of known parts.
  public init(chain: Rechain, new: Checkpoint) {
    self.chain = chain
    self.new = new
  }

  /// What is signed, with the key of either chain: what it is, the first record that is another
  /// one, and both checkpoints.
  public var text: String { "\(Self.headline)\n\(chain.from)\n\(chain.old.text)\(new.text)" }

  /// Reads what `text` writes, and nothing else.
  public init(text: String) throws(FormatError) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count == 9, let from = UInt64(lines[1]) else {
      throw FormatError(at: 0, "it is no link of two chains")
    }
    func checkpoint(_ lines: ArraySlice<Substring>) throws(FormatError) -> Checkpoint {
      try Checkpoint(text: lines.map { $0 + "\n" }.joined())
    }
    let old = try checkpoint(lines[2..<5])
    self.init(chain: Rechain(old: old, from: from), new: try checkpoint(lines[5..<8]))
    if self.text != text { throw FormatError(at: 0, "it is no link of two chains") }
  }
}
