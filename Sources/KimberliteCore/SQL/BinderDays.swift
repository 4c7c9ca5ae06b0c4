// SPDX-License-Identifier: Apache-2.0
// A date compared with a moment, as days: the date stays as it is stored, so that an index on it
// serves. `DATE '1998-12-01' - INTERVAL '90 days'` is a TIMESTAMP, as PostgreSQL has it.

extension Binding {
  /// A date is before a moment when it is no later than the day of the microsecond before it.
  ///
  /// `nil`: something else is compared.
  func dayComparison(_ op: BinaryOperator, _ left: Bound, _ right: Bound) -> String? {
    func isMoment(_ bound: Bound) -> Bool { bound.type == .timestamp || bound.type == .timestamptz }
    if left.type == .date, isMoment(right) {
      return dayComparison(op, text(left), text(right))
    }
    guard right.type == .date, isMoment(left) else { return nil }
    let mirrored: BinaryOperator? =
      switch op {
      case .less: .greater
      case .lessOrEqual: .greaterOrEqual
      case .greater: .less
      case .greaterOrEqual: .lessOrEqual
      default: nil
      }
    return mirrored.flatMap { dayComparison($0, text(right), text(left)) }
  }

  private func dayComparison(_ op: BinaryOperator, _ date: String, _ moment: String) -> String? {
    switch op {
    case .less: "(\(date) <= kb_day_of(\(moment) - 1))"
    case .lessOrEqual: "(\(date) <= kb_day_of(\(moment)))"
    case .greater: "(\(date) > kb_day_of(\(moment)))"
    case .greaterOrEqual: "(\(date) > kb_day_of(\(moment) - 1))"
    default: nil
    }
  }
}
