// SPDX-License-Identifier: Apache-2.0
// The tables of TPC-H for the three: the same keys and the same indexes on what refers to them.
// References are declared to none: checking them is not what is measured.

enum TPCHSchema {
  struct Column {
    var name: String
    var type: String

    /// What users of SQLite, which has neither, declare for decimals and dates.
    var plainType: String {
      if type == "INTEGER" { return type }
      return type.hasPrefix("NUMERIC") ? "REAL" : "TEXT"
    }
  }

  struct Table {
    var name: String
    var key: String
    var columns: [Column]
    var indexes: [String]

    init(_ name: String, key: String, _ columns: String, indexes: [String] = []) {
      self.name = name
      self.key = key
      self.indexes = indexes
      self.columns = columns.split(separator: ";").map { text in
        let words = text.split(whereSeparator: \.isWhitespace)
        return Column(name: String(words[0]), type: String(words[1]))
      }
    }

    /// `isPlain`: for SQLite.
    func create(isPlain: Bool) -> [String] {
      let list = columns.map { "\($0.name) \(isPlain ? $0.plainType : $0.type) NOT NULL" }
      return ["CREATE TABLE \(name) (\(list.joined(separator: ", ")), PRIMARY KEY (\(key)))"]
    }

    func createIndexes() -> [String] {
      indexes.enumerated().map { "CREATE INDEX \(name)_\($0.offset) ON \(name) (\($0.element))" }
    }
  }

  static func table(_ name: String) -> Table {
    guard let table = tables.first(where: { $0.name == name }) else {
      preconditionFailure("there is no such table")
    }
    return table
  }

  static let tables = [
    Table(
      "region", key: "r_regionkey",
      "r_regionkey INTEGER; r_name CHAR(25); r_comment VARCHAR(152)"),
    Table(
      "nation", key: "n_nationkey",
      "n_nationkey INTEGER; n_name CHAR(25); n_regionkey INTEGER; n_comment VARCHAR(152)",
      indexes: ["n_regionkey"]),
    Table(
      "supplier", key: "s_suppkey",
      """
      s_suppkey INTEGER; s_name CHAR(25); s_address VARCHAR(40); s_nationkey INTEGER;
      s_phone CHAR(15); s_acctbal NUMERIC(15,2); s_comment VARCHAR(101)
      """, indexes: ["s_nationkey"]),
    Table(
      "part", key: "p_partkey",
      """
      p_partkey INTEGER; p_name VARCHAR(55); p_mfgr CHAR(25); p_brand CHAR(10);
      p_type VARCHAR(25); p_size INTEGER; p_container CHAR(10); p_retailprice NUMERIC(15,2);
      p_comment VARCHAR(23)
      """),
    Table(
      "partsupp", key: "ps_partkey, ps_suppkey",
      """
      ps_partkey INTEGER; ps_suppkey INTEGER; ps_availqty INTEGER;
      ps_supplycost NUMERIC(15,2); ps_comment VARCHAR(199)
      """, indexes: ["ps_suppkey"]),
    Table(
      "customer", key: "c_custkey",
      """
      c_custkey INTEGER; c_name VARCHAR(25); c_address VARCHAR(40); c_nationkey INTEGER;
      c_phone CHAR(15); c_acctbal NUMERIC(15,2); c_mktsegment CHAR(10); c_comment VARCHAR(117)
      """, indexes: ["c_nationkey"]),
    Table(
      "orders", key: "o_orderkey",
      """
      o_orderkey INTEGER; o_custkey INTEGER; o_orderstatus CHAR(1);
      o_totalprice NUMERIC(15,2); o_orderdate DATE; o_orderpriority CHAR(15); o_clerk CHAR(15);
      o_shippriority INTEGER; o_comment VARCHAR(79)
      """, indexes: ["o_custkey", "o_orderdate"]),
    Table(
      "lineitem", key: "l_orderkey, l_linenumber",
      """
      l_orderkey INTEGER; l_partkey INTEGER; l_suppkey INTEGER; l_linenumber INTEGER;
      l_quantity NUMERIC(15,2); l_extendedprice NUMERIC(15,2); l_discount NUMERIC(15,2);
      l_tax NUMERIC(15,2); l_returnflag CHAR(1); l_linestatus CHAR(1); l_shipdate DATE;
      l_commitdate DATE; l_receiptdate DATE; l_shipinstruct CHAR(25); l_shipmode CHAR(10);
      l_comment VARCHAR(44)
      """, indexes: ["l_partkey, l_suppkey", "l_suppkey", "l_shipdate"]),
  ]
}
