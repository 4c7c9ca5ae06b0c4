// SPDX-License-Identifier: Apache-2.0

import Kimberlite
import KimberliteCore
import KimberliteTool

extension PurgePlan {
  /// The line that shows a plan.
  var line: String {
    var line = ByteBuffer()
    line.append(utf8: "{\"type\":\"plan\",\"digest\":\"\(digest.hex)\",\"object\":")
    line.append(jsonString: name)
    line.append(
      utf8:
        ",\"scope\":\"\(scope.rawValue)\",\"rows\":\(rowCount),\"versions\":\(versionCount),\"events\":\(erasures.eventCount),\"records\":\(erasures.recordCount),\"segments\":["
    )
    line.append(list: segments)
    line.append(utf8: "],\"segment_bytes\":\(segmentBytes),\"view\":\"view.sqlite\",\"indexes\":[")
    line.append(list: indexes)
    line.append(utf8: "],\"subject_keys\":\(subjectKeys.count)}\n")
    return String(decoding: line.array(), as: UTF8.self)
  }
}

extension DuePurge {
  /// The line of a retention rule, and that of the plan where something is due.
  var lines: String {
    var line = ByteBuffer()
    line.append(utf8: "{\"type\":\"due\",\"table\":")
    line.append(jsonString: plan.name)
    line.append(utf8: ",\"rows\":\(plan.rowCount),\"held\":[")
    for (index, hold) in held.enumerated() {
      if index > 0 { line.append(UInt8(ascii: ",")) }
      line.append(utf8: "{\"matter\":")
      line.append(jsonString: hold.matter)
      line.append(utf8: ",\"rows\":\(hold.rows)}")
    }
    line.append(utf8: "]}\n")
    return String(decoding: line.array(), as: UTF8.self)
      + (plan.erasures.isEmpty ? "" : plan.line)
  }
}

extension PendingPurge {
  /// The line of an order that waits.
  var line: String {
    let time = notBefore.map { SQLType.timestamptz.format(.integer(Int64($0 / 1000))) } ?? ""
    return "{\"type\":\"ordered\",\"order\":\(offset),\"not_before\":\"\(time)\"}\n"
  }
}

extension PurgeOutcome {
  /// The line that says what was erased.
  var line: String {
    "{\"type\":\"purged\",\"order\":\(order),\"completion\":\(completion),\"scope\":\"\(scope.rawValue)\",\"events\":\(events),\"records\":\(records),\"segments\":\(segments),\"subject_keys\":\(subjectKeys),\"searched_bytes\":\(searchedBytes)}\n"
  }
}

extension ChainLink {
  /// The line that says which chain took the place of which.
  func line(archive: String) -> String {
    var line = ByteBuffer()
    line.append(
      utf8:
        "{\"type\":\"rechained\",\"from\":\(chain.from),\"old\":{\"origin\":\"\(chain.old.origin.text)\",\"records\":\(chain.old.size),\"root\":\"\(chain.old.root.hex)\"},\"new\":{\"origin\":\"\(new.origin.text)\",\"records\":\(new.size),\"root\":\"\(new.root.hex)\"},\"archive\":"
    )
    line.append(jsonString: archive)
    line.append(utf8: "}\n")
    return String(decoding: line.array(), as: UTF8.self)
  }
}

extension ByteBuffer {
  fileprivate mutating func append(list: [String]) {
    for (index, text) in list.enumerated() {
      if index > 0 { append(UInt8(ascii: ",")) }
      append(jsonString: text)
    }
  }
}
