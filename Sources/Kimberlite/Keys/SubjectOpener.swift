// SPDX-License-Identifier: Apache-2.0
// Opens what is under keys of subjects, record after record. kb-log(5), Subject keys.

internal import KimberliteCore

/// The subject keys that were used last, ready to decrypt.
///
/// Used by one thread.
struct SubjectOpener {
  /// Keys that are kept: records that follow one another are of the same subjects.
  private static let keysMax = 4096

  /// `nil` of a key that is destroyed.
  private var ciphers: [SubjectKeyID: Cipher?] = [:]

  /// Gets the keys that events are under.
  ///
  /// - Throws: `LogError.noSubjectKeys` where they are not there.
  mutating func load(_ ids: [SubjectKeyID], of log: LogID) throws(LogError) {
    if ciphers.count > Self.keysMax { ciphers = [:] }
    let unknown = Array(Set(ids.filter { ciphers[$0] == nil }))
    if unknown.isEmpty { return }
    for (id, key) in zip(unknown, try SubjectStore(of: log).keys(unknown)) {
      ciphers[id] = .some(key.map { Cipher($0) })
    }
  }

  /// Appends a sealed body with its events in the clear, and holes for those whose key is
  /// destroyed; `load` has its keys.
  func open(
    _ body: Span<UInt8>, count: Int, to opened: inout ByteBuffer
  ) throws(FormatError) {
    try RecordBody.append(opening: body, count: count, to: &opened) { id, envelope, plain in
      guard let known = ciphers[id] else { preconditionFailure("the keys of the body are loaded") }
      guard let cipher = known else { return .destroyed }
      return cipher.open(envelope, with: id.bytes.span, to: &plain) ? .opened : .refused
    }
  }

  /// Whether the key of an event of a loaded body is destroyed.
  func isDestroyed(_ id: SubjectKeyID) -> Bool {
    if case .some(.none) = ciphers[id] { true } else { false }
  }
}
