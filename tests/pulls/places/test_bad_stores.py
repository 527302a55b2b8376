"""Tests what a pull says of stores that refuse, fail or give something else than they list."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pulls.places.bad_store import SILENT, BadStore, bad_store
from tests.pulls.places.fake_place import HEADER, SITE_TOML
from tests.variants import quick
from tests.warehouse.kit import SITE, Kit
from warehouse.pulls.api_token import variable_of
from warehouse.pulls.places import place, s3
from warehouse.pulls.pull_sites import Outcome, pull_sites

SECRET = "the-secret-of-a-store"
ROW = f"{HEADER}P1,S1,2025-01-05,L1,20\n"


@pytest.fixture(scope="module")
def serving() -> Iterator[BadStore]:
    """A store, served once for all tests."""
    with bad_store() as store:
        yield store


@pytest.fixture
def store(serving: BadStore, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> BadStore:
    """A store with three objects, and a site that fetches from it."""
    serving.objects = {f"{name}.csv": ROW.replace("P1", name).encode() for name in "abc"}
    serving.has_etags = True
    serving.lists, serving.gives, serving.etags, serving.asked = None, {}, {}, []
    monkeypatch.setenv(variable_of(SITE, "ehr"), f"a-key-id:{SECRET}")
    monkeypatch.setattr(s3, "ATTEMPTS", 1)
    kit.configure(SITE, SITE_TOML.format(keys=f'endpoint = "{serving.address}"'))
    return serving


def outcome(kit: Kit) -> Outcome:
    """Pull, and return how it ended; nothing that is said holds the key."""
    (found,) = pull_sites(kit.home, SITE)
    assert SECRET not in found.problem and "a-key-id" not in found.problem
    return found


REFUSALS = [
    ((403, "InvalidAccessKeyId"), "The store refuses the key. Correct it in tokens/"),
    ((403, "AccessDenied"), "The store refuses to list the place (403). Let whoever runs the store give"),
    ((404, "NoSuchBucket"), "The store has no such bucket. Correct place, endpoint or region"),
    ((403, "SignatureDoesNotMatch"), "The store refuses the key."),
    ((400, "ExpiredToken"), "The store refuses the key."),
    ((403, "RequestTimeTooSkewed"), "The clocks of the store and of this machine differ."),
    ((404, "<html>Not found</html>"), "The store has no such bucket (404)."),
    ((200, "<html>Log in</html>"), "What answers is no S3 store. Correct place, endpoint"),
    ((200, ""), "What answers is no S3 store."),
    ((200, "<html><p>Log in</html>"), "The store fails (500)."),  # so botocore has it
    ((301, "PermanentRedirect"), "The store sends the request on to another address, which gets no key."),
    ((503, "SlowDown"), "The store fails (503). The next pull tries again."),
    ((500, "InternalError"), "The store fails (500)."),
    ((405, "MethodNotAllowed"), "The store refuses the request (405)."),
]


@pytest.mark.parametrize(("lists", "said"), quick(3, REFUSALS))
def test_a_store_that_does_not_list(store: BadStore, kit: Kit, lists: tuple[int, str], said: str) -> None:
    """Nothing is delivered, and the reason is said with its cure, in our words and not the store's."""
    store.lists = lists
    found = outcome(kit)
    assert found.pulled is None and found.problem.startswith(said)
    assert not (kit.home.landing / SITE / "ehr").exists()


FAILURES = [
    ((403, "AccessDenied"), "1 file waits. The store lists it and refuses to give it: b.csv."),
    (20, "1 file waits. The store's answer breaks off"),
    ((404, "NoSuchKey"), "1 file waits. It is gone since it was listed: b.csv. The next pull tries again."),
    ((403, "InvalidObjectState"), "1 file waits. It is in archive storage: b.csv. Let whoever runs the store"),
    ((403, "<html>no</html>"), "1 file waits. The store lists it and refuses to give it: b.csv."),
    ((500, "InternalError"), "1 file waits. The store fails (500): b.csv."),
    ((403, "ExpiredToken"), "2 files wait. The store refuses the key: b.csv, c.csv."),
]


