// SPDX-License-Identifier: Apache-2.0

import Kimberlite
import KimberliteCore
import Testing

@Suite struct NoteTests {
  private let logKey: VerifierKey
  private let witnessKey: VerifierKey
  private let signingKey: SigningKey

  init() throws {
    logKey = try VerifierKey(text: NoteVectors.logKey)
    witnessKey = try VerifierKey(text: NoteVectors.witnessKey)
    signingKey = try SigningKey(line: Array(NoteVectors.logSigningKey.utf8))
  }

  @Test func `keys read back what they write, and the halves belong together`() throws {
    #expect(logKey.text == NoteVectors.logKey)
    #expect(witnessKey.text == NoteVectors.witnessKey)
    #expect(witnessKey.algorithm == .cosignature)
    #expect(signingKey.verifier == logKey)
    signingKey.withLine { #expect($0.elementsEqual(NoteVectors.logSigningKey.utf8)) }
    // The same public key has another id as another kind.
    let other = VerifierKey(
      name: witnessKey.name, algorithm: .ed25519, publicKey: witnessKey.publicKey)
    #expect(VerifierKey.hex(other.id) == "8d80a84f")
  }

  @Test func `no other spelling of a key is one`() {
    let text = NoteVectors.logKey
    for bad in [
      "", "+", "++", String(text.dropLast()), text + " ", " " + text, text + "\n",
      text.replacing("ce90cee9", with: "ce90cee8"), text.replacing("ce90cee9", with: "CE90CEE9"),
      text.replacing("/ledger", with: " ledger"), text.replacing("example", with: ""),
      text.replacing("+AYU", with: "+AoU"), text.replacing("KQ/", with: "KQ+"),
    ] where bad != text.replacing("example", with: "") {
      #expect(throws: FormatError.self, "\(bad)") { try VerifierKey(text: bad) }
    }
    for bad in ["", "PRIVATE+KEY+", NoteVectors.logKey, NoteVectors.logSigningKey + "="] {
      #expect(throws: FormatError.self, "\(bad)") { try SigningKey(line: Array(bad.utf8)) }
    }
  }

  @Test func `what others signed verifies, and we sign the same bytes`() throws {
    let exampleKey = try VerifierKey(text: NoteVectors.exampleKey)
    #expect(try SignedNote(NoteVectors.example).signers(among: [exampleKey]) == [exampleKey])
    for text in [NoteVectors.checkpoint, NoteVectors.empty] {
      let note = try SignedNote(text)
      #expect(note.encoded == text)
      #expect(note.signers(among: [logKey]) == [logKey])
      #expect(note.signers(among: [witnessKey]) == [])
      #expect([signingKey.sign(note.text)] == note.signatures)
    }
    let cosigned = try SignedNote(NoteVectors.cosigned)
    #expect(cosigned.encoded == NoteVectors.cosigned)
    #expect(cosigned.signers(among: [witnessKey, logKey]) == [logKey, witnessKey])
    #expect(cosigned.signatures.last?.cosignatureTime == NoteVectors.cosignatureTime)
  }

  @Test func `lines of unknown keys are kept as they are`() throws {
    let unknown = NoteSignature(
      name: "witness.example/pq", keyID: 7, bytes: [UInt8](repeating: 1, count: 2428))
    var note = try SignedNote(NoteVectors.checkpoint)
    note.add(unknown)
    note.add(unknown)
    #expect(try SignedNote(note.encoded) == note)
    #expect(note.signatures.count == 2)
    #expect(note.signers(among: [logKey]) == [logKey])
  }

  @Test(arguments: NoteVectors.bad.indices)
  func `a bad note is refused`(_ index: Int) throws {
    let (why, layer, text) = NoteVectors.bad[index]
    let note = try? SignedNote(text)
    switch layer {
    case "note":
      // Malformed, or not signed by the one key that is known.
      #expect(note?.signers(among: [logKey]) != [logKey], "\(why)")
    default:
      // The signature is good; what it signs is no checkpoint of the log.
      let note = try #require(note, "\(why)")
      #expect(note.signers(among: [logKey]) == [logKey], "\(why)")
      let ours = text.replacing(
        "example.com/ledger\n", with: "kimberlite/\(LogID(high: 1, low: 2).hex)\n")
      #expect(throws: FormatError.self, "\(why)") { try SignedCheckpoint(text: ours) }
    }
  }

  @Test func `a checkpoint is signed under its origin, of a branch too`() throws {
    let id = LogID(high: 1, low: 0xabc)
    for branch in [nil, 0x12ab, UInt32.max] {
      let origin = LogOrigin(logID: id, branch: branch)
      #expect(LogOrigin(text: origin.text) == origin)
      let key = SigningKey(random: origin.text)
      let signed = key.sign(Checkpoint(origin: origin, size: 3, root: .emptyRoot))
      let read = try SignedCheckpoint(text: signed.text)
      #expect(read == signed)
      #expect(read.note.signers(among: [key.verifier]) == [key.verifier])
      #expect(read.note.signers(among: [SigningKey(random: origin.text).verifier]) == [])
    }
    let text = LogOrigin(logID: id).text
    for bad in [
      "", "kimberlite/", text + "/", text + "/1", text + "/0000ABCD", text + "/00000001/",
      text.replacing("abc", with: "ABC"), text + " ",
    ] {
      #expect(LogOrigin(text: bad) == nil, "\(bad)")
    }
  }

  @Test func `a proof of another program reads, verifies, and is written the same`() throws {
    for (text, leaf) in [
      (NoteVectors.proof, NoteVectors.proofLeaf), (NoteVectors.proofOfOne, "entry-0"),
    ] {
      let proof = try TlogProof(text: text)
      #expect(proof.text == text)
      let lines = proof.note.text.split(separator: "\n")
      let root = try #require(Base64.decode(lines[2]))
      let size = try #require(UInt64(lines[1]))
      #expect(
        MerkleProof.verifiesInclusion(
          of: .leaf(Array(leaf.utf8).span), index: proof.index, size: size, proof: proof.path,
          root: Digest(root.span)))
    }
    let text = NoteVectors.proof
    for end in text.utf8.indices {
      let cut = String(decoding: text.utf8[..<end], as: UTF8.self)
      // A cut between two signature lines leaves a proof with fewer signatures.
      if let proof = try? TlogProof(text: cut) { #expect(proof.note.signatures.count == 1) }
    }
    for bad in [
      text.replacing("@v1", with: "@v2"), text.replacing("index 12345", with: "index 012345"),
      text.replacing("index 12345", with: "index -1"), text.replacing("extra Z", with: "extra  Z"),
      text.replacing("index 12345\n", with: ""), text.replacing("VEJ8", with: "VEJ9="),
    ] {
      #expect(throws: FormatError.self) { try TlogProof(text: bad) }
    }
  }

  @Test func `the extra data of a receipt reads back what it writes and nothing else`() throws {
    var events = CompactRange()
    let leaves = (0..<5).map { Digest.leaf([UInt8($0)].span) }
    for leaf in leaves { events.append(leaf) }
    let header = RecordHeader(
      logID: LogID(high: 3, low: 4), offset: 7, timestamp: 9, eventCount: 5, previous: .emptyRoot,
      eventsRoot: events.root)
    let path = MerkleProof.inclusion(of: 4, size: 5) { (low, high) in
      var range = CompactRange()
      for index in low..<high { range.append(leaves[Int(index)]) }
      return range.root
    }
    let salt = [UInt8](repeating: 5, count: 16)
    let contents: [ProvenEvent.Content?] = [
      nil, .hidden(leaves[4]), .disclosed(salt: salt, event: [1, 2, 3]),
    ]
    for content in contents {
      let record = ProvenRecord(
        header: header, event: content.map { ProvenEvent(index: 4, path: path, content: $0) })
      let extra = record.extra
      #expect(try ProvenRecord(extra: extra.span) == record)
      for count in 0..<extra.count where count != RecordHeader.byteCount {
        let cut = Array(extra[..<count])
        if case .disclosed = content, count > extra.count - 3 { continue }
        #expect(throws: FormatError.self) { try ProvenRecord(extra: cut.span) }
      }
      if case .disclosed = content { continue }
      #expect(throws: FormatError.self) { try ProvenRecord(extra: (extra + [0]).span) }
      #expect(record.isConsistent)
    }
    // Another salt or event is another leaf.
    let other = ProvenEvent(index: 4, path: path, content: .disclosed(salt: salt, event: [4]))
    #expect(!ProvenRecord(header: header, event: other).isConsistent)
  }
}
