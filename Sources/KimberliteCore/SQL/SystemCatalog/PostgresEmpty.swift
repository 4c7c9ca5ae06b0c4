// SPDX-License-Identifier: Apache-2.0
// pg_catalog: what PostgreSQL has and a log has nothing of. Clients join with it all the same.

extension SystemRelation {
  private static func oids(_ names: String...) -> [(name: String, type: SQLType)] {
    names.map { ($0, .bigint) }
  }

  private static func texts(_ names: String...) -> [(name: String, type: SQLType)] {
    names.map { ($0, .text) }
  }

  static let postgresEmpty: [SystemRelation] = [
    postgres(
      "pg_inherits", oids("inhrelid", "inhparent", "inhseqno") + [("inhdetachpending", .boolean)]),
    postgres(
      "pg_trigger",
      oids("oid", "tgrelid", "tgparentid", "tgfoid", "tgconstraint", "tgtype")
        + texts("tgname", "tgenabled") + [("tgisinternal", .boolean)]),
    postgres(
      "pg_policy",
      oids("oid", "polrelid") + texts("polname", "polcmd", "polroles", "polqual", "polwithcheck")
        + [("polpermissive", .boolean)]),
    postgres("pg_rewrite", oids("oid", "ev_class") + texts("rulename", "ev_type", "ev_enabled")),
    postgres(
      "pg_statistic_ext",
      oids("oid", "stxrelid", "stxnamespace", "stxowner")
        + texts("stxname", "stxkeys", "stxkind", "stxstattarget")),
    postgres(
      "pg_publication",
      oids("oid", "pubowner") + texts("pubname")
        + [("puballtables", .boolean), ("pubinsert", .boolean)]),
    postgres("pg_publication_rel", oids("oid", "prpubid", "prrelid") + texts("prqual", "prattrs")),
    postgres("pg_publication_namespace", oids("oid", "pnpubid", "pnnspid")),
    postgres(
      "pg_proc",
      oids("oid", "pronamespace", "proowner", "prolang", "prorettype")
        + texts("proname", "prokind", "proargtypes", "proargnames", "prosrc")),
    postgres(
      "pg_depend",
      oids("classid", "objid", "objsubid", "refclassid", "refobjid", "refobjsubid")
        + texts("deptype")),
    postgres(
      "pg_enum", oids("oid", "enumtypid") + [("enumsortorder", .real), ("enumlabel", .text)]),
    postgres("pg_range", oids("rngtypid", "rngsubtype", "rngmultitypid")),
    postgres(
      "pg_extension", oids("oid", "extowner", "extnamespace") + texts("extname", "extversion")),
    postgres("pg_foreign_table", oids("ftrelid", "ftserver") + texts("ftoptions")),
    postgres(
      "pg_foreign_server", oids("oid", "srvowner", "srvfdw") + texts("srvname", "srvoptions")),
    postgres(
      "pg_partitioned_table", oids("partrelid", "partdefid") + texts("partstrat", "partattrs")),
    postgres("pg_tablespace", oids("oid", "spcowner") + texts("spcname", "spcacl", "spcoptions")),
    postgres("pg_opclass", oids("oid", "opcmethod", "opcnamespace") + texts("opcname")),
    postgres("pg_operator", oids("oid", "oprnamespace") + texts("oprname")),
    postgres(
      "pg_auth_members", oids("roleid", "member", "grantor") + [("admin_option", .boolean)]),
    postgres("pg_shdescription", oids("objoid", "classoid") + texts("description")),
    postgres(
      "pg_settings", texts("name", "setting", "unit", "category", "short_desc", "context")),
    postgres("pg_stat_user_tables", oids("relid", "n_live_tup") + texts("schemaname", "relname")),
    postgres(
      "pg_matviews", texts("schemaname", "matviewname", "matviewowner", "definition")),
  ]
}
