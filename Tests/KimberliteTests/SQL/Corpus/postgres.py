# SPDX-License-Identifier: Apache-2.0
# PostgreSQL 15 for one run: a cluster that is thrown away, and its wire protocol, of which the
# simple query is enough. It tells the type of each column, which psql does not.

import atexit
import os
import pwd
import shutil
import socket
import struct
import subprocess
import tempfile

BIN = "/usr/lib/postgresql/15/bin"


class Answer:
    """Rows with the types of their columns (OIDs), or the SQLSTATE of an error."""

    def __init__(self):
        self.types, self.rows, self.error, self.message = None, [], None, ""


class Session:
    """A connection by a Unix socket, without a password."""

    def __init__(self, folder, database):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(f"{folder}/.s.PGSQL.5432")
        self.buffer = b""
        words = f"user\0postgres\0database\0{database}\0client_encoding\0UTF8\0\0".encode()
        self.socket.sendall(struct.pack("!ii", len(words) + 8, 196608) + words)
        answer = self.answer()
        if answer.error:
            raise SystemExit(f"PostgreSQL refuses: {answer.message}")

    def run(self, sql):
        body = sql.encode() + b"\0"
        self.socket.sendall(b"Q" + struct.pack("!i", len(body) + 4) + body)
        return self.answer()

    def answer(self):
        answer = Answer()
        while True:
            kind, body = self.message()
            if kind == b"T":
                answer.types, answer.rows = types(body), []
            elif kind == b"D":
                answer.rows.append(cells(body))
            elif kind == b"E" and answer.error is None:
                fields = {part[:1]: part[1:].decode() for part in body.split(b"\0") if part}
                answer.error, answer.message = fields[b"C"], fields[b"M"]
            elif kind == b"Z":
                return answer

    def message(self):
        head = self.take(5)
        return head[:1], self.take(struct.unpack("!i", head[1:])[0] - 4)

    def take(self, count):
        while len(self.buffer) < count:
            more = self.socket.recv(1 << 16)
            if not more:
                raise SystemExit("PostgreSQL hung up")
            self.buffer += more
        part, self.buffer = self.buffer[:count], self.buffer[count:]
        return part


def types(body):
    found, place = [], 2
    for _ in range(struct.unpack("!h", body[:2])[0]):
        place = body.index(b"\0", place) + 1
        found.append(struct.unpack("!i", body[place + 6 : place + 10])[0])
        place += 18
    return found


def cells(body):
    found, place = [], 2
    for _ in range(struct.unpack("!h", body[:2])[0]):
        (count,) = struct.unpack("!i", body[place : place + 4])
        place += 4
        if count < 0:
            found.append(None)
        else:
            found.append(body[place : place + count].decode())
            place += count
    return found


def start():
    """Starts a cluster, as a user that is not root; the folder of its socket."""
    if not os.path.exists(f"{BIN}/postgres"):
        subprocess.run(["apt-get", "install", "-y", "-q", "postgresql-15"], check=True)
    folder = tempfile.mkdtemp(prefix="kb-postgres-")
    prefix = []
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]

    def run(*command):
        subprocess.run(
            [*prefix, *command], check=True, cwd=folder,
            stdout=subprocess.DEVNULL, env={"PATH": os.environ["PATH"], "HOME": folder})

    options = "-c listen_addresses= -c timezone=UTC -c fsync=off -c statement_timeout=20s"
    data = f"{folder}/data"
    run(f"{BIN}/initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C",
        "--lc-ctype=C.UTF-8")
    run(f"{BIN}/pg_ctl", "-D", data, "-w", "-o", f"-k {folder} {options}", "-l", f"{folder}/log", "start")

    def stop():
        subprocess.run([*prefix, f"{BIN}/pg_ctl", "-D", data, "-m", "immediate", "stop"],
                       stdout=subprocess.DEVNULL, cwd="/")
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    return folder
