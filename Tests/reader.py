#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An independent reader of a log, written from kb-log(5) with nothing but Python's library.

usage: reader.py LOG

Recomputes every hash: events roots, chain, Merkle tree against footers and checkpoint. Prints one
JSON line a record, then a summary. Exits 1 where the log is not what it must be. Of an encrypted
log it checks all but the bodies: Python's library has no AES.
"""
import base64, hashlib, json, os, struct, sys

ZERO = bytes(32)


def fail(what):
    sys.exit(f"reader.py: {what}")


def check(is_so, what):
    if not is_so:
        fail(what)


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def crc32c(data, crc=0, table=[]):
    if not table:
        for n in range(256):
            for _ in range(8):
                n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
            table.append(n)
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def lz4(data, size):
    """Decodes one LZ4 block."""
    out, at = bytearray(), 0

    def length(at, n):
        if n == 15:
            while True:
                n += data[at]
                at += 1
                if data[at - 1] != 255:
                    break
        return at, n

    while at < len(data):
        token = data[at]
        at, count = length(at + 1, token >> 4)
        out += data[at : at + count]
        at += count
        if at == len(data):
            break
        back = data[at] | data[at + 1] << 8
        at, count = length(at + 2, token & 15)
        check(0 < back <= len(out), "an LZ4 offset leads nowhere")
        for _ in range(count + 4):
            out.append(out[-back])
    check(len(out) == size, "an LZ4 block of another size")
    return bytes(out)


def expand(stored, size):
    return stored if len(stored) == size else lz4(stored, size)


def cbor(data, at=0):
    """Decodes one item; answers it and where the next begins."""
    major, low = data[at] >> 5, data[at] & 31
    at += 1
    n = low
    if low >= 24:
        size = 1 << low - 24
        n = int.from_bytes(data[at : at + size], "big")
        at += size
    if major == 0:
        return n, at
    if major == 1:
        return -1 - n, at
    if major == 2:
        return data[at : at + n], at + n
    if major == 3:
        return data[at : at + n].decode(), at + n
    if major == 4:
        items = []
        for _ in range(n):
            item, at = cbor(data, at)
            items.append(item)
        return items, at
    if major == 5:
        pairs = {}
        for _ in range(n):
            key, at = cbor(data, at)
            pairs[key], at = cbor(data, at)
        return pairs, at
    if major == 6:
        item, at = cbor(data, at)
        if n == 2 or n == 3:
            number = int.from_bytes(item, "big")
            return (number if n == 2 else -1 - number), at
        check(n == 4, f"an unknown tag {n}")
        return f"{item[1]}e{item[0]}", at
    if low >= 25:
        kind = {25: ">e", 26: ">f", 27: ">d"}[low]
        return struct.unpack(kind, data[at - struct.calcsize(kind) : at])[0], at
    return {20: False, 21: True, 22: None}[low], at


class Tree:
    """The right edge of an RFC 6962 tree."""

    def __init__(self):
        self.size, self.edge, self.root_at = 0, [], {0: sha()}

    def append(self, leaf):
        n = self.size
        while n & 1:
            leaf = sha(b"\1", self.edge.pop(), leaf)
            n >>= 1
        self.edge.append(leaf)
        self.size += 1

    def root(self):
        if not self.edge:
            return sha()
        root = self.edge[-1]
        for left in reversed(self.edge[:-1]):
            root = sha(b"\1", left, root)
        return root


class Log:
    def __init__(self, path):
        text = open(os.path.join(path, "checkpoint"), encoding="utf-8").read().split("\n")
        check(text[0].startswith("kimberlite/"), "the checkpoint's origin")
        self.id, self.size = bytes.fromhex(text[0][11:]), int(text[1])
        self.wanted = base64.b64decode(text[2])
        self.offset, self.time, self.previous, self.tree = 0, 0, ZERO, Tree()
        self.root = sha() if self.size == 0 else None
        self.is_encrypted = os.path.exists(path + "/keys")
        if self.is_encrypted:
            self.keystore(open(path + "/keys", "rb").read())
        names = sorted(n for n in os.listdir(path + "/segments") if n.endswith(".kbl"))
        for name in names:
            check(int(name[:20]) == self.offset, f"'{name}' where offset {self.offset} belongs")
            self.segment(open(os.path.join(path, "segments", name), "rb").read())
        check(self.root == self.wanted, "the checkpoint's root differs")
        root = self.tree.root().hex()
        summary = {"type": "summary", "records": self.offset, "root": root}
        print(json.dumps({**summary, "encrypted": True} if self.is_encrypted else summary))

    def keystore(self, data):
        lines = data.decode().split("\n")
        check(lines[0] == "kimberlite keys 1" and lines[1] == "log " + self.id.hex(), "a keystore")
        check(lines[-2] == f"crc {crc32c(data[: data.rindex(b'crc ')]):08x}", "a keystore's CRC")
        self.log_keys = [line.split()[1] for line in lines if line.startswith("key ")]

    def key_block(self, data):
        key, wrapped, rest, crc = struct.unpack(">I40s16sI", data)
        check(crc == crc32c(data[:60]) and not any(rest), "a key block")
        check(f"{key:08x}" in self.log_keys, "the log key of a segment")

    def segment(self, data):
        magic, version, kind, flags, zero, log, first, previous, time, nonce, rest, crc = (
            struct.unpack(">6sHBB6s16sQ32sQQ36sI", data[:128]))
        check(magic == b"KBLSEG" and version == 1, "no segment header")
        check(crc == crc32c(data[:124]), "the CRC of a segment header")
        check(not any(zero + rest), "reserved bytes of a segment header")
        check(flags == self.is_encrypted, "a log is encrypted throughout or not at all")
        self.start = 128
        if self.is_encrypted:
            self.key_block(data[128:192])
            self.start = 192
        state = (log, first, previous, time)
        check(state == (self.id, self.offset, self.previous, self.time), "a segment header")
        if kind == 0:
            self.frames(data, nonce)
        else:
            check(kind == 1, "the kind of a segment")
            self.blocks(data)

    def frames(self, data, nonce):
        at = self.start
        while data[at : at + 4].strip(b"\0"):
            stored, size, flags, zero, durable, own, body_crc, crc = struct.unpack(
                ">IIB15sQQII", data[at : at + 48])
            header, body = data[at + 48 : at + 156], data[at + 156 : at + 156 + stored]
            check(crc == crc32c(data[at : at + 44] + header), "the CRC of a frame")
            check(own == nonce and durable <= self.offset and not any(zero), "a frame")
            check(body_crc == crc32c(body), "the CRC of a body")
            packed = stored - 40 * self.is_encrypted
            check(flags == (packed < size) + 2 * self.is_encrypted, "the flags of a frame")
            self.record(header, None if self.is_encrypted else expand(body, size))
            at += 156 + stored
        check(not any(data[at:]), "bytes behind the last frame")

    def blocks(self, data):
        start, size, crc, magic = struct.unpack(">QII8s", data[-24:])
        check(magic == b"KBLEND\0\1" and crc == crc32c(data[-24:-12]), "a trailer")
        check(start + size + 24 == len(data), "the place of a footer")
        footer = data[start : start + size]
        check(crc32c(footer[:-4]) == int.from_bytes(footer[-4:], "big"), "the CRC of a footer")
        count, last, time, leaves = struct.unpack(">I32sQQ", footer[:52])
        at = self.start
        for index in range(count):
            entry = struct.unpack(">QQQ", footer[52 + 24 * index : 76 + 24 * index])
            check(entry[:2] == (at, self.offset), "the index of a footer")
            at = self.block(data, at, entry[2])
        edge = footer[52 + 24 * count : -4]
        check(at == start, "bytes between the last block and the footer")
        check((last, time, leaves) == (self.previous, self.time, self.offset), "a footer's end")
        check(edge == b"".join(self.tree.edge), "the tree of a footer")

    def block(self, data, at, first_time):
        head = data[at : at + 48]
        magic, headers, bodies, size, first, count, headers_crc, bodies_crc, flags, zero, crc = (
            struct.unpack(">4sIIIQIIII4sI", head))
        check(magic == b"KBLK" and crc == crc32c(head[:44]) and not any(zero), "a block header")
        check(first == self.offset, "the offset of a block")
        check(flags == 2 * self.is_encrypted, "the flags of a block")
        middle, end = at + 48 + headers, at + 48 + headers + bodies
        check(headers_crc == crc32c(data[at + 48 : middle]), "the CRC of headers")
        check(bodies_crc == crc32c(data[middle:end]), "the CRC of bodies")
        raw_headers = expand(data[at + 48 : middle], 108 * count)
        raw_bodies, place = None if self.is_encrypted else expand(data[middle:end], size), 0
        for index in range(count):
            body = None
            if raw_bodies is not None:
                length = int.from_bytes(raw_bodies[place : place + 4], "big")
                body = raw_bodies[place + 4 : place + 4 + length]
                place += 4 + length
            self.record(raw_headers[108 * index : 108 * index + 108], body)
            check(index or self.time == first_time, "the first timestamp of a block")
        check(place == (size if raw_bodies else 0), "bytes behind the last body of a block")
        return end

    def record(self, header, body):
        magic, log, offset, time, count, flags, previous, root = struct.unpack(
            ">4s16sQQII32s32s", header)
        check(magic == b"KBR\1" and flags == 0, "a record header")
        check((log, offset, previous) == (self.id, self.offset, self.previous), "the chain")
        check(time > self.time, "a timestamp")
        events = None if body is None else self.events(body, count, root)
        leaf = sha(b"\0", header)
        self.offset, self.time, self.previous = offset + 1, time, leaf
        self.tree.append(leaf)
        if self.offset == self.size:
            self.root = self.tree.root()
        line = {"type": "record", "offset": offset, "timestamp": time, "hash": leaf.hex()}
        print(json.dumps({**line, "events": events}, default=bytes.hex))

    def events(self, body, count, root):
        check(body[0] in (0, 1, 2), "the form of a body")
        seeded = body[0] == 0
        salts = hashlib.shake_256(body[1:33]).digest(16 * count) if seeded else b""
        at, events, tree, holes, sealed = 33 if seeded else 1, [], Tree(), 0, 0
        for index in range(count):
            length = int.from_bytes(body[at : at + 4], "big")
            at += 4
            if not seeded and length == 0:
                tree.append(body[at : at + 32])
                events.append(None)
                holes, at = holes + 1, at + 32
                continue
            if body[0] == 2 and length >> 31:
                # Behind the id of the key, the leaf; salt and event cannot be read.
                tree.append(body[at + 16 : at + 48])
                events.append("sealed")
                sealed, at = sealed + 1, at + 48 + (length & 0x7FFFFFFF)
                continue
            salt = salts[16 * index : 16 * index + 16]
            if not seeded:
                salt, at = body[at : at + 16], at + 16
            event = body[at : at + length]
            tree.append(sha(b"\0", salt, event))
            item, end = cbor(event)
            check(end == length, "bytes behind an event")
            events.append(item)
            at += length
        check(body[0] != 1 or holes, "a body of salts without holes")
        check(body[0] != 2 or sealed, "a body of sealed events without one")
        check(at == len(body), "bytes behind the last event")
        check(tree.root() == root, "an events root")
        return events


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: reader.py LOG")
    Log(sys.argv[1])
