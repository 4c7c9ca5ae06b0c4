// SPDX-License-Identifier: Apache-2.0
// RFC 3161 time stamps by libcrypto: what Swift cannot import of it is macros, and lists that
// macros alone walk through.
#pragma once
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/pemerr.h>
#include <openssl/ts.h>
#include <openssl/x509_vfy.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

// What a time stamp says.
typedef struct {
  // The digest that was stamped.
  uint8_t imprint[32];
  // The nonce of the request, most significant byte first; none where nonceCount is 0.
  uint8_t nonce[32];
  size_t nonceCount;
  // UTC, as ASN1_TIME_to_tm gives it.
  struct tm time;
} kb_ts_facts;

// An answer that is all of these bytes; NULL where they are none.
static inline TS_RESP *_Nullable kb_ts_read(const uint8_t *_Nullable bytes, size_t count) {
  const unsigned char *at = bytes;
  ERR_clear_error();
  TS_RESP *answer = d2i_TS_RESP(NULL, &at, (long)count);
  if (answer && at == bytes + count) return answer;
  TS_RESP_free(answer);
  return NULL;
}

// Whether a stamp was granted; where not, kb_ts_reason says what the authority said.
static inline int kb_ts_granted(TS_RESP *_Nonnull answer) {
  ERR_clear_error();
  // A context without checks looks at the status and whether there is a stamp.
  TS_VERIFY_CTX *context = TS_VERIFY_CTX_new();
  int granted = context && TS_RESP_verify_response(context, answer) == 1;
  TS_VERIFY_CTX_free(context);
  return granted;
}

// Reads what a granted answer says; 0 where its imprint is not SHA-256 or a part is missing.
static inline int kb_ts_read_facts(TS_RESP *_Nonnull answer, kb_ts_facts *_Nonnull facts) {
  TS_TST_INFO *stamp = TS_RESP_get_tst_info(answer);
  TS_MSG_IMPRINT *imprint = stamp ? TS_TST_INFO_get_msg_imprint(stamp) : NULL;
  if (!imprint) return 0;
  const ASN1_OBJECT *method;
  X509_ALGOR_get0(&method, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
  ASN1_OCTET_STRING *digest = TS_MSG_IMPRINT_get_msg(imprint);
  if (OBJ_obj2nid(method) != NID_sha256 || ASN1_STRING_length(digest) != 32) return 0;
  memcpy(facts->imprint, ASN1_STRING_get0_data(digest), 32);
  const ASN1_INTEGER *nonce = TS_TST_INFO_get_nonce(stamp);
  facts->nonceCount = nonce ? (size_t)ASN1_STRING_length(nonce) : 0;
  if (facts->nonceCount > sizeof facts->nonce) return 0;
  if (nonce) memcpy(facts->nonce, ASN1_STRING_get0_data(nonce), facts->nonceCount);
  return ASN1_TIME_to_tm(TS_TST_INFO_get_time(stamp), &facts->time) == 1;
}

// A store that trusts the certificates which a granted answer carries, and so proves no more than
// that one of them signed it.
static inline X509_STORE *_Nullable kb_ts_own_store(TS_RESP *_Nonnull answer) {
  PKCS7 *token = TS_RESP_get_token(answer);
  X509_STORE *store = X509_STORE_new();
  if (!token || !store || !PKCS7_type_is_signed(token)) {
    X509_STORE_free(store);
    return NULL;
  }
  STACK_OF(X509) *certificates = token->d.sign->cert;
  for (int i = 0; i < sk_X509_num(certificates); i++)
    X509_STORE_add_cert(store, sk_X509_value(certificates, i));
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  return store;
}

// For certificates, which are no secret: nobody is asked for a password.
static inline int kb_ts_no_password(
    char *_Nullable buffer, int count, int writing, void *_Nullable context) {
  (void)buffer, (void)count, (void)writing, (void)context;
  return -1;
}

// A store that trusts the certificates of a PEM text; NULL where it holds none, or one is bad.
static inline X509_STORE *_Nullable kb_ts_store(const uint8_t *_Nullable pem, size_t count) {
  ERR_clear_error();
  BIO *in = BIO_new_mem_buf(pem, (int)count);
  X509_STORE *store = X509_STORE_new();
  int known = 0;
  X509 *certificate;
  while (in && store &&
         (certificate = PEM_read_bio_X509(in, NULL, kb_ts_no_password, NULL))) {
    known += X509_STORE_add_cert(store, certificate);
    X509_free(certificate);
  }
  // How the end of the text is told.
  int whole = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  BIO_free(in);
  ERR_clear_error();
  if (known && whole) return store;
  X509_STORE_free(store);
  return NULL;
}

// Whether the stamp is of this digest, and signed by a certificate for time stamping that the
// store leads to, valid at `time`; kb_ts_reason says why not. The store stays the caller's.
static inline int kb_ts_verify(
    TS_RESP *_Nonnull answer, const uint8_t *_Nonnull digest, X509_STORE *_Nonnull store,
    int64_t time) {
  ERR_clear_error();
  TS_VERIFY_CTX *context = TS_VERIFY_CTX_new();
  unsigned char *copy = OPENSSL_memdup(digest, 32);
  int verified = 0;
  if (context && copy && X509_STORE_up_ref(store)) {
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)time);
    TS_VERIFY_CTX_set_store(context, store);
    TS_VERIFY_CTX_set_imprint(context, copy, 32);
    copy = NULL;
    TS_VERIFY_CTX_set_flags(context, TS_VFY_VERSION | TS_VFY_IMPRINT | TS_VFY_SIGNATURE);
    verified = TS_RESP_verify_response(context, answer) == 1;
  }
  OPENSSL_free(copy);
  TS_VERIFY_CTX_free(context);
  return verified;
}

// Why the last call failed, in libcrypto's words; empty where it does not say.
static inline void kb_ts_reason(char *_Nonnull text, size_t count) {
  const char *file, *function, *data;
  int line, flags;
  unsigned long code;
  *text = 0;
  // Deep causes come first; what the rules of time stamps say of them comes last.
  while ((code = ERR_get_error_all(&file, &line, &function, &data, &flags))) {
    const char *reason = ERR_reason_error_string(code);
    if (!reason) continue;
    if (data && *data)
      snprintf(text, count, "%s: %s", reason, data);
    else
      snprintf(text, count, "%s", reason);
  }
}

// The subject of the certificate that signed an answer, RFC 2253; empty where it is not there.
static inline void kb_ts_signer(TS_RESP *_Nonnull answer, char *_Nonnull text, size_t count) {
  *text = 0;
  PKCS7 *token = TS_RESP_get_token(answer);
  STACK_OF(X509) *signers = token ? PKCS7_get0_signers(token, NULL, 0) : NULL;
  BIO *out = BIO_new(BIO_s_mem());
  if (sk_X509_num(signers) > 0 && out) {
    X509_NAME_print_ex(
        out, X509_get_subject_name(sk_X509_value(signers, 0)), 0,
        XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    int length = BIO_read(out, text, (int)count - 1);
    text[length > 0 ? length : 0] = 0;
  }
  BIO_free(out);
  sk_X509_free(signers);
  ERR_clear_error();
}
