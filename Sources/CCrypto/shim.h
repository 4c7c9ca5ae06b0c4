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

// SHA-256 of prefix ‖ first ‖ second.
static inline void kb_sha256(
    uint8_t prefix, const void *_Nullable first, size_t firstCount,
    const void *_Nullable second, size_t secondCount, uint8_t *_Nonnull digest) {
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, &prefix, 1);
  if (firstCount) SHA256_Update(&context, first, firstCount);
  if (secondCount) SHA256_Update(&context, second, secondCount);
  SHA256_Final(digest, &context);
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

// SHAKE256(input), outputCount bytes. 1 on success, 0 when libcrypto refuses.
static inline int kb_shake256(
    const void *_Nonnull input, size_t inputCount, uint8_t *_Nonnull output, size_t outputCount) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  int good = context != NULL && EVP_DigestInit_ex(context, EVP_shake256(), NULL) == 1 &&
             EVP_DigestUpdate(context, input, inputCount) == 1 &&
             EVP_DigestFinalXOF(context, output, outputCount) == 1;
  EVP_MD_CTX_free(context);
  return good;
}
