// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sqlite3.h>

// Swift cannot see C's cast macro: SQLite copies the bytes before the call returns.
static inline sqlite3_destructor_type kb_sqlite_transient(void) { return SQLITE_TRANSIENT; }
// SQLite reads the bytes in place; the caller keeps them alive until the statement is reset.
static inline sqlite3_destructor_type kb_sqlite_static(void) { return SQLITE_STATIC; }

// A virtual table and its cursor as SQLite wants them, its own part first: both lead to one run.
typedef struct { sqlite3_vtab base; void *run; } kb_vtab;
typedef struct { sqlite3_vtab_cursor base; void *run; } kb_vtab_cursor;
