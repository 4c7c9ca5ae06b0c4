// SPDX-License-Identifier: Apache-2.0
// How a match is taken apart: a tree of those parts of a pattern whose bounds matter. Follows the
// rules of PostgreSQL manual 9.7.3.5 as Henry Spencer's compiler (regcomp.c) carries them out.

/// What a part prefers, and why it may have to be taken apart.
struct RegexTraits: OptionSet {
  let rawValue: Int

  static let longest = RegexTraits(rawValue: 1)
  static let shortest = RegexTraits(rawValue: 2)
  /// Parts of it prefer the one, others the other.
  static let mixed = RegexTraits(rawValue: 4)
  static let captures = RegexTraits(rawValue: 8)
  static let refersBack = RegexTraits(rawValue: 16)

  /// Whether its inner bounds matter.
  var isMessy: Bool { !isDisjoint(with: [.mixed, .captures, .refersBack]) }

  var preference: RegexTraits { intersection([.longest, .shortest]) }

  /// What is seen from outside: preferences only where they differ.
  var lifted: RegexTraits {
    var result = subtracting([.longest, .shortest])
    if isSuperset(of: [.longest, .shortest]) { result.insert(.mixed) }
    return result
  }

  /// Two parts in one: the preference of the first that has one.
  func combined(with other: RegexTraits) -> RegexTraits {
    union(other).lifted.union(preference.isEmpty ? other.preference : preference)
  }
}

/// A part of a pattern.
indirect enum RegexPart {
  /// Whose inside does not matter.
  case plain(RegexTraits, RegexSyntax)
  case concatenation(RegexTraits, RegexPart, RegexPart)
  case choice(RegexTraits, [RegexPart])
  case capture(RegexTraits, Int, RegexPart)
  case iteration(RegexTraits, RegexPart, Int, maximum: Int?)
  case backReference(RegexTraits, Int, RegexSyntax, Int, maximum: Int?)

  var traits: RegexTraits {
    switch self {
    case .plain(let traits, _), .concatenation(let traits, _, _), .choice(let traits, _),
      .capture(let traits, _, _), .iteration(let traits, _, _, _),
      .backReference(let traits, _, _, _, _):
      traits
    }
  }

  /// What it matches, as syntax.
  var syntax: RegexSyntax {
    switch self {
    case .plain(_, let syntax): syntax
    case .concatenation(_, let left, let right): .sequence([left.syntax, right.syntax])
    case .choice(_, let parts): .choice(parts.map(\.syntax))
    case .capture(_, _, let part): part.syntax
    case .iteration(_, let part, let minimum, let maximum):
      .repeated(part.syntax, minimum, maximum: maximum, nil)
    case .backReference(_, _, let group, let minimum, let maximum):
      .repeated(group, minimum, maximum: maximum, nil)
    }
  }

  init(_ syntax: RegexSyntax) {
    switch syntax {
    case .choice(let branches):
      let parts = branches.map { RegexPart($0) }
      let traits = parts.reduce(RegexTraits.longest) { $0.combined(with: $1.traits) }
      self = traits.isMessy ? .choice(traits, parts) : .plain(traits, syntax)
    case .sequence(let items): self = Self.branch(items[...])
    default: self = Self.branch([syntax])
    }
  }

  /// A run of plain items, then one that is not, then the rest.
  private static func branch(_ items: ArraySlice<RegexSyntax>) -> RegexPart {
    var traits: RegexTraits = []
    var run: [RegexSyntax] = []
    var rest = items
    while let item = rest.first {
      let more = traits.union(Self.traits(of: item))
      if more.lifted.isMessy { break }
      traits = more
      run.append(item)
      rest.removeFirst()
    }
    let prefix = RegexPart.plain(traits, .sequence(run))
    guard let item = rest.popFirst() else { return prefix }
    var result = Self.messy(item)
    if !rest.isEmpty { result = result.followed(by: Self.branch(rest)) }
    return run.isEmpty ? result : prefix.followed(by: result)
  }

  private func followed(by other: RegexPart) -> RegexPart {
    .concatenation(traits.combined(with: other.traits), self, other)
  }

  /// The traits of an item as it stands in a branch.
  private static func traits(of item: RegexSyntax) -> RegexTraits {
    switch item {
    case .empty, .scalar, .set, .assertion, .look: []
    case .capture: [.captures]
    case .backReference: [.refersBack]
    case .sequence, .choice: RegexPart(item).traits
    case .repeated(let inner, _, _, let preference):
      traits(of: inner).union(Self.traits(preference))
    }
  }

  private static func traits(_ preference: RegexPreference?) -> RegexTraits {
    switch preference {
    case .longest: .longest
    case .shortest: .shortest
    case nil: []
    }
  }

  private static func atom(_ item: RegexSyntax) -> RegexPart {
    switch item {
    case .capture(let number, let inner):
      let part = RegexPart(inner)
      return .capture(part.traits.union(.captures), number, part)
    case .backReference(let number, let group):
      return .backReference(.refersBack, number, group, 1, maximum: 1)
    default: return RegexPart(item)
    }
  }

  /// An item with a capture, a back reference or parts that prefer differently.
  private static func messy(_ item: RegexSyntax) -> RegexPart {
    guard case .repeated(let inner, let minimum, let maximum, let preference) = item else {
      return atom(item)
    }
    let part = atom(inner)
    let prefers = traits(preference)
    let all = prefers.combined(with: part.traits)
    if maximum == 0 { return .plain([], .empty) }
    if case .backReference(_, let number, let group, _, _) = part {
      return .backReference(all, number, group, minimum, maximum: maximum)
    }
    if minimum == 1, maximum == 1,
      prefers.isEmpty || part.traits.isDisjoint(with: [.longest, .shortest, .mixed])
        || prefers == part.traits.intersection([.longest, .shortest, .mixed])
    {
      return part
    }
    if part.traits.isDisjoint(with: [.captures, .refersBack]) { return .plain(all, item) }
    if minimum > 0, !part.traits.contains(.refersBack) {
      // Only the last round's captures are kept: those before it are one plain part.
      let before = RegexSyntax.repeated(
        inner, minimum - 1, maximum: maximum.map { $0 - 1 }, preference)
      return .concatenation(all, .plain(all.preference, before), part)
    }
    return .iteration(all, part, minimum, maximum: maximum)
  }
}
