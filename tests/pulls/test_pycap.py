"""Tests what PyCap 2.7.0 does that warehouse/pulls must know; a new version that differs is seen here."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

import pytest
from redcap import Project

from tests.pulls.conftest import DATA, DICTIONARY
from tests.pulls.redcap_server import TOKEN, Answer, Redcap, serving


@pytest.fixture
def project() -> Iterator[Redcap]:
    """A project on a server."""
    with serving(Redcap(DICTIONARY, DATA)) as served:
        yield served


def test_the_version_is_the_one_that_was_looked_at() -> None:
    """PyCap is pinned: answers are taken through what its Project hands on to requests."""
    assert version("PyCap") == "2.7.0"


def test_it_quotes_a_token_of_another_length(project: Redcap) -> None:
    """Its complaint about a token's length holds the token, so ours is checked before."""
    with pytest.raises(AssertionError, match=TOKEN):
        Project(project.address, TOKEN + "F")


@pytest.mark.parametrize("status", [403, 500])
def test_it_takes_any_answer_for_csv(project: Redcap, status: int) -> None:
    """It looks at no status: an error of the server and a web page are returned as if they were the data."""
    for body in (b'{"error":"no"}', b"<html>down</html>"):
        project.twist = lambda form, good, body=body: Answer(body, status, "text/html")
        assert Project(project.address, TOKEN).export_metadata(format_type="csv") == body.decode()


def test_it_loses_zeros_in_a_data_frame(project: Redcap) -> None:
    """Its data frame has the record 1 for 001 though dtype is str, so answers are taken as CSV."""
    frame = Project(project.address, TOKEN).export_records(format_type="df", df_kwargs={"dtype": "str"})
    assert list(frame.index[:2]) == [1, 1]


def test_it_asks_for_every_field_by_name(project: Redcap) -> None:
    """Without fields it names each, and labels of events: a long project passes PHP's limit of variables."""
    Project(project.address, TOKEN).export_records(format_type="csv")
    form = project.asked[-1]
    assert sum(name.startswith("fields[") for name in form) == len(project.fields) + 2
    assert form["eventName"] == "label"


def test_it_follows_redirects_with_the_token(project: Redcap) -> None:
    """By default a redirect (307) takes the token to another server, so redirects are turned off."""
    with serving(Redcap(DICTIONARY, DATA)) as other:
        project.twist = lambda form, good: Answer(b"", 307, headers={"Location": other.address})
        Project(project.address, TOKEN).export_metadata(format_type="csv")
        assert other.asked[0]["token"] == TOKEN
