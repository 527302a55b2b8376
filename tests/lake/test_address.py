"""REGISTRY_WAREHOUSE is read as written, its password is never shown, and what cannot be read is refused."""

from __future__ import annotations

import pytest

from warehouse.lake.address import VARIABLE, lake_address
from warehouse.storage.errors import RegistryError

SECRET = "s3cr3t word"
HOST = "host=db.example port=5433 dbname=registry"


@pytest.mark.parametrize("text", [None, "", "embedded", "  embedded "])
def test_without_a_lake_there_is_none(text: str | None) -> None:
    """Unset and `embedded` mean the home alone."""
    assert lake_address({} if text is None else {VARIABLE: text}) is None


@pytest.mark.parametrize(
    "text",
    [
        f"ducklake:postgres:{HOST} user=writer password='{SECRET}'",
        f"ducklake:postgres:password='{SECRET}' {HOST}   user=writer",
        "ducklake:postgres:postgresql://writer:s3cr3t%20word@db.example:5433/registry",
        "ducklake:postgres:postgres://db.example:5433/registry?user=writer&password=s3cr3t%20word",
    ],
)
def test_the_password_is_apart(text: str) -> None:
    """Keywords and addresses give the same catalogue; the password is in neither of what is shown and attached."""
    found = lake_address({VARIABLE: text})
    assert found is not None and found.password == SECRET
    assert {*found.place.split()} == {"host=db.example", "port=5433", "dbname=registry", "user=writer"}
    assert str(found) == f"ducklake:postgres:{HOST}"
    assert "s3cr3t" not in repr(found) + str(found) + found.place


def test_odd_values_are_quoted_for_the_server() -> None:
    """Spaces, quotes and backslashes of a value come through."""
    found = lake_address({VARIABLE: r"ducklake:postgres:host=h dbname='a \'b\' \\c' sslmode=verify-full"})
    assert found is not None and found.place == r"host=h dbname='a \'b\' \\c' sslmode=verify-full"


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_file_is_named_by_its_whole_path(kind: str) -> None:
    """The service's folder is another than the user's, so a path within it would name two catalogues."""
    found = lake_address({VARIABLE: f"ducklake:{kind}:/srv/lake/catalogue"})
    assert found is not None and found.place == "/srv/lake/catalogue"
    with pytest.raises(RegistryError, match=f"whole path.*ducklake:{kind}:/srv/lake"):
        lake_address({VARIABLE: f"ducklake:{kind}:catalogue"})


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (f"postgres:{HOST} password={SECRET}", "postgres:"),
        (f"ducklake:mysql:{HOST} password={SECRET}", "ducklake: mysql:"),
        (f"ducklake:{HOST} password={SECRET}", "ducklake:"),
        (f"password={SECRET}", "a text"),
        ("ducklake:postgres:s3cr3t@db.example", "no connection string"),
        ("ducklake:postgres:host=a password='s3cr3t", "no connection string"),
        ("ducklake:postgres:postgresql://writer:s3cr3t@db.example:port/registry", "no connection string"),
        ("ducklake:postgres:", "no connection string"),
    ],
)
def test_what_cannot_be_read_is_refused_unseen(text: str, named: str) -> None:
    """The refusal names the scheme at most, and shows how to write it; the rest may hold a password."""
    with pytest.raises(RegistryError) as refused:
        lake_address({VARIABLE: text})
    said = str(refused.value)
    assert named in said and "ducklake:postgres:host=" in said and "s3cr3t" not in said
