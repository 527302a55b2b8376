#!/bin/bash
# Expected: a folder in which one of three files has a name in Latin-1, as old programs write them, is listed: names are
#   bytes in SFTP, and OpenSSH's own client lists all three.
# Seen: paramiko's listdir, listdir_attr and listdir_iter, and fsspec's ls, which stands on the last, end with a
#   UnicodeDecodeError and list none of them. asyncssh lists all three if it is told path_errors="surrogateescape".
# Heeded in: docs/decisions/0084, which reads SFTP with asyncssh.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check paramiko==5.1.0 fsspec==2026.9.0 asyncssh==2.24.1
mkdir "$folder/data"
touch "$folder/data/a.csv" "$folder/data/b.csv" "$folder/data/"$'M\xfcller.csv'
"$folder/venv/bin/python" - "$folder/data" <<'PYTHON'
import asyncio
import os
import sys
import threading
from importlib.metadata import version

import asyncssh
import paramiko
from fsspec.implementations.sftp import SFTPFileSystem

folder = sys.argv[1]


class Doors(asyncssh.SSHServer):
    def begin_auth(self, username):
        return False


async def listen():
    key = asyncssh.generate_private_key("ssh-ed25519")
    return await asyncssh.listen("127.0.0.1", 0, server_factory=Doors, server_host_keys=[key], sftp_factory=True)


async def by_asyncssh():
    async with asyncssh.connect("127.0.0.1", port, username="u", known_hosts=None, config=None) as connection:
        async with connection.start_sftp_client(path_errors="surrogateescape") as client:
            return [name for name in await client.listdir(folder) if name not in (".", "..")]


loop = asyncio.new_event_loop()
threading.Thread(target=loop.run_forever, daemon=True).start()
port = asyncio.run_coroutine_threadsafe(listen(), loop).result().get_port()
fs = SFTPFileSystem("127.0.0.1", port=port, username="u", password="", allow_agent=False, look_for_keys=False)
print("paramiko", version("paramiko"), "fsspec", version("fsspec"), "asyncssh", version("asyncssh"))
seen = {}
for what, names in {
    "paramiko listdir": lambda: fs.ftp.listdir(folder),
    "paramiko listdir_iter": lambda: list(fs.ftp.listdir_iter(folder)),
    "fsspec ls": lambda: fs.ls(folder),
    "asyncssh": lambda: asyncio.run(by_asyncssh()),
}.items():
    try:
        seen[what] = len(names())
        print(f"{what:<22} {seen[what]} of 3 files", flush=True)
    except UnicodeDecodeError as error:
        seen[what] = 0
        print(f"{what:<22} {type(error).__name__}: {error}", flush=True)
os._exit(0 if list(seen.values()) == [0, 0, 0, 3] else 1)
PYTHON
