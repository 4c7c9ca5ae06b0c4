// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sqlite3.h>

// Swift cannot see C's cast macro: SQLite copies the bytes before the call returns.
static inline sqlite3_destructor_type kb_sqlite_transient(void) { return SQLITE_TRANSIENT; }
// SQLite reads the bytes in place; the caller keeps them alive until the statement is reset.
static inline sqlite3_destructor_type kb_sqlite_static(void) { return SQLITE_STATIC; }

// A virtual table and its cursor: SQLite's part comes first, what is ours behind it.
typedef struct { sqlite3_vtab base; void *_Nonnull context; } kb_vtab;
typedef struct { sqlite3_vtab_cursor base; void *_Nonnull context; } kb_vtab_cursor;

// An open file of our VFS: what the VFS below keeps of it comes first, this behind it. The methods
// are those of the VFS below, but for the few that are ours.
typedef struct { sqlite3_io_methods methods; void *_Nonnull context; } kb_file_tail;

// Says where SQLite keeps the temporary files of this process; the text stays its own for ever.
static inline void kb_set_temporary_folder(char *_Nonnull folder) {
  sqlite3_temp_directory = folder;
}

// A copy of a text, in memory that SQLite frees.
static inline char *_Nullable kb_sqlite_text(const char *_Nonnull text) {
  return sqlite3_mprintf("%s", text);
}

// What stands in double quotes is a name and never, where it names nothing, a string.
static inline void kb_quotes_are_names(sqlite3 *_Nonnull database) {
  sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DML, 0, (void *)0);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DDL, 0, (void *)0);
}

// Has SQLite make Bloom filters in the statements that it compiles next, or not. The number is of
// its source (SQLITE_BloomFilter); a version without them has nothing there.
static inline void kb_bloom_filters(sqlite3 *_Nonnull db, int on) {
  sqlite3_test_control(SQLITE_TESTCTRL_OPTIMIZATIONS, db, on ? 0 : 0x00080000);
}

// Swift cannot see macros that compute.
static const int kb_ioerr_read = SQLITE_IOERR_READ;
static const int kb_ioerr_short_read = SQLITE_IOERR_SHORT_READ;
static const int kb_ioerr_write = SQLITE_IOERR_WRITE;
