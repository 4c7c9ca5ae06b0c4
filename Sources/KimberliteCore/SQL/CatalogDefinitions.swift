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
  case dropConstraint(ObjectID, String)
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
    case .dropConstraint(let id, let name):
      table(id)?.constraints.contains { $0.name == name && !$0.isPrimaryKey } ?? false
    case .comment(let target, _): has(target)
    }
  }

  private func has(_ target: CommentTarget) -> Bool {
    switch target {
    case .object(let id):
      relationIDs.contains(id) || indexes.contains { $0.id == id }
    case .column(let id, let column):
      table(id)?.has(column) ?? view(id).map { (1...$0.columns.count).contains(Int(column)) }
        ?? false
    case .constraint(let id, let name):
      table(id)?.constraints.contains { $0.name == name } ?? false
    }
  }

  mutating func apply(_ definition: Definition) {
    switch definition {
    case .createView(let view):
      views.append(view)
      nextID = max(nextID, view.id + 1)
    case .replaceView(let new):
      for index in views.indices where views[index].id == new.id { views[index] = new }
    case .dropView(let id):
      views.removeAll { $0.id == id }
      comments.removeAll { $0.target.object == id }
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
