#!/usr/bin/env bash
# Expected: a server that quack_serve reports as listening answers clients, or says why not.
# Seen: in a process that may not install or load extensions by itself, as on a machine without a network, it answers every client
#   with HTTP 500 and no word of the cause, until the extension httpfs is loaded before quack.
# Heeded in: orchestration/serving/extensions.py (httpfs first; docs/decisions/0042).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check duckdb==1.5.5 duckdb-extension-httpfs==1.5.5 \
  duckdb-extension-quack==1.5.5
cd "$folder"
cat >common.py <<'PY'
import importlib
from pathlib import Path

import duckdb

ALONE = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}


def opened(*names, path=":memory:"):
    con = duckdb.connect(path, config=ALONE)
    for name in names:
        package = Path(importlib.import_module(f"duckdb_extension_{name}").__file__).parent
        con.execute(f"LOAD '{package}/extensions/v{duckdb.__version__}/{name}.duckdb_extension'")
    return con
PY
cat >server.py <<'PY'
import sys
from socket import socket

from common import opened

with socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
con = opened(*sys.argv[1].split(), path=sys.argv[2])
con.execute("CREATE TABLE t AS SELECT 42 AS a")
con.execute(f"CALL quack_serve('quack:127.0.0.1:{port}', token := 'a-token-of-this-script')")
print(port, flush=True)
sys.stdin.read()
PY
cat >client.py <<'PY'
import subprocess
import sys

import duckdb
from common import opened

seen = {}
for names in ("quack", "httpfs quack"):
    command = [sys.executable, "server.py", names, f"{names.split()[0]}.duckdb"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        port = server.stdout.readline().strip()
        con = opened("httpfs", "quack")
        try:
            con.execute(f"ATTACH 'quack:127.0.0.1:{port}' AS r (TOKEN 'a-token-of-this-script')")
            seen[names] = str(con.execute("SELECT a FROM r.t").fetchall())
        except duckdb.Error as error:
            seen[names] = str(error).replace(port, "PORT")
        server.kill()
for names, answer in seen.items():
    print(f"duckdb {duckdb.__version__}, server with {names}: {answer}")
if "HTTP 500" not in seen["quack"] or seen["httpfs quack"] != "[(42,)]":
    sys.exit("This has changed.")
PY
venv/bin/python client.py
