// SPDX-License-Identifier: Apache-2.0
// libcrypto for Swift: SHA-256 and SHAKE256, AES-256, HKDF, integers of any size.
//
// The one-block interface of SHA-256 costs a third of the EVP interface on messages as short as
// ours (a Merkle node is 65 bytes); OpenSSL 3 marks it deprecated, not gone, so the marks are
// silenced here and nowhere else.
#pragma once
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
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

// Sixteen bytes, as libcrypto's SHA-256 loads them.
typedef uint8_t kb_chunk __attribute__((vector_size(16)));
typedef uint8_t kb_unaligned __attribute__((vector_size(16), aligned(1)));
typedef uint64_t kb_halves __attribute__((vector_size(16)));

// Messages below this are laid out whole; multiple of a block.
enum { kb_small = 1024 };

// The last byte of one chunk and the first fifteen of the next.
static inline kb_chunk kb_straddle(kb_chunk low, kb_chunk high) {
  return __builtin_shufflevector(
      low, high, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
}

static inline kb_chunk kb_chunk_of(uint64_t first, uint64_t second) {
  return (kb_chunk)(kb_halves){first, second};
}

static inline uint64_t kb_big_endian(uint64_t word) {
  return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_bswap64(word) : word;
}

static inline kb_digest kb_value(const SHA256_CTX *_Nonnull context) {
  kb_digest digest;
  for (int i = 0; i < 4; i++)
    digest.word[i] = (uint64_t)context->h[2 * i] << 32 | context->h[2 * i + 1];
  return digest;
}

// SHA-256 of 0x00 ‖ salt ‖ bytes, the salt of 16 bytes or of none.
//
// A short message is laid out with its padding (FIPS 180-4 §5.1.1) and goes in by one call that
// finds whole blocks. It is stored in the chunks in which it is loaded: a load that finds its
// bytes in two pending stores waits for both, a fifth of the time of a short message.
static inline kb_digest kb_sha256_leaf(
    const void *_Nullable salt, const void *_Nullable bytes, size_t count) {
  SHA256_CTX context;
  SHA256_Init(&context);
  size_t before = salt ? 17 : 1;
  size_t total = before + count;
  if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && count >= 16 && total <= kb_small - 64) {
    _Alignas(64) kb_chunk message[kb_small / 16];
    const uint8_t *from = (const uint8_t *)bytes;
    size_t end = (total + 9 + 63) / 64 * 4;
    size_t next = 0;
    kb_chunk last = {0};
    if (salt) {
      kb_chunk chunk = *(const kb_unaligned *)salt;
      message[next++] = kb_straddle(last, chunk);
      last = chunk;
    }
    message[next++] = kb_straddle(last, *(const kb_unaligned *)from);
    for (; next < total / 16; next++)
      message[next] = *(const kb_unaligned *)(from + 16 * next - before);
    // What is left of the bytes, taken with what stands before it, and the bit behind them.
    unsigned __int128 rest = 0;
    if (total % 16) {
      memcpy(&rest, from + count - 16, 16);
      rest >>= 8 * (16 - total % 16);
    }
    rest |= (unsigned __int128)0x80 << 8 * (total % 16);
    last = kb_chunk_of((uint64_t)rest, (uint64_t)(rest >> 64));
    for (; next < end - 1; next++) {
      message[next] = last;
      last = kb_chunk_of(0, 0);
    }
    message[next] = last | kb_chunk_of(0, kb_big_endian(8 * total));
    SHA256_Update(&context, message, 16 * end);
  } else {
    uint8_t prefix = 0, unused[SHA256_DIGEST_LENGTH];
    SHA256_Update(&context, &prefix, 1);
    if (salt) SHA256_Update(&context, salt, 16);
    if (count) SHA256_Update(&context, bytes, count);
    SHA256_Final(unused, &context);
  }
  return kb_value(&context);
}

// SHA-256 of 0x01 ‖ left ‖ right, two blocks, laid out likewise.
static inline kb_digest kb_sha256_node(kb_digest left, kb_digest right) {
  SHA256_CTX context;
  SHA256_Init(&context);
  _Alignas(64) kb_chunk message[8];
  kb_chunk last = {0};
  last[15] = 1;
  for (int i = 0; i < 4; i++) {
    const uint64_t *word = i < 2 ? left.word + 2 * i : right.word + 2 * i - 4;
    kb_chunk chunk = kb_chunk_of(kb_big_endian(word[0]), kb_big_endian(word[1]));
    message[i] = kb_straddle(last, chunk);
    last = chunk;
  }
  message[4] = kb_straddle(last, (kb_chunk){0x80});
  message[5] = message[6] = kb_chunk_of(0, 0);
  message[7] = kb_chunk_of(0, kb_big_endian(8 * 65));
  SHA256_Update(&context, message, sizeof message);
  return kb_value(&context);
}

// SHA-256 of bytes.
static inline void kb_sha256_plain(
    const void *_Nullable bytes, size_t count, uint8_t *_Nonnull digest) {
  SHA256_CTX context;
  SHA256_Init(&context);
  if (count) SHA256_Update(&context, bytes, count);
  SHA256_Final(digest, &context);
}

