// SPDX-License-Identifier: Apache-2.0
// What a change of a portion of a period asks at run time.

extension FunctionRegistry {
  static let periodFunctions: [ScalarFunction] = [
    ScalarFunction("kb_portion", 2) { (arguments) throws(SQLError) in
      guard case .integer(let from) = arguments[0], case .integer(let to) = arguments[1] else {
        throw SQLError(.init("22004"), "an end of FOR PORTION OF cannot be NULL")
      }
      if from >= to {
        throw SQLError(
          .invalidParameterValue, "the portion of FOR PORTION OF ends before it begins")
      }
      return .integer(1)
    }
  ]
}
