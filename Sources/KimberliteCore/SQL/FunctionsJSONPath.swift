// SPDX-License-Identifier: Apache-2.0
// The functions that take a JSON path: (target, path[, variables[, silent]]).

extension FunctionRegistry {
  static let jsonPathFunctions: [ScalarFunction] = [
    ScalarFunction(strict: "kb_jsonb_path_exists", -1) { (arguments) throws(SQLError) in
      let call = try JSONPathCall(arguments)
      return try call.unlessSilent { () throws(SQLError) in
        var isFound = false
        // In strict mode an error behind the first item counts.
        try call.run {
          _ in
          isFound = true
          return call.path.isLax
        }
        return .integer(isFound ? 1 : 0)
      } ?? .null
    },
    ScalarFunction(strict: "kb_jsonb_path_match", -1) { (arguments) throws(SQLError) in
      let call = try JSONPathCall(arguments)
      let items = try call.items()
      if items.count == 1 {
        switch items[0] {
        case .boolean(let truth): return .integer(truth ? 1 : 0)
        case .null: return .null
        default: break
        }
      }
      if call.isSilent { return .null }
      throw SQLError(.init("22038"), "single boolean result is expected")
    },
    ScalarFunction(strict: "kb_jsonb_path_query_array", -1) { (arguments) throws(SQLError) in
      .text(try JSONValue.array(try JSONPathCall(arguments).items()).text())
    },
    ScalarFunction(strict: "kb_jsonb_path_query_first", -1) { (arguments) throws(SQLError) in
      guard let first = try JSONPathCall(arguments).items().first else { return .null }
      return .text(try first.text())
    },
  ]
}

/// One call of a function with a path.
struct JSONPathCall {
  let path: JSONPath
  let isSilent: Bool
  private let target: JSONValue
  private let variables: JSONObject

  init(_ arguments: [Value]) throws(SQLError) {
    target = try arguments[0].json()
    path = try JSONPathParser.parse(try arguments[1].string())
    isSilent = arguments.count > 3 && arguments[3] == .integer(1)
    guard arguments.count > 2 else {
      variables = JSONObject()
      return
    }
    guard case .object(let object) = try arguments[2].json() else {
      throw SQLError(
        .invalidParameterValue, "\"vars\" argument is not an object",
        hint: "variables are the members of an object: '{\"x\": 1}'")
    }
    variables = object
  }

  func run(_ sink: JSONPathEvaluator.Sink) throws(SQLError) {
    var evaluator = JSONPathEvaluator(path, over: target, variables: variables)
    _ = try evaluator.run(path.expression, sink)
  }

  /// `nil` where it fails over its data and should not say so.
  func unlessSilent<R>(_ body: () throws(SQLError) -> R) throws(SQLError) -> R? {
    do throws(SQLError) { return try body() } catch {
      if isSilent, error.isOfData { return nil }
      throw error
    }
  }

  /// All items; where it is silent, those before what fails.
  func items() throws(SQLError) -> [JSONValue] {
    var items: [JSONValue] = []
    _ = try unlessSilent { () throws(SQLError) in
      try run {
        items.append($0)
        return false
      }
    }
    return items
  }
}
