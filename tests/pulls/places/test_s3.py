"""Tests pulls from an S3 store: moto's server, whose keys, pages, rights and codes are S3's."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from typer.testing import CliRunner

from orchestration.automation.pull_sensor import pull_job, pull_sensor
from orchestration.cli import main
from orchestration.cli.home_problems import problems_of_home
from orchestration.pulling import lines_of
from tests.deploy.store_kit import guard, user_with
from tests.pulls.places.fake_place import HEADER
from tests.warehouse.kit import SITE, Kit
from warehouse.pulls.api_token import variable_of
from warehouse.pulls.places.s3 import S3Place
from warehouse.pulls.pull_sites import pull_sites
from warehouse.pulls.targets import Pulled
from warehouse.sources.place_address import Address

ROW = f"{HEADER}P1,S1,2025-01-05,L1,20\n"
NAMES = (
    *("plain.csv", "a b.csv", "a+b.csv", "a%20b.csv", "a%2Fb.csv", "a#b.csv", "a?b=c&d.csv", "ä.csv", "a\u0308.csv"),
    *("日本.csv", "x[1].csv", "x*.csv", "x{a,b}.csv", "q'uote.csv", 'd"q.csv', "back\\slash.csv", "<&gt;>.csv"),
    *("semi;colon.csv", "at@.csv", "dollar$.csv", "tilde~.csv", "pipe|.csv", "caret^.csv", "tab\t.csv", "no-end"),
)
SECRET = "the-secret-of-a-store"
SITE_TOML = """
[sources.ehr]
place = "s3://{bucket}/exports"
endpoint = "{store}"

[exports.rfa_sessions]
source = "ehr"
"""


@pytest.fixture
def bucket(request: pytest.FixtureRequest, client: Any) -> str:
    """A bucket of the test's own."""
    name = request.node.name.partition("[")[0].removeprefix("test_").replace("_", "-")[:60].strip("-")
    client.create_bucket(Bucket=name)
    return name


@pytest.fixture
def home(kit: Kit, bucket: str, store: str, monkeypatch: pytest.MonkeyPatch) -> Kit:
    """A site whose files lie in the bucket."""
    kit.configure(SITE, SITE_TOML.format(bucket=bucket, store=store))
    monkeypatch.setenv(variable_of(SITE, "ehr"), f"a-key-id:{SECRET}")
    return kit


def place(bucket: str, store: str, folder: str = "exports") -> S3Place:
    """The bucket, as a pull opens it."""
    return S3Place(Address("s3", bucket, folder), ("a-key", SECRET), store, None)


def test_every_key_is_read_as_it_stands(client: Any, bucket: str, store: str, tmp_path: Path) -> None:
    """Whatever its characters; what stands for a folder, and what lies beside the place, is none of its files."""
    for name in NAMES:
        client.put_object(Bucket=bucket, Key=f"exports/{name}", Body=name.encode())
    for other in ("exports/", "exports/folder/", "exports-old/a.csv", "exports.csv", "a.csv"):
        client.put_object(Bucket=bucket, Key=other, Body=b"")
    opened = place(bucket, store)
    found = opened.listed()
    assert {one.name for one in found} == set(NAMES)
    for one in found:
        opened.fetch(one, tmp_path / "file")
        assert (tmp_path / "file").read_bytes() == one.name.encode()
    opened.close()


@pytest.mark.long
def test_a_list_of_several_pages(client: Any, bucket: str, store: str) -> None:
    """A store gives 1,000 keys at once."""
    for number in range(1_005):
        client.put_object(Bucket=bucket, Key=f"exports/{number}.csv", Body=b"x")
    assert len(place(bucket, store).listed()) == 1_005


@pytest.mark.long
def test_a_large_object_is_not_held_in_memory(client: Any, bucket: str, store: str, tmp_path: Path) -> None:
    """An object of 100 MB takes less than 20 MB more."""
    with open(tmp_path / "large", "wb") as file:
        file.truncate(100_000_000)
    with open(tmp_path / "large", "rb") as file:
        client.put_object(Bucket=bucket, Key="exports/large.csv", Body=file)
    opened = place(bucket, store)
    (one,) = opened.listed()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    opened.fetch(one, tmp_path / "file")
    assert (tmp_path / "file").stat().st_size == one.size == 100_000_000
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) < 20_000
    opened.close()


