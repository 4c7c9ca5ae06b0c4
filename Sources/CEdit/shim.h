// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdio.h>
#include <editline/readline.h>
