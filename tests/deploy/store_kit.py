"""An object store for the tests that need one: moto's S3 server on loopback."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

BUCKET = "registry-lake"
SECRET = "an-object-stores-secret"


@contextmanager
def object_store() -> Iterator[str]:
    """The address of an S3 server with one bucket."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    quiet = subprocess.DEVNULL
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as server:
        try:
            _wait(address)
            urllib.request.urlopen(urllib.request.Request(f"{address}/{BUCKET}", method="PUT")).close()
            yield address
        finally:
            server.terminate()


def _wait(address: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(address).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError


def keys(store: str) -> dict[str, str]:
    """What the environment holds for the store."""
    return {"AWS_ACCESS_KEY_ID": "a-key", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_ENDPOINT_URL": store}


def ask_iam(store: str, action: str, **given: str) -> str:
    """Ask the server's IAM to do something before it begins to guard itself; return its answer."""
    scope = "AWS4-HMAC-SHA256 Credential=setup/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0"
    data = urllib.parse.urlencode({"Action": action, "Version": "2010-05-08", **given}).encode()
    with urllib.request.urlopen(urllib.request.Request(store, data, {"Authorization": scope})) as answer:
        return answer.read().decode()


def guard(store: str, on: bool) -> None:
    """Have the server ask each request for its rights from now on, or no longer."""
    count, plain = b"0" if on else b"inf", {"Content-Type": "text/plain"}
    urllib.request.urlopen(urllib.request.Request(f"{store}/moto-api/reset-auth", count, plain, method="POST")).close()


def user_with(store: str, name: str, *actions: str, bucket: str = BUCKET) -> dict[str, str]:
    """A user whose keys may do these actions on the bucket; what the environment holds for them."""
    ask_iam(store, "CreateUser", UserName=name)
    made = ask_iam(store, "CreateAccessKey", UserName=name)
    key, secret = (re.search(f"<{tag}>(.+?)</{tag}>", made)[1] for tag in ("AccessKeyId", "SecretAccessKey"))
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resources}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    ask_iam(store, "PutUserPolicy", UserName=name, PolicyName="rights", PolicyDocument=policy)
    return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_ENDPOINT_URL": store}
