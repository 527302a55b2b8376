"""Tests that what PostgreSQL and an S3 store give goes through pseudonyms like any delivery."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.deploy.postgres_server import TRUST, psql, server_with
from tests.deploy.store_kit import object_store
from tests.erasure.search_home import below_home
from tests.pseudonyms.keyed import the_key
from tests.warehouse.kit import SITE, Kit
from warehouse.pulls.api_token import variable_of
from warehouse.pulls.places.s3 import client_of
from warehouse.pulls.pull_sites import pull_sites

pytestmark = [pytest.mark.daemon, pytest.mark.long]
TABLES = """
CREATE TABLE patient (no text, born date);
CREATE TABLE ablation (patient text, session text, day date, lesion int, mm numeric);
INSERT INTO patient VALUES ('AB101', '1955-02-01'), ('AB102', '1931-02-01');
INSERT INTO ablation VALUES ('AB101', 'S1', '2024-01-05', 1, 21.5), ('AB102', 'S1', '2024-02-01', 1, 30);
"""
ASKED = """
[sources.ehr]
kind = "sql"
database = "postgres"
connection = "host=127.0.0.1 port={port} dbname=clinic user=postgres"

[exports.patients]
source = "ehr"
mode = "snapshot"
query = "SELECT no AS patient_id, extract(year FROM born)::int AS birth_year FROM patient"

[exports.rfa_sessions]
source = "ehr"
mode = "snapshot"
query = '''
    SELECT patient AS patient_id, session AS session_id, day AS session_date, lesion AS lesion_id,
        mm AS max_diameter_mm
    FROM ablation
'''
"""
LEFT = """
[sources.ehr]
place = "s3://registry-lake/exports"
endpoint = "{store}"

[exports.rfa_sessions]
source = "ehr"
"""
SESSIONS = """patient_id,session_id,session_date,lesion_id,max_diameter_mm
AB101,S1,2024-01-05,1,21.5
AB102,S1,2024-02-01,1,30
"""


def delivered(kit: Kit) -> int:
    """Pull and refresh; how many files came."""
    (outcome,) = pull_sites(kit.home, SITE)
    assert outcome.pulled is not None, outcome.problem
    kit.refresh()
    assert kit.problems == []
    return len(outcome.pulled.files)


def is_under_pseudonyms(kit: Kit, gone: list[str]) -> None:
    """The key leads back to the clinic's numbers and days, and nothing of them is left below the home."""
    sent = (("AB101", date(2024, 1, 5), 21.5), ("AB102", date(2024, 2, 1), 30.0))
    expected = set()
    for number, day, mm in sent:
        patient = the_key().pseudonym("P", SITE, number)
        expected.add((patient, day - timedelta(days=the_key().days_back(SITE, patient)), mm))
    assert set(kit.tuples("SELECT patient_id, session_date, max_diameter_mm FROM clean.rfa_sessions")) == expected
    assert below_home(kit.home, gone) == {}


def test_postgresql(keyed: Kit) -> None:
    """The same answers again are no delivery."""
    with server_with(TRUST) as server:
        psql(server, "CREATE DATABASE clinic", database="postgres")
        psql(server, TABLES, database="clinic")
        keyed.configure(SITE, ASKED.format(port=server.port))
        assert delivered(keyed) == 2
        assert delivered(keyed) == 0
    is_under_pseudonyms(keyed, ["AB101", "AB102", "2024-01-05", "1955-02-01"])
    assert len(keyed.tuples("SELECT DISTINCT patient_id FROM clean.patients")) == 2


def test_an_s3_store(keyed: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same file again is no delivery."""
    with object_store() as store:
        client = client_of(("a-key", "a-secret"), store, "us-east-1")
        client.put_object(Bucket="registry-lake", Key="exports/2025-02-01.csv", Body=SESSIONS.encode())
        client.close()
        keyed.configure(SITE, LEFT.format(store=store))
        monkeypatch.setenv(variable_of(SITE, "ehr"), "a-key:a-secret")
        assert delivered(keyed) == 1
        assert delivered(keyed) == 0
    is_under_pseudonyms(keyed, ["AB101", "AB102", "2024-01-05"])
