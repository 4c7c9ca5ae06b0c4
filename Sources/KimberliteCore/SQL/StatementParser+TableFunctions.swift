// SPDX-License-Identifier: Apache-2.0
// Functions in FROM.

extension StatementParser {
  /// Whether a function in FROM begins here.
  var isAtTableFunction: Bool {
    let first = at("lateral") ? 1 : 0
    let name = peek(first)
    return peek(first + 1).isSymbol("(")
      && (name.kind == .quoted || (name.kind == .word && Keywords.canNameFunction(name.text)))
  }

  /// `[LATERAL] f(…) [WITH ORDINALITY] [[AS] t [(columns)]]`.
  ///
  /// LATERAL says nothing here: the arguments see what stands before the function without it.
  mutating func tableFunction() throws(SQLError) -> TableReference {
    _ = accept("lateral")
    let expression = try call()
    guard case .call(let call) = expression.kind else {
      throw syntaxError(expected: "a function")
    }
    var function = TableFunction(call)
    function.ordinality = accept("with", "ordinality")
    let isAs = accept("as")
    guard at(symbol: "(") || (isAs ? true : isAtName && !at("set")) else {
      return .function(function, alias: nil)
    }
    var name = call.name
    if !at(symbol: "(") { name = try self.name("an alias") }
    var columns: [Name] = []
    if accept(symbol: "(") {
      repeat {
        columns.append(try self.name("a column name"))
        if !at(symbol: ","), !at(symbol: ")") {
          function.definitions.append((columns[columns.count - 1], try typeName()))
        }
      } while accept(symbol: ",")
      try expect(symbol: ")")
      if !function.definitions.isEmpty, function.definitions.count < columns.count {
        throw syntaxError(expected: "a type for each column")
      }
    }
    return .function(
      function,
      alias: TableAlias(name: name, columns: function.definitions.isEmpty ? columns : []))
  }
}
