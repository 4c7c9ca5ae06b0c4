// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdio.h>
#include <editline/readline.h>

// libedit's settings are C globals, which Swift cannot touch: one thread reads lines.
static inline void kb_edit_complete_with(char **_Nullable (*_Nonnull complete)(
    const char *_Nullable text, int start, int end)) {
  rl_attempted_completion_function = (rl_completion_func_t *)complete;
}
static inline void kb_edit_completion_is_over(void) { rl_attempted_completion_over = 1; }
