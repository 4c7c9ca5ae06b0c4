// SPDX-License-Identifier: Apache-2.0
// Views, comments, and what changes of the catalog they are. Catalog.swift has the tables.

/// A view as it is at one offset: a query by a name.
public struct StoredView: Sendable, Equatable {
  /// Its number, never used again.
  public var id: ObjectID
  /// Its name.
  public var name: String
  /// Its columns: their names, and the types that they have as long as the view is there.
  public var columns: [ViewColumn]
  /// The query, each `*` written out.
  public var text: String
  /// The offset of the record that created it.
  public var createdAt: UInt64
  /// A view of known parts.
  public init(id: ObjectID, name: String, columns: [ViewColumn], text: String, createdAt: UInt64) {
    self.id = id
    self.name = name
    self.columns = columns
    self.text = text
    self.createdAt = createdAt
  }
}

/// A column of a view.
public struct ViewColumn: Sendable, Equatable {
  /// Its name.
  public var name: String
  /// Its type.
  public var type: SQLType
  /// A column of known parts.
  public init(name: String, type: SQLType) {
    self.name = name
    self.type = type
  }
}

/// What a comment is about.
public enum CommentTarget: Sendable, Equatable {
  /// A table, view, index, sequence or stream.
  case object(ObjectID)
  /// A column; those of a view are numbered from 1.
  case column(ObjectID, ColumnID)
  case constraint(ObjectID, String)

  /// What it belongs to.
  var object: ObjectID {
    switch self {
    case .object(let id), .column(let id, _), .constraint(let id, _): id
    }
  }
}

/// What somebody says of a part of the catalog.
struct Comment: Sendable, Equatable {
  var target: CommentTarget
  var text: String
}

/// A change of views, and of what tables are made of.
public enum Definition: Sendable, Equatable {
  case createView(StoredView)
  /// Another view takes the place of the one with its id.
  case replaceView(StoredView)
  case dropView(ObjectID)
  case createSequence(StoredSequence)
  /// How the sequence with this id counts from now on.
  case alterSequence(StoredSequence)
  case dropSequence(ObjectID)
  /// How far a sequence is: of the view, no part of the catalog.
  case setSequence(SequencePosition)
  case addConstraint(ObjectID, Constraint)
  /// A constraint under its old name: how it is from now on.
  case alterConstraint(ObjectID, String, Constraint)
  case dropConstraint(ObjectID, String)
  /// How the column with this id is from now on; its values stay as they are.
  case alterColumn(ObjectID, Column)
  /// A new column takes the place of an old one, whose values stay with the past.
  case retypeColumn(ObjectID, ColumnID, Column)
  /// How the index with this id is from now on: its name.
  case alterIndex(Index)
  /// `nil`: nothing is said any more.
  case comment(CommentTarget, String?)
}

extension Catalog {
  /// The view of a name, if there is one.
  public func view(named name: String) -> StoredView? { views.first { $0.name == name } }
  /// The view with an id, if it exists at this offset.
  public func view(_ id: ObjectID) -> StoredView? { views.first { $0.id == id } }

  /// What is said of a part.
  public func comment(on target: CommentTarget) -> String? {
    comments.first { $0.target == target }?.text
  }

  /// The names of all that can stand in FROM.
  var relationNames: [String] { tables.map(\.name) + streams.map(\.name) + views.map(\.name) }
  /// Their ids, in the same order.
  var relationIDs: [ObjectID] { tables.map(\.id) + streams.map(\.id) + views.map(\.id) }

  /// Whether a change is of what there is.
  func accepts(_ definition: Definition) -> Bool {
    switch definition {
    case .createView(let new): view(new.id) == nil && new.id >= nextID
    case .replaceView(let new): view(new.id) != nil
    case .dropView(let id): view(id) != nil
    case .createSequence(let new): sequence(new.id) == nil && new.id >= nextID && new.isSound
    case .alterSequence(let new): sequence(new.id) != nil && new.isSound
    case .dropSequence(let id): sequence(id) != nil
    case .setSequence(let position): sequence(position.id) != nil
    case .addConstraint(let id, let new):
      table(id).map { $0.constraint(named: new.name) == nil && $0.has(new.columns) } ?? false
    case .alterConstraint(let id, let name, let new):
      table(id).map { $0.constraint(named: name) != nil && $0.has(new.columns) } ?? false
    case .alterColumn(let id, let new):
      table(id)?.columns.contains {
        $0.id == new.id && $0.storageName == new.storageName && $0.fill == new.fill
          && $0.type.storageClass == new.type.storageClass
      } ?? false
    case .retypeColumn(let id, let old, let new):
      table(id).map { $0.has(old) && new.id >= $0.nextColumnID && $0.subject != old } ?? false
    case .alterIndex(let new):
      indexes.contains { $0.id == new.id && $0.table == new.table }
        && table(new.table).map { $0.has(new.columns.map(\.id)) } ?? false
    case .dropConstraint(let id, let name):
      table(id)?.constraints.contains { $0.name == name && !$0.isPrimaryKey } ?? false
    case .comment(let target, _): has(target)
    }
  }