@pytest.mark.parametrize(("gives", "said"), quick(2, FAILURES))
def test_a_store_that_does_not_give_what_it_lists(
    store: BadStore, kit: Kit, gives: tuple[int, str] | int, said: str
) -> None:
    """The other objects are delivered; that one is not, not even in part, and comes with a later pull."""
    store.gives["b.csv"] = gives
    found = outcome(kit)
    assert found.problem.startswith(said)
    assert found.pulled is not None and found.pulled.files == (("a.csv",) if "2 files" in said else ("a.csv", "c.csv"))
    assert {path.name for path in (kit.home.landing / SITE / "ehr").iterdir()} == set(found.pulled.files)
    store.gives.clear()
    again = outcome(kit)
    assert again.pulled is not None and "b.csv" in again.pulled.files and again.problem == ""


def test_an_object_that_is_another_than_was_listed(store: BadStore, kit: Kit) -> None:
    """By its ETag; it waits for the next list."""
    store.etags["b.csv"] = "another"
    found = outcome(kit)
    assert found.pulled is not None and found.pulled.files == ("a.csv", "c.csv") and found.problem == ""
    assert found.pulled.remarks == ("still being written, so the next pull fetches it: b.csv",)


def test_a_store_without_etags(store: BadStore, kit: Kit) -> None:
    """Its times tell what is new; an ETag that comes with the object alone is no change."""
    store.has_etags = False
    assert outcome(kit).pulled.files == ("a.csv", "b.csv", "c.csv")  # type: ignore[union-attr]
    assert outcome(kit).pulled.files == ()  # type: ignore[union-attr]
    assert store.asked.count("list") == 2 and len(store.asked) == 5


def test_a_store_without_its_network(store: BadStore, kit: Kit) -> None:
    """A port where nothing listens is said, and one that does not speak TLS."""
    kit.configure(SITE, SITE_TOML.format(keys='endpoint = "http://127.0.0.1:9"'))
    assert outcome(kit).problem.startswith("The store cannot be reached. Check the network, and endpoint")
    kit.configure(SITE, SITE_TOML.format(keys=f'endpoint = "{store.address.replace("http", "https")}"'))
    assert outcome(kit).problem.startswith("The store does not answer with TLS.")
    kit.configure(SITE, SITE_TOML.format(keys='endpoint = "https://no_name.example"'))
    assert outcome(kit).problem.startswith("endpoint in site.toml is no address of a store. Correct place, endpoint")
    assert store.asked == []


def test_a_store_that_is_silent(store: BadStore, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given up after a time, and not asked for each of its objects."""
    monkeypatch.setattr(s3, "TIMEOUTS_SECONDS", (1, 0.3))
    store.gives["b.csv"] = SILENT
    found = outcome(kit)
    assert found.problem == "2 files wait. The store is silent: b.csv, c.csv. The next pull tries again."
    assert found.pulled is not None and found.pulled.files == ("a.csv",)


def test_what_botocore_does_not_expect_stops_no_other_site(
    store: BadStore, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of any kind within the library is that source's problem, without its text, which may lead to the key."""

    class Broken:
        close = staticmethod(lambda: None)

        def get_paginator(self, _: str) -> None:
            raise KeyError(SECRET)

    monkeypatch.setattr(s3, "client_of", lambda *_: Broken())
    assert outcome(kit).problem == "The store's answer breaks off (KeyError). The next pull tries again."


def test_too_many_files_are_a_wrong_folder(store: BadStore, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place with more files than any site delivers is refused before anything is fetched."""
    monkeypatch.setattr(s3, "MOST_FILES", 2)
    assert outcome(kit).problem.startswith(f"The place has more than {place.MOST_FILES:,} files. Name the folder")
    assert store.asked == ["list"]


def test_what_this_machine_has_for_s3_does_not_count(
    store: BadStore, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A profile, an endpoint or keys in the environment neither stop a pull nor lead it elsewhere."""
    for name, value in {
        "AWS_PROFILE": "nobody",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "other",
        "AWS_CONFIG_FILE": str(kit.home.root / "registry.toml"),
    }.items():
        monkeypatch.setenv(name, value)
    (kit.home.root / "registry.toml").write_text("no ini file", encoding="utf-8")
    found = outcome(kit)
    assert found.problem == "" and found.pulled is not None and len(found.pulled.files) == 3


def test_without_a_key_nothing_is_asked(store: BadStore, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal says where to write it; a text that is no key is refused without being shown."""
    monkeypatch.delenv(variable_of(SITE, "ehr"))
    assert outcome(kit).problem.startswith(f"There is no key for {SITE}/ehr. Write it to tokens/{SITE}/ehr")
    monkeypatch.setenv(variable_of(SITE, "ehr"), SECRET)
    assert "does not hold the key of a store. Write its id and its secret" in outcome(kit).problem
    assert store.asked == []
