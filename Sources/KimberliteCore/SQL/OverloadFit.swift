// SPDX-License-Identifier: Apache-2.0
// Which overload a call means: PostgreSQL manual, "Function Type Resolution".

/// How well a function's parameters suit a call, worse ones first.
struct OverloadFit: Comparable {
  /// Arguments that need no conversion.
  private var exact = 0
  /// Arguments that are converted to the preferred type of their kind, or have none of their own.
  private var preferred = 0
  /// How far the other conversions lead.
  private var distance = 0

  /// `nil`: an argument cannot be converted.
  init?(_ arguments: [SQLType?], _ parameters: [SQLType]) {
    for (argument, parameter) in zip(arguments, parameters) {
      guard let argument else {
        // A literal without a type is rather a text.
        preferred += parameter.family == .text ? 2 : parameter.isPreferred ? 1 : 0
        continue
      }
      if argument.base == parameter.base {
        exact += 1
      } else if Conversion.convert("", argument, parameter, .implicit) != nil {
        if parameter.isPreferred { preferred += 1 }
        distance += abs(parameter.rank - argument.rank)
      } else {
        return nil
      }
    }
  }

  static func < (a: OverloadFit, b: OverloadFit) -> Bool {
    (a.exact, a.preferred, -a.distance) < (b.exact, b.preferred, -b.distance)
  }
}

extension SQLType {
  /// The type that PostgreSQL prefers in each category.
  fileprivate var isPreferred: Bool {
    switch self {
    case .boolean, .double, .text, .timestamptz, .interval: true
    default: false
    }
  }
}
