#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A time-stamp authority (RFC 3161) for the tests, by openssl(1) alone.
#
#   authority.sh make DIR [DAYS]     a root (ca.pem) and an authority whose certificate is valid
#                                    for DAYS, 3650 where not given
#   authority.sh answer DIR          reads a request, writes the answer
set -eu
verb=$1
cd "$2"
case $verb in
  make)
    key="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    openssl req -x509 $key -keyout ca.key -out ca.pem -days 3650 -subj "/CN=Test root" 2> /dev/null
    openssl req -new $key -keyout tsa.key -out tsa.csr -subj "/CN=Test authority" 2> /dev/null
    # The only extended use, and critical: RFC 3161 §2.3.
    echo extendedKeyUsage=critical,timeStamping > tsa.ext
    openssl x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days "${3:-3650}" \
      -extfile tsa.ext -out tsa.pem 2> /dev/null
    cat > tsa.cnf <<'CNF'
[tsa]
default_tsa = test
[test]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
ess_cert_id_alg = sha256
CNF
    ;;
  answer)
    cat > query.tsq
    # The serial number is read, changed and written: one answer at a time.
    openssl ts -reply -config tsa.cnf -queryfile query.tsq -out answer.tsr 2> /dev/null
    cat answer.tsr
    ;;
  *) exit 64 ;;
esac
