// SPDX-License-Identifier: Apache-2.0
// Who is wrong when the log seems not to be what the view says it is. The view is derived and its
// word is worth less: the log is asked without it.

internal import KimberliteCore

extension LogPosition {
  /// Runs what goes by this place, which a view states; damage that it meets is the view's where
  /// the log, walked on its own, has the records and not the place.
  func judged<R: ~Copyable>(
    by log: LogReader, _ body: () throws(LogError) -> R
  ) throws(DatabaseError) -> R {
    do throws(LogError) { return try body() } catch {
      var failure = DatabaseError(error)
      guard case .damaged = error else { throw failure }
      let isOfLog: Bool?
      // What the walk itself meets is damage of the log, and said already.
      do throws(LogError) { isOfLog = try log.confirms(self) } catch { throw failure }
      switch isOfLog {
      case true?: break
      case false?: failure.message = Self.viewIsWrong
      case nil: failure.message += "; so says view.sqlite: \(Self.endIsMissing)"
      }
      throw failure
    }
  }

  /// What to do about a view whose state is not the log's.
  static let viewIsWrong =
    "view.sqlite states another place than the log, which is intact there; delete view.sqlite to rebuild it"
  /// What to do about a log that ends before its view.
  static let endIsMissing = "restore the log, or delete view.sqlite to go on with what is left"
}
