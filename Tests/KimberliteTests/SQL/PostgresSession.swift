// SPDX-License-Identifier: Apache-2.0
// A connection to PostgreSQL by its socket, with the simple query of its protocol: for tests that
// compare answers where there is a server.

import Glibc

/// A session of user postgres in a database, without a password.
final class PostgresSession {
  private let socket: Int32
  private var buffer: [UInt8] = []

  /// `nil` where no server listens in the folder.
  init?(folder: String, database: String) {
    socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { bytes in
      bytes.copyBytes(from: "\(folder)/.s.PGSQL.5432".utf8.prefix(bytes.count - 1))
    }
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard connected == 0 else { return nil }
    let words = Array("user\0postgres\0database\0\(database)\0client_encoding\0UTF8\0\0".utf8)
    send(Self.bytes(UInt32(words.count + 8)) + Self.bytes(196_608) + words)
    guard answer().error == nil else { return nil }
  }

  deinit { close(socket) }

  func run(_ sql: String) -> StatementAnswer {
    let body = Array(sql.utf8) + [0]
    send([UInt8(ascii: "Q")] + Self.bytes(UInt32(body.count + 4)) + body)
    return answer()
  }

  private func answer() -> StatementAnswer {
    var answer = StatementAnswer()
    var areBoolean: [Bool] = []
    while let (kind, body) = message() {
      var place = 2
      switch kind {
      case UInt8(ascii: "T"):
        areBoolean = (0..<Self.number(body, 0, 2)).map { _ in
          place = (body[place...].firstIndex(of: 0) ?? place) + 1
          defer { place += 18 }
          return Self.number(body, place + 6, 4) == 16
        }
      case UInt8(ascii: "D"):
        answer.rows.append(
          areBoolean.map { isBoolean in
            let count = Self.number(body, place, 4)
            place += 4
            if count < 0 { return "NULL" }
            defer { place += count }
            let text = String(decoding: body[place..<place + count], as: UTF8.self)
            return isBoolean ? (text == "t" ? "true" : "false") : text
          })
      case UInt8(ascii: "E"):
        for field in body.split(separator: 0) {
          let text = String(decoding: field.dropFirst(), as: UTF8.self)
          if field.first == UInt8(ascii: "C") { answer.error = text }
          if field.first == UInt8(ascii: "M") { answer.message = text }
        }
      case UInt8(ascii: "Z"): return answer
      default: break
      }
    }
    return StatementAnswer(error: "PostgreSQL hung up")
  }

  private func message() -> (UInt8, [UInt8])? {
    guard let head = take(5), let body = take(Self.number(head, 1, 4) - 4) else { return nil }
    return (head[0], body)
  }

  private func take(_ count: Int) -> [UInt8]? {
    var block = [UInt8](repeating: 0, count: 65_536)
    while buffer.count < count {
      let read = recv(socket, &block, block.count, 0)
      if read <= 0 { return nil }
      buffer += block[..<read]
    }
    defer { buffer.removeFirst(count) }
    return Array(buffer[..<count])
  }

  private func send(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let sent = Glibc.send(socket, Array(rest), rest.count, 0)
      if sent <= 0 { return }
      rest = rest.dropFirst(sent)
    }
  }

  private static func bytes(_ number: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }

  /// A number of two or four bytes; four are signed.
  private static func number(_ bytes: [UInt8], _ at: Int, _ count: Int) -> Int {
    let word = bytes[at..<at + count].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return count == 4 ? Int(Int32(bitPattern: word)) : Int(word)
  }
}
