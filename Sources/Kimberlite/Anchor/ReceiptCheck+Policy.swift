// SPDX-License-Identifier: Apache-2.0

public import KimberliteCore

extension ReceiptVerdict {
  /// Checks a receipt's text as `init(_:keys:)` does, and that its checkpoint is believed by a
  /// policy, where there is one.
  public init(
    _ text: String, keys: [VerifierKey], policy: TrustPolicy?
  ) throws(FormatError) {
    guard let policy else {
      try self.init(text, keys: keys)
      return
    }
    let witnesses = policy.witnesses.map(\.key)
    try self.init(text, keys: keys + policy.logs + witnesses) { stated, signers in
      let own = signers.filter { $0.name == stated.checkpoint.origin.text }
      if !own.contains(where: keys.contains) {
        return "the checkpoint is not signed with the key given"
      }
      if !policy.logs.isEmpty, !own.contains(where: policy.logs.contains) {
        return "the checkpoint is not signed by a log of the policy"
      }
      return policy.isMet { signers.contains(witnesses[$0]) }
        ? nil : "the checkpoint has not the quorum '\(policy.quorumName)' of the policy"
    }
  }
}
