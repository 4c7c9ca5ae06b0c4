// SPDX-License-Identifier: Apache-2.0
// The data of TPC-H, made here: same keys, ranges and relations as its specification has
// (clause 4.2.3), from a seeded generator of our own. As TSV with a line of names, which our
// kb-append, PostgreSQL's COPY and the loader of SQLite all read.

internal import Glibc

struct TPCHData {
  /// 1 is six million lines of orders.
  let scale: Double

  var suppliers: Int { max(10, Int(10_000 * scale)) }
  var parts: Int { max(200, Int(200_000 * scale)) }
  var customers: Int { max(150, Int(150_000 * scale)) }
  var orders: Int { customers * 10 }

  /// Writes TABLE.tsv for each table.
  func write(to folder: String) throws {
    try file("region", in: folder) { row in
      for (key, name) in TPCHWords.regions.enumerated() {
        row.add(key).add(name).text(31...115).end()
      }
    }
    try file("nation", in: folder) { row in
      for (key, nation) in TPCHWords.nations.enumerated() {
        row.add(key).add(nation.0).add(nation.1).text(31...114).end()
      }
    }
    try file("supplier", in: folder, supplierRows)
    try file("part", in: folder, partRows)
    try file("partsupp", in: folder, partSupplierRows)
    try file("customer", in: folder, customerRows)
    let lines = try TSV("\(folder)/lineitem.tsv", TPCHSchema.table("lineitem"), seed: 8)
    try file("orders", in: folder) { row in try orderRows(row, lines) }
    try lines.finish()
  }

  private func file(_ name: String, in folder: String, _ rows: (TSV) throws -> Void) throws {
    let seed = TPCHSchema.tables.firstIndex { $0.name == name } ?? 0
    let file = try TSV("\(folder)/\(name).tsv", TPCHSchema.table(name), seed: UInt64(seed))
    try rows(file)
    try file.finish()
  }

  private func supplierRows(_ row: TSV) throws {
    // Five of ten thousand are complained about, five recommended.
    let marked = max(1, suppliers / 2_000)
    for key in 1...suppliers {
      let nation = row.below(25)
      row.add(key).add("Supplier#", key, width: 9).letters(10...40).add(nation).phone(nation)
      row.money(row.in(-99_999...999_999))
      if key % (suppliers / marked) == 3 {
        row.text(10...30, "Customer ", 3...9, "Complaints").end()
      } else if key % (suppliers / marked) == 7 {
        row.text(10...30, "Customer ", 3...9, "Recommends").end()
      } else {
        row.text(25...100).end()
      }
    }
  }

  private func partRows(_ row: TSV) throws {
    for key in 1...parts {
      let maker = row.in(1...5)
      row.add(key)
      row.add((0..<5).map { _ in row.one(of: TPCHWords.colours) }.joined(separator: " "))
      row.add("Manufacturer#", maker, width: 1).add("Brand#", maker * 10 + row.in(1...5), width: 2)
      row.add(
        row.one(of: TPCHWords.grades) + " " + row.one(of: TPCHWords.finishes) + " "
          + row.one(of: TPCHWords.metals))
      row.add(row.in(1...50))
      row.add(row.one(of: TPCHWords.sizes) + " " + row.one(of: TPCHWords.shapes))
      row.money(price(key)).text(5...22).end()
    }
  }

  /// The retail price of a part, in cents.
  private func price(_ part: Int) -> Int { 90_000 + part / 10 % 20_001 + 100 * (part % 1_000) }

  /// One of the four suppliers of a part; other than the specification's, different ones at
  /// every scale.
  private func supplier(_ part: Int, _ index: Int) -> Int {
    (part + (part - 1) / suppliers + index * (suppliers / 4)) % suppliers + 1
  }

  private func partSupplierRows(_ row: TSV) throws {
    for part in 1...parts {
      for index in 0..<4 {
        row.add(part).add(supplier(part, index)).add(row.in(1...9_999))
        row.money(row.in(100...100_000)).text(49...198).end()
      }
    }
  }

  private func customerRows(_ row: TSV) throws {
    for key in 1...customers {
      let nation = row.below(25)
      row.add(key).add("Customer#", key, width: 9).letters(10...40).add(nation).phone(nation)
      row.money(row.in(-99_999...999_999)).add(row.one(of: TPCHWords.segments)).text(29...116)
      row.end()
    }
  }

  private func orderRows(_ row: TSV, _ line: TSV) throws {
    let first = Day.number(1992, 1, 1)
    let last = Day.number(1998, 12, 31) - 151
    let clerks = max(1, Int(1_000 * scale))
    for index in 0..<orders {
      // Eight of 32 keys are used, and a third of the customers never orders.
      let key = index / 8 * 32 + index % 8 + 1
      var customer = row.in(1...customers)
      if customer % 3 == 0 { customer = max(1, customer - 1) }
      let day = row.in(first...last)
      var total = 0.0
      var shipped = 0
      let count = row.in(1...7)
      for number in 1...count {
        let sold = lineRow(line, key, number, day)
        total += sold.cents
        if sold.isShipped { shipped += 1 }
      }
      row.add(key).add(customer).add(shipped == count ? "F" : shipped == 0 ? "O" : "P")
      row.money(Int(total.rounded())).add(Day.text(day)).add(row.one(of: TPCHWords.priorities))
      row.add("Clerk#", row.in(1...clerks), width: 9).add(0).text(19...78).end()
    }
  }

  private func lineRow(_ line: TSV, _ order: Int, _ number: Int, _ day: Int) -> (
    cents: Double, isShipped: Bool
  ) {
    let today = Day.number(1995, 6, 17)
    let part = line.in(1...parts)
    let quantity = line.in(1...50)
    let (discount, tax) = (line.in(0...10), line.in(0...8))
    let shipped = day + line.in(1...121)
    let committed = day + line.in(30...90)
    let received = shipped + line.in(1...30)
    let cents = quantity * price(part)
    line.add(order).add(part).add(supplier(part, line.below(4))).add(number)
    line.money(quantity * 100).money(cents).money(discount).money(tax)
    line.add(received > today ? "N" : line.below(2) == 0 ? "R" : "A")
    line.add(shipped > today ? "O" : "F")
    line.add(Day.text(shipped)).add(Day.text(committed)).add(Day.text(received))
    line.add(line.one(of: TPCHWords.instructions)).add(line.one(of: TPCHWords.modes))
    line.text(10...43).end()
    let charged = Double(cents) * Double(100 + tax) / 100 * Double(100 - discount) / 100
    return (charged, shipped <= today)
  }
}

/// Days since 1970 and back, proleptic Gregorian.
enum Day {
  static func number(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + ofYear - 719_468
  }

  static func text(_ number: Int) -> String {
    var year = 1970 + number / 366
    while self.number(year + 1, 1, 1) <= number { year += 1 }
    var month = 1
    while month < 12, self.number(year, month + 1, 1) <= number { month += 1 }
    let day = number - self.number(year, month, 1) + 1
    return "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
  }
}
