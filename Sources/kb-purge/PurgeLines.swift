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
    line.append(utf8: "]}\n")
    return String(decoding: line.array(), as: UTF8.self)
  }
}

extension PurgeOutcome {
  /// The line that says what was erased.
  var line: String {
    "{\"type\":\"purged\",\"order\":\(order),\"completion\":\(completion),\"scope\":\"\(scope.rawValue)\",\"events\":\(events),\"records\":\(records),\"segments\":\(segments),\"searched_bytes\":\(searchedBytes)}\n"
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
