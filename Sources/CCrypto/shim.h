// SPDX-License-Identifier: Apache-2.0
// libcrypto's SHA-256 and SHAKE256 for Swift.
//
// The one-block interface of SHA-256 costs a third of the EVP interface on messages as short as
// ours (a Merkle node is 65 bytes); OpenSSL 3 marks it deprecated, not gone, so the marks are
// silenced here and nowhere else.
#pragma once
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"

// A digest as four words, first byte most significant.
typedef struct {
  uint64_t word[4];
} kb_digest;

enum { kb_small = 960 };

// SHA-256 of prefix ‖ first ‖ second.
//
// A short message is laid out with its padding (FIPS 180-4 §5.1.1) and goes in by one call that
// finds whole blocks: pieces would each be copied into the context and padded there byte by byte.
static inline kb_digest kb_sha256(
    uint8_t prefix, const void *_Nullable first, size_t firstCount,
    const void *_Nullable second, size_t secondCount) {
  SHA256_CTX context;
  SHA256_Init(&context);
  size_t count = 1 + firstCount + secondCount;
  if (firstCount <= kb_small && secondCount <= kb_small && count <= kb_small) {
    uint8_t message[kb_small + 64];
    size_t end = (count + 9 + 63) & ~(size_t)63;
    message[0] = prefix;
    if (firstCount) memcpy(message + 1, first, firstCount);
    if (secondCount) memcpy(message + 1 + firstCount, second, secondCount);
    memset(message + count, 0, end - count);
    message[count] = 0x80;
    message[end - 2] = (uint8_t)(count >> 5);
    message[end - 1] = (uint8_t)(count << 3);
    SHA256_Update(&context, message, end);
  } else {
    uint8_t unused[SHA256_DIGEST_LENGTH];
    SHA256_Update(&context, &prefix, 1);
    if (firstCount) SHA256_Update(&context, first, firstCount);
    if (secondCount) SHA256_Update(&context, second, secondCount);
    SHA256_Final(unused, &context);
  }
  kb_digest digest;
  for (int i = 0; i < 4; i++)
    digest.word[i] = (uint64_t)context.h[2 * i] << 32 | context.h[2 * i + 1];
  return digest;
}

// SHA-256 of bytes.
static inline void kb_sha256_plain(
    const void *_Nullable bytes, size_t count, uint8_t *_Nonnull digest) {
  SHA256_CTX context;
  SHA256_Init(&context);
  if (count) SHA256_Update(&context, bytes, count);
  SHA256_Final(digest, &context);
}

#pragma clang diagnostic pop

// SHAKE256, looked up once: a look-up costs more than a short message.
static inline const EVP_MD *_Nullable kb_shake256_method(void) {
  static EVP_MD *method;
  EVP_MD *known = __atomic_load_n(&method, __ATOMIC_ACQUIRE);
  if (known) return known;
  EVP_MD *fetched = EVP_MD_fetch(NULL, "SHAKE256", NULL);
  if (__atomic_compare_exchange_n(&method, &known, fetched, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
    return fetched;
  EVP_MD_free(fetched);
  return known;
}

// SHAKE256(input), outputCount bytes. 1 on success, 0 when libcrypto refuses.
static inline int kb_shake256(
    const void *_Nonnull input, size_t inputCount, uint8_t *_Nonnull output, size_t outputCount) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  int good = context != NULL && EVP_DigestInit_ex2(context, kb_shake256_method(), NULL) == 1 &&
             EVP_DigestUpdate(context, input, inputCount) == 1 &&
             EVP_DigestFinalXOF(context, output, outputCount) == 1;
  EVP_MD_CTX_free(context);
  return good;
}
