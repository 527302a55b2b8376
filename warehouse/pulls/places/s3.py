"""Lists a bucket of an S3 store and fetches its objects, through botocore.

What this machine has of its own for S3 (AWS_PROFILE, ~/.aws, AWS_ENDPOINT_URL) does not count: a key goes only to the
store that site.toml names.
"""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from warehouse.pulls.api_token import store_key_of
from warehouse.pulls.places.place import MOST_FILES, Listed, too_many
from warehouse.pulls.places.s3_words import CORRECT, NO_STORE, in_words
from warehouse.pulls.targets import Target
from warehouse.sources.place_address import Address
from warehouse.storage.errors import FileChanged, PlaceUnreachable, RegistryError
from warehouse.storage.home import Home

TIMEOUTS_SECONDS = (10, 60)
"""To connect, and between two parts of an answer."""
ATTEMPTS = 4
"""Of one request, with pauses between."""
REGION = "us-east-1"
"""What a store without regions expects."""
CHUNK_BYTES = 1 << 20
AT = "at "
"""How a stamp begins that is a time."""
CHANGED = FileChanged("It changed while it was fetched.", "The next pull fetches it.")


def open_place(home: Home, target: Target, address: Address) -> "S3Place":
    """Return the bucket, not asked yet. Raises RegistryError if there is no key."""
    key = store_key_of(home, target.site, target.name)
    return S3Place(address, key, target.source.endpoint, target.source.region)


class S3Place:
    """A bucket, and what its keys begin with. `key` is an id and its secret; without `endpoint` the store is AWS."""

    writes_whole = True

    def __init__(self, address: Address, key: tuple[str, str], endpoint: str | None, region: str | None):
        self._bucket, self._prefix = address.host, f"{address.folder}/" if address.folder else ""
        self._client = client_of(key, endpoint, region or REGION)

    def listed(self) -> list[Listed]:
        """Return the objects; those that stand for folders are none."""
        found: list[Listed] = []
        with self._words():
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
            for page in pages:
                if "IsTruncated" not in page:  # botocore takes any other page, and none, for an empty list
                    raise PlaceUnreachable(*NO_STORE)
                objects = [one for one in page.get("Contents", ()) if not one["Key"].endswith("/")]
                found += [Listed(one["Key"][len(self._prefix) :], one["Size"], _stamp(one)) for one in objects]
                if len(found) > MOST_FILES:
                    raise too_many()
        return found

    def fetch(self, one: Listed, to: Path) -> None:
        """Write the object, if it is the one that was listed."""
        with self._words(is_listing=False):
            answer = self._client.get_object(Bucket=self._bucket, Key=f"{self._prefix}{one.name}")
            with closing(answer["Body"]) as body, open(to, "wb") as file:
                has_other = one.stamp != (_etag(answer) or one.stamp) and not one.stamp.startswith(AT)
                if has_other or answer.get("ContentLength", one.size) != one.size:
                    raise CHANGED
                for chunk in body.iter_chunks(CHUNK_BYTES):
                    file.write(chunk)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @contextmanager
    def _words(self, is_listing: bool = True) -> Iterator[None]:
        """Turn every error of botocore, which may lead to the key, into ours; the disk's own are left as they are."""
        from botocore.exceptions import BotoCoreError, HTTPClientError

        try:
            yield
        except (BotoCoreError, HTTPClientError, ConnectionError, TimeoutError) as error:  # some are OSErrors too
            raise in_words(error, is_listing) from None
        except (OSError, RegistryError):
            raise
        except Exception as error:
            raise in_words(error, is_listing) from None


def _stamp(one: dict[str, Any]) -> str:
    """Return an object's ETag; its time of change where a store has none."""
    return _etag(one) or f"{AT}{one['LastModified'].isoformat()}"


def _etag(one: dict[str, Any]) -> str:
    """Return an object's ETag, '' if none; some stores have other quotes in a list than with the object."""
    return str(one.get("ETag") or "").removeprefix("W/").strip('"')


def client_of(key: tuple[str, str], endpoint: str | None, region: str) -> Any:
    """Return botocore's client of a store. Raises RegistryError if it is not installed, or takes no such address."""
    session = _session()
    from botocore.config import Config

    try:
        return session.create_client(
            "s3",
            region_name=region,
            endpoint_url=endpoint,
            aws_access_key_id=key[0],
            aws_secret_access_key=key[1],
            config=Config(
                connect_timeout=TIMEOUTS_SECONDS[0],
                read_timeout=TIMEOUTS_SECONDS[1],
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                s3={"addressing_style": "path"} if endpoint else None,
                ignore_configured_endpoint_urls=True,
            ),
        )
    except ValueError:
        raise RegistryError("endpoint in site.toml is no address of a store.", CORRECT) from None


@cache
def _session() -> Any:
    """Return botocore's session, which reads nothing of this machine; its descriptions of S3 are read once."""
    try:
        from botocore.session import Session
    except ImportError:
        raise RegistryError(
            "What reads S3 stores is not installed.",
            "Install it with `pip install '.[places]'` in the registry's environment.",
        ) from None
    nothing = (None, None, os.devnull, None)
    return Session(session_vars={"profile": (None, None, None, None), "config_file": nothing})
