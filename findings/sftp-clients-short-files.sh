#!/bin/bash
# Expected: a client that copies a file of 3,000,000 bytes over SFTP gives 3,000,000 bytes or an error.
# Seen: the program that owns the file shortens it while it is copied (it writes it anew, say). The copies of paramiko,
#   fsspec's sftp, asyncssh and sshfs then end without an error and have a third of the bytes: a CSV that stops in the
#   middle of a row, or at the end of one, where nobody can tell. paramiko does compare sizes after a copy: those of the
#   copy and of the bytes that came, not that of the file. asyncssh is asked here for blocks of 64 KiB: with its own larger
#   ones, all of this small file was on its way before it was shortened.
# Heeded in: warehouse/pulls/places/sftp.py (size and time of a file are compared with those in the list, before and
#   after).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
    paramiko==5.1.0 fsspec==2026.9.0 asyncssh==2.24.1 sshfs==2026.8.0
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import asyncio
import os
import sys
import threading
from importlib.metadata import version

import asyncssh
import paramiko
from fsspec.implementations.sftp import SFTPFileSystem
from sshfs import SSHFileSystem

folder = sys.argv[1]
WHOLE, CUT, FROM = 3_000_000, 1_000_000, 500_000
source, copy = f"{folder}/export.csv", f"{folder}/copy.csv"


class Doors(asyncssh.SSHServer):
    def begin_auth(self, username):
        return False


class Files(asyncssh.SFTPServer):
    def read(self, file_obj, offset, size):
        if offset > FROM and os.path.getsize(source) == WHOLE:
            os.truncate(source, CUT)  # its owner writes it anew
        return super().read(file_obj, offset, size)


async def listen():
    key = asyncssh.generate_private_key("ssh-ed25519")
    return await asyncssh.listen("127.0.0.1", 0, server_factory=Doors, server_host_keys=[key], sftp_factory=Files)


loop = asyncio.new_event_loop()
threading.Thread(target=loop.run_forever, daemon=True).start()
port = asyncio.run_coroutine_threadsafe(listen(), loop).result().get_port()
there = {"host": "127.0.0.1", "port": port, "username": "u"}


def by_paramiko():
    transport = paramiko.Transport(("127.0.0.1", port))
    transport.start_client()
    transport.auth_none("u")
    paramiko.SFTPClient.from_transport(transport).get(source, copy)


def by_fsspec():
    SFTPFileSystem(**there, password="", allow_agent=False, look_for_keys=False).get_file(source, copy)


def by_asyncssh():
    async def get():
        async with asyncssh.connect(**there, known_hosts=None, config=None) as connection:
            async with connection.start_sftp_client() as client:
                await client.get(source, copy, block_size=1 << 16)

    asyncio.run(get())


def by_sshfs():
    SSHFileSystem(**there, config=None).get_file(source, copy)


seen = []
for package, get in {"paramiko": by_paramiko, "fsspec": by_fsspec, "asyncssh": by_asyncssh, "sshfs": by_sshfs}.items():
    with open(source, "wb") as file:
        file.write(b"x" * WHOLE)
    try:
        get()
        got = open(copy, "rb").read().count(b"x")
        said = f"no error, {got:,} of {WHOLE:,} bytes"
    except Exception as error:
        got, said = WHOLE, f"{type(error).__name__}: {error}"
    print(f"{package:<9} {version(package):<9} {said}", flush=True)
    seen.append(got < WHOLE)
os._exit(0 if all(seen) else 1)
PYTHON
