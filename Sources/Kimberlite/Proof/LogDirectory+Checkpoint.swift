// SPDX-License-Identifier: Apache-2.0
// The checkpoint on demand, for those who do not write: kb-log(5), Checkpoint.

package import KimberliteCore

extension LogDirectory {
  /// A signed checkpoint of at least `count` records: the one that stands there, or a new one.
  package func checkpoint(
    covering count: UInt64, stateFolder: String?
  ) throws(LogError) -> SignedCheckpoint {
    let stated = try signedCheckpoint()
    if !stated.signatures.isEmpty, stated.checkpoint.size >= count { return stated }
    let keys = LogKeys(directory: self)
    guard let key = try keys.usableSigning(),
      let notary = Notary(self, key: key, stateFolder: stateFolder)
    else {
      throw .noSigningKey(
        path: path,
        why: stated.signatures.isEmpty
          ? "it has no key before it is written to again"
          : "its checkpoint has \(stated.checkpoint.size.counted("record")), and its key is not here"
      )
    }
    // Known before the end is looked for: a writer may go on meanwhile.
    let known = try notary.known(keys.verifiers())
    let reader = try LogReader(self)
    let (head, tree) = try reader.end()
    // What was seen above was written before, and is durable after this.
    try reader.synchronize()
    let end = Checkpoint(origin: notary.origin, size: head.count, root: tree.root)
    try notary.require(end, toContinue: known, met: nil)
    return try notary.publish(size: end.size, root: end.root, isDurable: true)
  }
}

extension LogReader {
  /// The end of the log and its tree: what is sealed by its footer, the rest by a walk.
  func end() throws(LogError) -> (head: Head, tree: CompactRange) {
    var tree = CompactRange()
    var head = Head.start
    for first in try directory.segments().reversed() {
      let (file, header) = try directory.openSegment(first)
      guard header.kind == .sealed else { continue }
      let sealed = try SealedSegment(file: file, header: header)
      tree = sealed.footer.tree
      head = sealed.head
      break
    }
    var cursor = try records(from: head.count)
    while try cursor.skip() {
      tree.append(cursor.hash)
      head = cursor.position.head
    }
    return (head, tree)
  }
}
