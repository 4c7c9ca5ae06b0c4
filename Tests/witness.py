#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A witness (C2SP tlog-witness) for the tests: Python's standard library, and openssl(1) to sign.

    witness.py make DIR NAME       makes a key; writes its verifier key
    witness.py add-checkpoint DIR VKEY [TIME]
                                   reads a request about the log with this verifier key; writes
                                   the answer's body, and its HTTP status to standard error
"""

import base64
import hashlib
import os
import subprocess
import sys
import time

DER_PRIVATE = bytes.fromhex("302e020100300506032b657004220420")
DER_PUBLIC = bytes.fromhex("302a300506032b6570032100")


def openssl(*arguments, data=b""):
    done = subprocess.run(["openssl", *arguments], input=data, capture_output=True)
    return done.stdout if done.returncode == 0 else None


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)
    return path


def key_id(name, kind, public):
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def vkey(text):
    name, identity, data = text.strip().split("+", 2)
    data = base64.b64decode(data, validate=True)
    assert key_id(name, data[0], data[1:]).hex() == identity
    return name, data[0], data[1:]


def sign(directory, message):
    return openssl("pkeyutl", "-sign", "-inkey", f"{directory}/key.der", "-keyform", "DER",
                   "-rawin", "-in", write(f"{directory}/message", message))


def verifies(directory, public, message, signature):
    return openssl("pkeyutl", "-verify", "-pubin", "-keyform", "DER",
                   "-inkey", write(f"{directory}/public", DER_PUBLIC + public), "-rawin",
                   "-in", write(f"{directory}/message", message),
                   "-sigfile", write(f"{directory}/signature", signature)) is not None


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def is_consistent(old, old_root, size, root, proof):
    """RFC 9162, section 2.1.4.2."""
    if old == 0 or old == size:
        return not proof and (old == 0 or old_root == root)
    if not proof:
        return False
    if old & (old - 1) == 0:
        proof = [old_root] + proof
    first, last = old - 1, size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    before = after = proof[0]
    for hash in proof[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            before, after = node(hash, before), node(hash, after)
            while first & 1 == 0 and first:
                first, last = first >> 1, last >> 1
        else:
            after = node(after, hash)
        first, last = first >> 1, last >> 1
    return last == 0 and before == old_root and after == root


def make(directory, name):
    seed = os.urandom(32)
    write(f"{directory}/key.der", DER_PRIVATE + seed)
    der = openssl("pkey", "-inform", "DER", "-pubout", "-outform", "DER", data=DER_PRIVATE + seed)
    public = der[-32:]
    identity = key_id(name, 4, public).hex()
    text = f"{name}+{identity}+{base64.b64encode(bytes([4]) + public).decode()}\n"
    write(f"{directory}/vkey", text.encode())
    return 200, text


def add_checkpoint(directory, log, body, now):
    origin, kind, public = vkey(log)
    head, note = body.split("\n\n", 1)
    lines = head.split("\n")
    if not lines[0].startswith("old ") or len(lines) > 64:
        return 400, ""
    old = int(lines[0][4:])
    proof = [base64.b64decode(line, validate=True) for line in lines[1:]]
    text, signatures = note.rsplit("\n\n", 1)
    text += "\n"
    stated = text.split("\n")
    if stated[0] != origin:
        return 404, ""
    size, root = int(stated[1]), base64.b64decode(stated[2], validate=True)
    known = False
    for line in signatures.splitlines():
        _, name, data = line.split(" ")
        data = base64.b64decode(data, validate=True)
        if name == origin and data[:4] == key_id(origin, kind, public):
            known = verifies(directory, public, text.encode(), data[4:])
            if not known:
                return 403, ""
    if not known:
        return 403, ""
    if old > size:
        return 400, ""
    state, state_root = 0, b""
    if os.path.exists(f"{directory}/state"):
        with open(f"{directory}/state") as file:
            state, state_root = int(file.readline()), bytes.fromhex(file.readline())
    if old != state:
        return 409, f"{state}\n"
    if not is_consistent(old, state_root, size, root, proof):
        return 422, ""
    write(f"{directory}/state", f"{size}\n{root.hex()}\n".encode())
    with open(f"{directory}/vkey") as file:
        name, kind, public = vkey(file.read())
    signature = sign(directory, f"cosignature/v1\ntime {now}\n{text}".encode())
    data = key_id(name, kind, public) + now.to_bytes(8, "big") + signature
    return 200, f"\u2014 {name} {base64.b64encode(data).decode()}\n"


def main(verb, directory, *rest):
    if verb == "make":
        status, body = make(directory, rest[0])
    else:
        now = int(rest[1]) if len(rest) > 1 else int(time.time())
        status, body = add_checkpoint(directory, rest[0], sys.stdin.buffer.read().decode(), now)
    sys.stdout.buffer.write(body.encode())
    print(status, file=sys.stderr)
    return 0 if status == 200 else 1


sys.exit(main(*sys.argv[1:]))
