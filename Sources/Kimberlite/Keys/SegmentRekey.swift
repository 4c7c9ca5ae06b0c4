// SPDX-License-Identifier: Apache-2.0
// Encrypts a segment anew: written beside it, read back, compared, renamed over it. What is
// encrypted keeps its length, so every byte position and every index stays as it was.

internal import KimberliteCore

/// A segment that gets another data key.
struct SegmentRekey {
  let directory: LogDirectory
  let file: any DiskFile
  let header: SegmentHeader

  private var name: String { directory.segmentPath(header.firstOffset) }

  func run() throws(LogError) {
    guard let old = try directory.keys.dataKey(of: header),
      let new = try directory.keys.newDataKey()
    else { throw try directory.keys.missing() }
    var renewed = header
    renewed.keyBlock = new.block
    let temporary = name + LogDirectory.temporarySuffix
    let copy = try directory.disk.open(temporary, .replace)
    var head = ByteBuffer()
    head.append(renewed)
    try copy.write(head.span, at: 0)
    let (opener, sealer) = (Cipher(old), Cipher(new.secret))
    switch header.kind {
    case .active: try copyFrames(to: copy, opener, sealer)
    case .sealed: try copyBlocks(to: copy, opener, sealer)
    }
    try copy.synchronize()
    try compare(copy, old, new.secret, renewed)
    try directory.disk.rename(temporary, to: name)
    try directory.disk.synchronizeDirectory(directory.segmentsPath)
  }

  private func damaged(_ offset: UInt64, at position: some BinaryInteger, _ what: String)
    -> LogError
  {
    .damaged(LogDirectory.damage(header.firstOffset, offset: offset, at: position, what))
  }

  // MARK: Active

  private func copyFrames(
    to copy: any DiskFile, _ opener: Cipher, _ sealer: Cipher
  ) throws(LogError) {
    var cursor = FrameCursor(file: file, segment: header)
    var output = ByteBuffer(capacity: 1 << 20)
    var position = cursor.position
    var plain = ByteBuffer()
    var sealed = ByteBuffer()
    defer { plain.wipe() }
    while case .frame = try next(&cursor) {
      plain.wipe()
      guard opener.open(cursor.storedBody, with: cursor.encodedHeader, to: &plain) else {
        throw damaged(cursor.header.offset, at: cursor.position, "the body does not decrypt")
      }
      sealed.removeAll()
      sealer.seal(plain.span, with: cursor.encodedHeader, to: &sealed)
      var frame = cursor.frame
      frame.bodyCRC = CRC32C.of(sealed.span)
      output.append(frame, cursor.header)
      sealed.withUnsafeBytes { output.append($0) }
      if output.count >= 1 << 20 { try flush(&output, to: copy, &position) }
    }
    try flush(&output, to: copy, &position)
    guard try TornTail(file: file, from: cursor.position, to: file.byteCount()).usedByteCount == 0
    else { throw damaged(cursor.head.count, at: cursor.position, "bytes behind the last frame") }
  }

  private func next(_ cursor: inout FrameCursor) throws(LogError) -> FrameCursor.Step {
    let step = try cursor.next()
    if case .bad(let fault) = step {
      throw damaged(cursor.head.count, at: fault.position, fault.what)
    }
    return step
  }

  private func flush(
    _ output: inout ByteBuffer, to copy: any DiskFile, _ position: inout UInt64
  ) throws(LogError) {
    if output.isEmpty { return }
    try copy.write(output.span, at: position)
    position += UInt64(output.count)
    output.removeAll()
  }

  // MARK: Sealed

  private func copyBlocks(
    to copy: any DiskFile, _ opener: Cipher, _ sealer: Cipher
  ) throws(LogError) {
    let segment = try SealedSegment(file: file, header: header)
    var stored = ByteBuffer()
    for index in segment.footer.blocks.indices {
      let position = segment.footer.blocks[index].position
      stored.removeAll()
      try file.read(
        at: position, count: Int(segment.endPosition(of: index) - position), into: &stored)
      if let fault = renew(&stored, opener, sealer) {
        throw damaged(segment.footer.blocks[index].firstOffset, at: position, fault)
      }
      try copy.write(stored.span, at: position)
    }
    stored.removeAll()
    let rest = try file.byteCount() - segment.footerPosition
    try file.read(at: segment.footerPosition, count: Int(rest), into: &stored)
    try copy.write(stored.span, at: segment.footerPosition)
  }

  /// Encrypts the bodies of a block anew; answers what is wrong with it.
  private func renew(_ block: inout ByteBuffer, _ opener: Cipher, _ sealer: Cipher) -> String? {
    var old: BlockHeader
    do throws(FormatError) { old = try BlockHeader(block.span) } catch { return error.what }
    let middle = BlockHeader.byteCount + Int(old.storedHeadersByteCount)
    guard block.count == old.blockByteCount, old.isEncrypted else { return "no such block" }
    var associated = ByteBuffer(capacity: 64)
    associated.append(associated: old, in: header.logID)
    var plain = ByteBuffer(capacity: block.count)
    defer { plain.wipe() }
    guard
      opener.open(
        block.span.extracting(middle..<block.count), with: associated.span, to: &plain)
    else { return StoredBody.fault(isEncrypted: true, "the bodies do") }
    var sealed = ByteBuffer(capacity: block.count)
    sealer.seal(plain.span, with: associated.span, to: &sealed)
    var renewed = ByteBuffer(capacity: block.count)
    old.bodiesCRC = CRC32C.of(sealed.span)
    renewed.append(old)
    renewed.append(block.span.extracting(BlockHeader.byteCount..<middle))
    sealed.withUnsafeBytes { renewed.append($0) }
    swap(&block, &renewed)
    return nil
  }

  // MARK: Comparison

  /// Holds what the disk gives back against the old segment, record by record.
  private func compare(
    _ copy: any DiskFile, _ old: SecretBytes, _ new: SecretBytes, _ renewed: SegmentHeader
  ) throws(LogError) {
    var source = try SegmentRecords(file: file, segment: header, key: old)
    var target = try SegmentRecords(file: copy, segment: renewed, key: new)
    var before = ByteBuffer()
    var after = ByteBuffer()
    var salts = Salts()
    defer {
      before.wipe()
      after.wipe()
    }
    while try source.next() {
      guard try target.next(), source.header == target.header else { throw differs(source.head) }
      try source.read(into: &before, erasing: Erasures(), &salts)
      try target.read(into: &after, erasing: Erasures(), &salts)
      guard before.span.elementsEqual(after.span) else { throw differs(source.head) }
    }
    guard try !target.next(), source.head == target.head else { throw differs(source.head) }
  }

  private func differs(_ head: Head) -> LogError {
    .damaged(
      Damage(
        file: LogDirectory.segmentName(header.firstOffset) + LogDirectory.temporarySuffix,
        offset: head.count, what: "the copy under the new key differs"))
  }
}