  private func has(_ target: CommentTarget) -> Bool {
    switch target {
    case .object(let id):
      return relationIDs.contains(id) || sequence(id) != nil || indexes.contains { $0.id == id }
    case .column(let id, let column):
      if let view = view(id) { return column >= 1 && column <= view.columns.count }
      return table(id)?.has(column) ?? false
    case .constraint(let id, let name):
      return table(id)?.constraint(named: name) != nil
    }
  }

  mutating func apply(_ definition: Definition) {
    switch definition {
    case .createView(let view):
      views.append(view)
      nextID = max(nextID, view.id + 1)
    case .replaceView(let new):
      for index in views.indices where views[index].id == new.id { views[index] = new }
    case .createSequence(let new):
      sequences.append(new)
      nextID = max(nextID, new.id + 1)
    case .alterSequence(let new):
      for index in sequences.indices where sequences[index].id == new.id { sequences[index] = new }
    case .dropSequence(let id):
      sequences.removeAll { $0.id == id }
      comments.removeAll { $0.target.object == id }
    case .setSequence: break
    case .dropView(let id):
      views.removeAll { $0.id == id }
      comments.removeAll { $0.target.object == id }
    case .addConstraint(let id, let new): edit(id) { $0.constraints.append(new) }
    case .alterConstraint(let id, let name, let new):
      for index in comments.indices where comments[index].target == .constraint(id, name) {
        comments[index].target = .constraint(id, new.name)
      }
      edit(id) { table in
        for index in table.constraints.indices where table.constraints[index].name == name {
          table.constraints[index] = new
        }
      }
    case .alterColumn(let id, let new):
      edit(id) { $0.columns[$0.position(of: new.id)] = new }
    case .retypeColumn(let id, let old, let new):
      for index in comments.indices where comments[index].target == .column(id, old) {
        comments[index].target = .column(id, new.id)
      }
      for index in sequences.indices
      where sequences[index].owner == SequenceOwner(table: id, column: old) {
        sequences[index].owner?.column = new.id
      }
      edit(id) { table in
        table.columns[table.position(of: old)] = new
        table.nextColumnID = new.id + 1
        for index in table.constraints.indices {
          table.constraints[index].replace(old, by: new.id)
        }
      }
    case .alterIndex(let new):
      for index in indexes.indices where indexes[index].id == new.id { indexes[index] = new }
    case .dropConstraint(let id, let name):
      comments.removeAll { $0.target == .constraint(id, name) }
      edit(id) { $0.constraints.removeAll { $0.name == name } }
    case .comment(let target, let text):
      comments.removeAll { $0.target == target }
      if let text { comments.append(Comment(target: target, text: text)) }
    }
  }

  /// A table goes, and its indexes: so does what is said of them.
  mutating func forgetComments(ofTable id: ObjectID) {
    let gone = [id] + indexes.filter { $0.table == id }.map(\.id)
    comments.removeAll { gone.contains($0.target.object) }
  }
}

extension Table {
  fileprivate func has(_ ids: [ColumnID]) -> Bool { ids.allSatisfy(has) }
}

extension Constraint {
  /// Goes on with another column in place of one.
  fileprivate mutating func replace(_ old: ColumnID, by new: ColumnID) {
    func replaced(_ ids: [ColumnID]) -> [ColumnID] { ids.map { $0 == old ? new : $0 } }
    switch kind {
    case .primaryKey(let ids): kind = .primaryKey(replaced(ids))
    case .unique(let ids): kind = .unique(replaced(ids))
    case .withoutOverlaps(let ids): kind = .withoutOverlaps(replaced(ids))
    case .check, .foreignKey: break
    }
  }
}

extension StoredSequence {
  /// Whether it can count.
  fileprivate var isSound: Bool {
    increment != 0 && minimum < maximum && (minimum...maximum).contains(start) && type.isInteger
  }
}
