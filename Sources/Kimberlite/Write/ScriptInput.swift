// SPDX-License-Identifier: Apache-2.0

internal import KimberliteCore

/// SQL text as it arrives, cut where a statement ends.
///
/// Memory is bounded by the longest statement.
public final class ScriptInput {
  /// Whole statements.
  public struct Piece: Sendable {
    /// The text.
    public var text: String
    /// The input it comes from, and where it begins there: `setup.sql:17`.
    public var name: String
  }

  /// Text beyond this is cut at an earlier line that ends a statement.
  private static let pieceBytes = 1 << 20
  private let source: InputSource
  /// Whether input ended because the run was asked to.
  public private(set) var wasStopped = false
  private var isOpen = false
  private var pending: [UInt8] = []
  private var line = 1

  /// Input from files in order, or from standard input.
  public init(paths: [String], stopDescriptor: Int32) {
    source = InputSource(paths: paths, stopDescriptor: stopDescriptor)
  }

  /// The next statements that are there; waits for them.
  ///
  /// `nil` at the end or when stopped.
  public func next() throws(DatabaseError) -> Piece? {
    while true {
      if !isOpen {
        guard try source.nextFile() else { return nil }
        isOpen = true
        line = 1
      }
      switch try source.read(milliseconds: -1) {
      case .bytes:
        source.chunk.withSpan(0..<source.chunk.count) { pending += $0.array() }
        source.chunk.removeAll()
        if let piece = try whole() { return piece }
      case .endOfFile:
        isOpen = false
        if !pending.isEmpty { return try take(pending.count) }
      case .stop:
        wasStopped = true
        return nil
      case .pause: break
      }
    }
  }

  /// Everything pending if it ends a statement; of much text, the part that does.
  private func whole() throws(DatabaseError) -> Piece? {
    if let text = String(validating: pending, as: UTF8.self), Parser.isComplete(text) {
      return try take(pending.count)
    }
    guard pending.count > Self.pieceBytes else { return nil }
    var end = pending.count
    while let newline = pending[..<end].lastIndex(of: 0x0a) {
      if let text = String(validating: pending[..<newline], as: UTF8.self),
        Parser.isComplete(text)
      {
        return try take(newline + 1)
      }
      end = newline
      // A single statement of this length: there is no cut to find before it ends.
      if pending.count - end > Self.pieceBytes { break }
    }
    if pending.count > Limits.statementBytesMax {
      throw DatabaseError(
        .data,
        "\(source.name):\(line): a statement is longer than \(Limits.statementBytesMax >> 20) MiB")
    }
    return nil
  }

  private func take(_ count: Int) throws(DatabaseError) -> Piece {
    guard let text = String(validating: pending[..<count], as: UTF8.self) else {
      throw DatabaseError(.data, "\(source.name):\(line): the input is not UTF-8")
    }
    let piece = Piece(text: text, name: "\(source.name):\(line)")
    line += text.utf8.count { $0 == 0x0a }
    pending.removeFirst(count)
    return piece
  }
}
