// SPDX-License-Identifier: Apache-2.0

internal import KimberliteCore

/// Lines of input as events, on the way from the thread that reads to the one that applies.
final class Batch: @unchecked Sendable {
  // Sendable: whoever hands a batch on keeps no reference to it.
  var events = ByteBuffer(capacity: 1 << 16)
  /// Where the events of each line end in `events`.
  var ends: [Int] = []
  /// Where the personal event of each line begins, behind the row's own; empty for a target whose
  /// lines are one event each.
  var splits: [Int] = []
  /// The input and the line that the events come from.
  var lines: [Int] = []
  var name = ""
  /// The bytes of each line, kept where bad lines have to be shown.
  var raw = ByteBuffer(capacity: 16)
  var rawEnds: [Int] = []
  /// Lines taken in since the run began, up to and including this batch.
  var lineCount: Int64 = 0
  /// How far the sequences are that its lines took values from, and those before.
  var sequences: [SequencePosition] = []
  /// Whether the input has ended.
  var isLast = false
  /// Why reading ended before the input did.
  ///
  /// What is in the batch is not to be appended.
  var failure: DatabaseError?

  /// Makes ready to be filled again.
  func clear() {
    events.removeAll()
    ends.removeAll(keepingCapacity: true)
    splits.removeAll(keepingCapacity: true)
    lines.removeAll(keepingCapacity: true)
    raw.removeAll()
    rawEnds.removeAll(keepingCapacity: true)
    isLast = false
    sequences = []
    failure = nil
  }

  /// How many lines there are.
  var count: Int { ends.count }
  /// How many events there are.
  var eventCount: Int { ends.count + splits.count }

  /// Where the first event of a line is.
  func range(_ index: Int) -> Range<Int> {
    (index == 0 ? 0 : ends[index - 1])..<(splits.isEmpty ? ends[index] : splits[index])
  }

  /// Where the personal event of a line is, if lines have one.
  func personalRange(_ index: Int) -> Range<Int>? {
    splits.isEmpty ? nil : splits[index]..<ends[index]
  }

  func rawRange(_ index: Int) -> Range<Int> {
    (index == 0 ? 0 : rawEnds[index - 1])..<rawEnds[index]
  }
}
