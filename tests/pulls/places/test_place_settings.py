"""Tests the keys of a source whose files lie at a place: what is refused, in one sentence with its cure."""

from __future__ import annotations

import pytest

from tests.variants import quick
from tests.warehouse.kit import SITE
from warehouse.sources.place_address import Address, address_of
from warehouse.sources.site_mapping import read_mapping
from warehouse.storage.errors import RegistryError

KEY = "SHA256:" + "a" * 43
PLACES = [
    ("s3://clinic-a", Address("s3", "clinic-a")),
    ("s3://clinic-a/ex ports/100%#?[*]", Address("s3", "clinic-a", "ex ports/100%#?[*]")),
    ("s3://clinic-a/exports/", Address("s3", "clinic-a", "exports")),
    ("sftp://registry@files.example", Address("sftp", "files.example", "/", "registry")),
    ("sftp://a@b@files.example:2222/x/y", Address("sftp", "files.example", "/x/y", "a@b", "", 2222)),
    ("sftp://registry@[::1]:22/x", Address("sftp", "::1", "/x", "registry", "", 22)),
    ("smb://CLINIC;registry@files/share/x", Address("smb", "files", "share/x", "registry", "CLINIC")),
]
NO_PLACES = [
    ("/srv/exports", "a place looks like"),
    ("ftp://files.example/x", "a place looks like"),
    ("sftp://registry:secret@files.example/x", "a place holds no password"),
    ("s3://clinic/../other", "a place of s3 looks like"),
    ("s3://Clinic/x", "a place of s3 looks like"),
    ("s3://clinic//x", "a place of s3 looks like"),
    ("s3://clinic:443/x", "a place of s3 looks like"),
    ("s3://key@clinic/x", "a place of s3 looks like"),
    ("sftp://files.example/x", "a place of sftp looks like"),
    ("sftp://registry@files.example:99999/x", "a place of sftp looks like"),
    ("smb://registry@files.example/", "a place of smb looks like"),
    ("s3://clinic/x\ny", "a place of s3 looks like"),
]
REFUSED = [
    ({"place": "s3://clinic/x", "api": "https://redcap.example.org/api/"}, "names both a place and an API"),
    ({"place": "s3://clinic/x", "endpoint": "http://s3.clinic.example"}, "would carry patients without TLS"),
    ({"place": "s3://clinic/x", "endpoint": "https://a:b@s3.clinic.example"}, "endpoint is no address"),
    ({"place": "s3://clinic/x", "endpoint": "https://s3.clinic.example/bucket"}, "endpoint is no address"),
    ({"place": "s3://clinic/x", "endpoint": "s3.clinic.example"}, "endpoint is no address"),
    ({"place": "s3://clinic/x", "region": "eu central"}, "region is no region of a store"),
    ({"place": "s3://clinic/x", "host_key": KEY}, "host_key belongs to a place of SFTP"),
    ({"place": "sftp://a@b/x"}, "host_key is missing"),
    ({"place": "sftp://a@b/x", "host_key": "ssh-ed25519 AAAA"}, "host_key is no fingerprint"),
    ({"place": "sftp://a@b/x", "host_key": KEY, "endpoint": "https://b"}, "endpoint belongs to a place of S3"),
    ({"endpoint": "https://s3.clinic.example"}, "endpoint belongs to a place"),
    ({"most_megabytes": 5}, "most_megabytes belongs to a place"),
    ({"place": "s3://clinic/x", "kind": "sql"}, "place says nothing of what a database gives"),
    ({"place": "s3://clinic/x", "most_megabytes": 0}, "most_megabytes has the wrong type. Write a whole number"),
]


@pytest.mark.parametrize(("place", "address"), PLACES)
def test_an_address_stands_as_it_is_written(place: str, address: Address) -> None:
    """Nothing in it is percent-encoded: a folder of a bucket may hold any character."""
    assert address_of(place) == address


@pytest.mark.parametrize(("place", "said"), NO_PLACES)
def test_what_is_no_address(place: str, said: str) -> None:
    """It is refused with what one looks like."""
    with pytest.raises(RegistryError, match=f"{SITE}/site.toml: sources.ehr.place: {said}") as refused:
        read_mapping({"ehr": {"place": place}}, {}, SITE)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(("keys", "said"), quick(20, REFUSED))
def test_keys_that_do_not_fit(keys: dict, said: str) -> None:
    """Each refusal names the key, and has a cure."""
    with pytest.raises(RegistryError, match=said) as refused:
        read_mapping({"ehr": keys}, {}, SITE)
    assert refused.value.cure


def test_two_places_do_not_share_a_folder() -> None:
    """Their equal names would be one file; two sources may read what comes from one place."""
    one = {"place": "s3://clinic/x", "folder": "files"}
    read_mapping({"a": one, "b": {**one, "files": ["*.xlsx"]}}, {}, SITE)
    with pytest.raises(RegistryError, match="sources.a and sources.b fetch from two places into one folder"):
        read_mapping({"a": one, "b": {**one, "place": "s3://clinic/y"}}, {}, SITE)
    with pytest.raises(RegistryError, match="has a plain name"):
        read_mapping({"a/b": one}, {}, SITE)


def test_where_files_lie_does_not_decide_how_they_are_read() -> None:
    """A source that moves to a place reads its earlier files as before: they are not loaded again."""
    exports = {"patients": {"source": "ehr"}}
    before = read_mapping({"ehr": {"delimiter": ";"}}, exports, SITE).feeds("ehr", "a.csv")
    now = {"delimiter": ";", "place": "sftp://a@b/x", "host_key": KEY, "most_megabytes": 5}
    after = read_mapping({"ehr": now}, exports, SITE).feeds("ehr", "a.csv")
    assert [feed.fingerprint for feed in before] == [feed.fingerprint for feed in after]
