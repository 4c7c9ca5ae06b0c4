// SPDX-License-Identifier: Apache-2.0
// Hints for misspelt names.

/// The name of `names` that `wrong` was probably meant to be: at most a third of it is different.
func nearestName(to wrong: String, among names: [String]) -> String? {
  guard wrong.utf8.count <= Limits.nameBytesMax else { return nil }
  let lowered = Array(wrong.lowercased().unicodeScalars)
  var best: (name: String, distance: Int)?
  for name in names {
    let distance = editDistance(lowered, Array(name.lowercased().unicodeScalars))
    if distance <= max(1, lowered.count / 3), distance < best?.distance ?? .max {
      best = (name, distance)
    }
  }
  return best?.name
}

/// "did you mean …?", if a candidate is near.
public func nearestHint(to name: String, among candidates: [String]) -> String? {
  nearestName(to: name, among: candidates).map { "did you mean \"\($0)\"?" }
}

/// Edits that turn one text into the other: insert, delete, replace, or swap two neighbours
/// (optimal string alignment).
private func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
  var before: [Int] = []
  var row = Array(0...b.count)
  for i in a.indices {
    var next = [i + 1]
    for j in b.indices {
      var cost = min(row[j + 1] + 1, next[j] + 1, row[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
      next.append(cost)
    }
    before = row
    row = next
  }
  return row[b.count]
}
