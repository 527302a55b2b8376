#!/usr/bin/env bash
# Expected: an object of S3 whose key glob() lists can be read under that name, or is an error; S3 allows any characters.
# Seen: a listed name is a pattern again. read_blob() of x[1].csv gives the bytes of x1.csv, of x*.csv those of others too, of
#   a key with \ no row, all without an error; a key with ? is an error. [[] helps with [, nothing that was tried with ?.
# Heeded in: warehouse/pulls/places/s3.py (objects are listed and fetched with botocore; docs/decisions/0083).
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check duckdb==1.5.5 duckdb-extension-httpfs==1.5.5 \
  'moto[s3]==5.2.5' flask==3.1.3 flask-cors==6.0.5
port=$("$folder/venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$folder/venv/bin/python" -m moto.server -H 127.0.0.1 -p "$port" >"$folder/log" 2>&1 &
server=$!
cat >"$folder/ask.py" <<'PY'
import importlib
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

import duckdb

store = f"http://127.0.0.1:{sys.argv[1]}"
KEYS = ["plain.csv", "x[1].csv", "x*.csv", "x1.csv", "back\\slash.csv", "what?.csv", "a b+c%20#.csv"]


def put(path, body=b""):
    plain = {"Content-Type": "text/plain"}
    urllib.request.urlopen(urllib.request.Request(f"{store}/{quote(path)}", body, plain, method="PUT")).close()


for _ in range(300):
    try:
        put("bucket")
        break
    except urllib.error.HTTPError:
        raise
    except OSError:
        time.sleep(0.1)
for key in KEYS:
    put(f"bucket/{key}", key.encode())
con = duckdb.connect()
package = Path(importlib.import_module("duckdb_extension_httpfs").__file__).parent
con.execute(f"LOAD '{package}/extensions/v{duckdb.__version__}/httpfs.duckdb_extension'")
address = f"ENDPOINT '{store.removeprefix('http://')}', URL_STYLE 'path', USE_SSL false"
con.execute(f"CREATE SECRET (TYPE s3, KEY_ID 'key', SECRET 'secret', REGION 'us-east-1', {address})")
listed = [name for (name,) in con.execute("FROM glob('s3://bucket/**')").fetchall()]
print(f"duckdb {duckdb.__version__}: glob() lists {len(listed)} of {len(KEYS)} keys")


def read(name):
    try:
        return [content.decode() for (content,) in con.execute("SELECT content FROM read_blob(?)", [name]).fetchall()]
    except duckdb.Error as error:
        return type(error).__name__


seen = {}
for name in listed:
    key = name.removeprefix("s3://bucket/")
    seen[key] = read(name)
    print(f"  read_blob({key!r:<20}) {'' if seen[key] == [key] else 'IS NOT THE OBJECT: '}{seen[key]}")
escaped = {key: read(f"s3://bucket/{way}") for key, way in {"x[1].csv": "x[[]1].csv", "what?.csv": "what[?].csv"}.items()}
print(f"  written as [[] and [?]: {escaped}")
is_so = (
    sorted(listed) == sorted(f"s3://bucket/{key}" for key in KEYS)
    and seen["x[1].csv"] == ["x1.csv"]
    and seen["back\\slash.csv"] == []
    and len(seen["x*.csv"]) > 1
    and seen["what?.csv"] != ["what?.csv"] != escaped["what?.csv"]
    and seen["a b+c%20#.csv"] == ["a b+c%20#.csv"]
)
sys.exit(0 if is_so else "This has changed.")
PY
"$folder/venv/bin/python" "$folder/ask.py" "$port"