def test_the_command_delivers_and_a_refresh_loads(home: Kit, client: Any, bucket: str) -> None:
    """`registry pull` names what it fetched, once; what is refused in the middle is said, and exit code 1."""
    client.put_object(Bucket=bucket, Key="exports/2025-02-01 Sitzungen+1.csv", Body=ROW.encode())
    client.put_object(Bucket=bucket, Key="exports/archive/2024.csv", Body=ROW.encode())
    assert _command(home).stdout == (
        "north/ehr: delivered 2025-02-01 Sitzungen+1.csv\nnorth/ehr: 1 file in a folder below is not fetched\n"
    )
    assert _command(home, SITE).stdout.startswith("north/ehr: nothing new\n")
    home.refresh()
    assert home.problems == []
    assert home.tuples("SELECT patient_id, delivery FROM clean.rfa_sessions") == [("P1", "2025-02-01 Sitzungen+1.csv")]


def test_many_files_are_not_all_named() -> None:
    """The first are, and how many more there are."""
    names = tuple(f"{number}.csv" for number in range(8))
    assert lines_of(Pulled(names[:1], None)) == ["delivered 0.csv"]
    assert lines_of(Pulled(names[:3], 7)) == ["delivered 0.csv, 1.csv and 2.csv (7 records)"]
    assert lines_of(Pulled(names, None)) == ["delivered 0.csv, 1.csv, 2.csv, 3.csv, 4.csv and 3 more"]


def _command(home: Kit, *arguments: str) -> Any:
    return CliRunner().invoke(main.app, ["pull", *arguments, "--home", str(home.home.root)])


@pytest.mark.parametrize("fails", [False, True])
def test_the_sensors_job_pulls(home: Kit, client: Any, bucket: str, fails: bool) -> None:
    """The sensor requests it where a source has a place; its events name the files, never the key."""
    client.put_object(Bucket=bucket, Key="exports/a.csv", Body=ROW.encode())
    if fails:
        client.delete_object(Bucket=bucket, Key="exports/a.csv")
        client.delete_bucket(Bucket=bucket)
    job = pull_job(home.home)
    with dg.DagsterInstance.ephemeral() as instance:
        assert isinstance(pull_sensor(home.home, job)(dg.build_sensor_context(instance=instance)), dg.RunRequest)
        done = job.execute_in_process(instance=instance)
        events = "".join(repr(entry) for entry in instance.all_logs(done.run_id))
    assert done.success and SECRET not in events
    assert ("north/ehr: delivered a.csv" in events) != fails
    assert ("The store has no such bucket." in events) == fails
    assert (home.home.landing / SITE / "ehr" / "a.csv").is_file() != fails


def test_the_key_is_not_logged(client: Any, bucket: str, store: str, tmp_path: Path, caplog: Any) -> None:
    """Not even where everything is, as a library's own messages are."""
    client.put_object(Bucket=bucket, Key="exports/a.csv", Body=ROW.encode())
    with caplog.at_level("DEBUG"):
        opened = place(bucket, store)
        opened.fetch(opened.listed()[0], tmp_path / "file")
        opened.close()
    assert caplog.text and SECRET not in caplog.text


def test_rights_are_those_of_the_key(home: Kit, client: Any, bucket: str, store: str, monkeypatch: Any) -> None:
    """A key that may list and not read; one that nobody gave; and one that may do both, which changes nothing there."""
    client.put_object(Bucket=bucket, Key="exports/a.csv", Body=ROW.encode())
    users = {
        name: user_with(store, name, *actions, bucket=bucket)
        for name, actions in {"lister": ["s3:ListBucket"], "reader": ["s3:ListBucket", "s3:GetObject"]}.items()
    }
    guard(store, on=True)
    try:
        said = {}
        for name, keys in {**users, "nobody": {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"}}.items():
            secret = f"{keys['AWS_ACCESS_KEY_ID']}:{keys['AWS_SECRET_ACCESS_KEY']}"
            monkeypatch.setenv(variable_of(SITE, "ehr"), secret)
            (outcome,) = pull_sites(home.home, SITE)
            said[name] = (outcome.problem, outcome.pulled and outcome.pulled.files)
    finally:
        guard(store, on=False)
    assert said["lister"][0].startswith("1 file waits. The store lists it and refuses to give it: a.csv. Let whoever")
    assert said["reader"] == ("", ("a.csv",))
    assert said["nobody"][0].startswith("The store refuses the key.") and said["nobody"][1] is None
    assert problems_of_home(home.home) == [f"pull of north/ehr: {said['nobody'][0]}"]
