// SPDX-License-Identifier: Apache-2.0
// Whether a log that left a chain behind says so with the keys of both. kb-log(5), Chains.

internal import KimberliteCore

extension VerifyJoint {
  /// Sizes at which links of chains state a root.
  func linkSizes() throws(LogError) -> [UInt64] { try linkNames().compactMap(Self.size) }

  /// Holds what records say of old chains against their links, and these against the tree.
  mutating func checkLinks(_ given: [VerifierKey]) throws(LogError) {
    let chains = report.chains.sorted { $0.key < $1.key }
    // A key that was given is the only one of its name.
    let own = chains.isEmpty ? [] : try LogKeys(directory: directory).verifiers()
    let keys = given + own.filter { key in !given.contains { $0.name == key.name } }
    for (offset, chain) in chains {
      let name = "\(LogDirectory.chainsName)/\(offset + 1)\(LogDirectory.linkSuffix)"
      // The records that it was signed for may have been left behind as well since.
      let isLeft = chains.contains { $0.key > offset && $0.value.from <= offset }
      let damage = try check(name, chain, size: offset + 1, isLeft: isLeft, keys)
      if let damage { add(damage.kind, damage.damage) }
    }
    // What records say that cannot be read is not known.
    for name in try report.unread > 0 ? [] : linkNames() {
      if name.hasSuffix(LogDirectory.temporarySuffix) { continue }
      if let size = Self.size(name), report.chains[size &- 1] != nil { continue }
      add(
        .stray,
        Damage(
          file: "\(LogDirectory.chainsName)/\(name)", what: "no record says what it links"))
    }
  }

  private func check(
    _ name: String, _ chain: Rechain, size: UInt64, isLeft: Bool, _ keys: [VerifierKey]
  ) throws(LogError) -> Finding? {
    func finding(_ kind: Finding.Kind, _ what: String) -> Finding {
      Finding(kind, Damage(file: name, offset: size - 1, what: what))
    }
    let path = "\(directory.path)/\(name)"
    guard try directory.disk.exists(path) else {
      return finding(.missing, "the link to the old chain is missing")
    }
    let bytes = try directory.disk.contents(of: path, limit: Checkpoint.byteCountMax) ?? []
    let note: SignedNote
    let link: ChainLink
    do throws(FormatError) {
      note = try SignedNote(String(decoding: bytes, as: UTF8.self))
      link = try ChainLink(text: note.text)
    } catch { return finding(.checkpoint, error.what) }
    guard link.chain == chain, link.new.size == size, link.new.logID == report.logID else {
      return finding(.checkpoint, "the link is another than the record says")
    }
    guard let signers = note.signers(among: keys)?.map(\.name),
      [chain.old.origin, link.new.origin].allSatisfy({ signers.contains($0.text) })
    else { return finding(.checkpoint, "the link is not signed with the keys of both chains") }
    if isLeft || roots[size] == link.new.root { return nil }
    return finding(.checkpoint, "the Merkle root of \(size.counted("record")) differs")
  }

  private func linkNames() throws(LogError) -> [String] {
    let folder = "\(directory.path)/\(LogDirectory.chainsName)"
    return try directory.disk.exists(folder) ? directory.disk.list(folder) : []
  }

  /// The size in the name of a link; `nil` for a stray file.
  private static func size(_ name: String) -> UInt64? {
    guard name.hasSuffix(LogDirectory.linkSuffix),
      let size = UInt64(name.dropLast(LogDirectory.linkSuffix.utf8.count)), size > 0,
      "\(size)\(LogDirectory.linkSuffix)" == name
    else { return nil }
    return size
  }
}
