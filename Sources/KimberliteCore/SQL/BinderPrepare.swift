// SPDX-License-Identifier: Apache-2.0
// What PREPARE and EXECUTE need of the binder: the types of parameters, and values for them.

extension Binder {
  /// The SQLite text of a value that EXECUTE gives to a parameter of a type.
  public func text(of argument: Expression, as type: SQLType) throws(SQLError) -> String {
    var binding = Binding(self)
    binding.scopes = [Scope(.execute)]
    let bound = try binding.coerce(try binding.bind(argument), to: type, .assignment)
    try binding.requireNoParameters(in: "EXECUTE", at: argument.position)
    return binding.text(bound)
  }
}

extension Plan {
  /// The parameters that a statement uses, each as often as a part of it does.
  public var parameters: [ParameterSlot] {
    switch self {
    case .query(let plan), .explain(let plan): plan.parameters
    case .insert(let plan):
      plan.source.parameters + (plan.conflict?.update?.parameters ?? [])
        + (plan.returning?.parameters ?? [])
    case .update(let plan): plan.source.parameters + (plan.returning?.parameters ?? [])
    case .delete(let plan): plan.source.parameters + (plan.returning?.parameters ?? [])
    case .merge(let plan):
      plan.source.parameters + plan.clauses.flatMap(\.program.parameters)
    case .combined(let plan):
      plan.parts.flatMap(\.plan.parameters) + plan.last.parameters
    case .schema, .transaction: []
    }
  }
}
