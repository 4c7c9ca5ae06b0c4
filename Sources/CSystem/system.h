// SPDX-License-Identifier: Apache-2.0
// A system call that Swift's module of glibc leaves out: renameat2(2).
#pragma once
#include <sys/syscall.h>

extern long syscall(long number, ...);

// Gives each of two paths the other's name, in one step; -1 and errno where that cannot be.
static inline long kb_exchange(const char *path, const char *other) {
  const int here = -100;             // AT_FDCWD of <fcntl.h>
  const unsigned exchange = 1 << 1;  // RENAME_EXCHANGE of <linux/fs.h>
  return syscall(SYS_renameat2, here, path, here, other, exchange);
}
