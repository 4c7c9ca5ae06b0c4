// SPDX-License-Identifier: Apache-2.0
// CRC-32C (Castagnoli, RFC 3720 appendix B.4), with the processor's instruction where it has one.
#pragma once
#include <stddef.h>
#include <stdint.h>

// The CRC of `count` bytes, continuing from `crc` (0 to start).
uint32_t kb_crc32c(uint32_t crc, const void *bytes, size_t count);