// SHA-256 of bytes that come in pieces.
static inline void kb_sha256_begin(SHA256_CTX *_Nonnull context) { SHA256_Init(context); }
static inline void kb_sha256_continue(
    SHA256_CTX *_Nonnull context, const void *_Nullable bytes, size_t count) {
  if (count) SHA256_Update(context, bytes, count);
}
static inline kb_digest kb_sha256_end(SHA256_CTX *_Nonnull context) {
  uint8_t unused[SHA256_DIGEST_LENGTH];
  SHA256_Final(unused, context);
  return kb_value(context);
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

// A context for SHAKE256, to be kept: making one costs as much as a short message.
static inline EVP_MD_CTX *_Nullable kb_shake256_new(void) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  if (context && EVP_DigestInit_ex2(context, kb_shake256_method(), NULL) == 1) return context;
  EVP_MD_CTX_free(context);
  return NULL;
}

// SHAKE256(input), outputCount bytes. 1 on success, 0 when libcrypto refuses.
static inline int kb_shake256(
    EVP_MD_CTX *_Nonnull context, const void *_Nonnull input, size_t inputCount,
    uint8_t *_Nonnull output, size_t outputCount) {
  return EVP_DigestInit_ex2(context, NULL, NULL) == 1 &&
         EVP_DigestUpdate(context, input, inputCount) == 1 &&
         EVP_DigestFinalXOF(context, output, outputCount) == 1;
}

// AES-256 in the mode of that name, with a context to be kept; 0 where libcrypto refuses.
//
// GCM's key comes later, by kb_gcm_key.
static inline EVP_CIPHER_CTX *_Nullable kb_cipher_new(
    const char *_Nonnull name, const uint8_t *_Nullable key, int encrypts) {
  EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
  EVP_CIPHER_CTX *context = cipher ? EVP_CIPHER_CTX_new() : NULL;
  if (context && EVP_CipherInit_ex2(context, cipher, key, NULL, encrypts, NULL) != 1) {
    EVP_CIPHER_CTX_free(context);
    context = NULL;
  }
  EVP_CIPHER_free(cipher);  // The context has its own reference.
  return context;
}

// Gives a context of GCM another key.
static inline int kb_gcm_key(EVP_CIPHER_CTX *_Nonnull context, const uint8_t *_Nonnull key) {
  return EVP_CipherInit_ex2(context, NULL, key, NULL, -1, NULL) == 1;
}

// Encrypts by GCM; the output is as long as the input, the nonce has 12 bytes, the tag 16.
static inline int kb_gcm_seal(
    EVP_CIPHER_CTX *_Nonnull context, const uint8_t *_Nonnull nonce, const void *_Nonnull aad,
    int aadCount, const void *_Nonnull input, int count, void *_Nonnull output,
    void *_Nonnull tag) {
  int done;
  return EVP_EncryptInit_ex2(context, NULL, NULL, nonce, NULL) == 1 &&
         EVP_EncryptUpdate(context, NULL, &done, (const uint8_t *)aad, aadCount) == 1 &&
         EVP_EncryptUpdate(context, (uint8_t *)output, &done, (const uint8_t *)input, count) == 1 &&
         EVP_EncryptFinal_ex(context, (uint8_t *)output + done, &done) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, tag) == 1;
}

// The way back: 1 where the tag is that of the ciphertext, and only then is the output anything.
static inline int kb_gcm_open(
    EVP_CIPHER_CTX *_Nonnull context, const uint8_t *_Nonnull nonce, const void *_Nonnull aad,
    int aadCount, const void *_Nonnull input, int count, void *_Nonnull output,
    const void *_Nonnull tag) {
  int done;
  return EVP_DecryptInit_ex2(context, NULL, NULL, nonce, NULL) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, (void *)tag) == 1 &&
         EVP_DecryptUpdate(context, NULL, &done, (const uint8_t *)aad, aadCount) == 1 &&
         EVP_DecryptUpdate(context, (uint8_t *)output, &done, (const uint8_t *)input, count) == 1 &&
         EVP_DecryptFinal_ex(context, (uint8_t *)output + done, &done) == 1;
}

// Runs a context of XTS over a block, in place; the tweak has 16 bytes.
static inline int kb_xts_block(
    EVP_CIPHER_CTX *_Nonnull context, const uint8_t *_Nonnull tweak, void *_Nonnull block) {
  int done;
  return EVP_CipherInit_ex2(context, NULL, NULL, tweak, -1, NULL) == 1 &&
         EVP_CipherUpdate(context, (uint8_t *)block, &done, (const uint8_t *)block, 16) == 1;
}

// HKDF-SHA256 (RFC 5869) without salt: outputCount bytes. 1 on success, 0 when libcrypto refuses.
static inline int kb_hkdf_sha256(
    const void *_Nonnull key, size_t keyCount, const void *_Nonnull info, size_t infoCount,
    uint8_t *_Nonnull output, size_t outputCount) {
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)key, keyCount),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)info, infoCount),
      OSSL_PARAM_construct_end()};
  EVP_KDF *method = EVP_KDF_fetch(NULL, "HKDF", NULL);
  EVP_KDF_CTX *context = EVP_KDF_CTX_new(method);
  int isDone = context && EVP_KDF_derive(context, output, outputCount, parameters) == 1;
  EVP_KDF_CTX_free(context);
  EVP_KDF_free(method);
  return isDone;
}
