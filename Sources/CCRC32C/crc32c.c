// SPDX-License-Identifier: Apache-2.0
#include "crc32c.h"

#include <string.h>

// Bitwise: for processors without the instruction. Slow, right, and eight lines.
static uint32_t portable(uint32_t crc, const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0x82F63B78u & (0u - (crc & 1)));
  }
  return crc;
}

#if defined(__x86_64__)
#include <nmmintrin.h>
__attribute__((target("sse4.2"))) static uint32_t hardware(
    uint32_t crc, const uint8_t *bytes, size_t count) {
  uint64_t state = crc;
  while (count >= 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    state = _mm_crc32_u64(state, word);
    bytes += 8;
    count -= 8;
  }
  while (count--) state = _mm_crc32_u8((uint32_t)state, *bytes++);
  return (uint32_t)state;
}
static int has_instruction(void) { return __builtin_cpu_supports("sse4.2"); }
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
static uint32_t hardware(uint32_t crc, const uint8_t *bytes, size_t count) {
  while (count >= 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    crc = __crc32cd(crc, word);
    bytes += 8;
    count -= 8;
  }
  while (count--) crc = __crc32cb(crc, *bytes++);
  return crc;
}
static int has_instruction(void) { return 1; }
#else
static uint32_t hardware(uint32_t crc, const uint8_t *bytes, size_t count) {
  return portable(crc, bytes, count);
}
static int has_instruction(void) { return 0; }
#endif

uint32_t kb_crc32c(uint32_t crc, const void *bytes, size_t count) {
  crc = ~crc;
  return ~(has_instruction() ? hardware(crc, bytes, count) : portable(crc, bytes, count));
}
