// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdio.h>
#include <editline/readline.h>

// libedit's settings are C globals, which Swift cannot touch: one thread reads lines.
static inline void kb_edit_complete_with(char **_Nullable (*_Nonnull complete)(
    const char *_Nullable text, int start, int end)) {
  static char breaks[] = " \t\n\"'`@$><=;|&{(),+-*/%^:[]";
  rl_attempted_completion_function = (rl_completion_func_t *)complete;
  rl_completer_word_break_characters = breaks;
}
static inline void kb_edit_completion_is_over(void) { rl_attempted_completion_over = 1; }
static inline const char *_Nonnull kb_edit_line(void) {
  return rl_line_buffer ? rl_line_buffer : "";
}
