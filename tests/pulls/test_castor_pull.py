"""A study is pulled from Castor's API into one file, whole or not at all, and its secret stays where it is."""

import logging
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.pulls.castor_server import (
    CLIENT,
    DATA,
    HTML,
    SECRET,
    STRUCTURE,
    STUDY,
    TOKEN,
    Answer,
    CastorServer,
    castor_server,
)
from tests.pulls.tls import contexts
from tests.variants import quick
from tests.warehouse.kit import SITE, Kit, new_kit
from warehouse.pulls.pull_sites import Outcome, pull_sites
from warehouse.pulls.targets import Options

SITE_TOML = """
[sources.edc]
kind = "castor"
api = "{address}"
[exports.patients]
source = "edc"
mode = "snapshot"
[exports.patients.columns]
patient_id = "Participant Id"
sex = {{ from = "sex", labels = true }}
prior_chemotherapy = {{ from = "drugs#5-FU / LV", codes = {{ "1" = "yes", "0" = "no" }} }}
[exports.rfa_sessions]
source = "edc"
mode = "snapshot"
instrument = "Ablation session"
[exports.rfa_sessions.columns]
patient_id = "Participant Id"
session_id = {{ join = ["Participant Id", "abl_date"], with = "_" }}
session_date = "abl_date"
lesion_id = {{ value = "1" }}
max_diameter_mm = {{ from = "abl_size", unit = "cm" }}
"""
EXPORT = "export/data"
SECRETS = (SECRET, TOKEN, CLIENT, "TUK-001")


@pytest.fixture
def server() -> Iterator[CastorServer]:
    """A server of one study."""
    with castor_server() as running:
        yield running


@pytest.fixture
def kit(tmp_path: Path, server: CastorServer) -> Iterator[Kit]:
    """A home whose site has the study as a source, with the client's secret in the environment's file."""
    with new_kit(tmp_path / "home") as made:
        made.configure(SITE, SITE_TOML.format(address=server.study))
        secret = made.home.root / "tokens" / SITE / "edc"
        secret.parent.mkdir(parents=True)
        secret.write_text(f"{CLIENT}:{SECRET}\n")
        secret.chmod(0o600)
        yield made


def pull(kit: Kit, waits: list[float] | None = None) -> Outcome:
    """The outcome of one pull; pauses are noted instead of waited for."""
    (outcome,) = pull_sites(kit.home, SITE, sleep=(waits if waits is not None else []).append)
    return outcome


def delivered(kit: Kit) -> list[Path]:
    """What lies in the folder of the source."""
    folder = kit.home.landing / SITE / "edc"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def problem_of(kit: Kit, waits: list[float] | None = None) -> str:
    """The problem of a pull that delivered nothing, which names no secret and no value."""
    outcome = pull(kit, waits)
    assert outcome.pulled is None and delivered(kit) == []
    assert not any(secret in outcome.problem for secret in SECRETS)
    assert not list((kit.home.warehouse / "pulls").glob("*/*/castor-*"))
    return outcome.problem


def test_a_pulled_study_becomes_rows(kit: Kit) -> None:
    """Participants, labels, checkboxes, sessions and marks of missing come out as from an export's files."""
    pull(kit)
    kit.refresh()
    assert kit.problems == []
    assert kit.tuples("SELECT patient_id, sex, prior_chemotherapy FROM raw.patients ORDER BY ALL") == [
        ("TUK-001", "female", "yes"),
        ("TUK-002", None, None),
        ("TUK-003", None, None),
    ]
    assert kit.tuples("SELECT session_id, session_date, max_diameter_mm FROM raw.rfa_sessions ORDER BY ALL") == [
        ("TUK-001_2020-01-05", "2020-01-05", "25"),
        ("TUK-002_2020-02-07", "2020-02-07", None),
    ]


def test_one_file_with_all_answers(kit: Kit) -> None:
    """The answers are kept as they came, so that a rebuild needs no server."""
    outcome = pull(kit)
    (path,) = delivered(kit)
    assert outcome.pulled is not None
    assert outcome.pulled.files == (path.name,)
    assert outcome.pulled.n_records == 3
    assert path.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(path) as packed:
        assert packed.read("data.csv").decode() == DATA
        assert packed.read("structure.csv").decode() == STRUCTURE
        assert "TUK-004" not in packed.read("participants.csv").decode()


def test_nothing_new_is_not_delivered(kit: Kit) -> None:
    """A second pull of the same study writes no file; a change does."""
    pull(kit)
    outcome = pull(kit)
    assert outcome.pulled is not None
    assert outcome.pulled.files == ()
    assert len(delivered(kit)) == 1


def test_lists_are_taken_page_by_page(kit: Kit, server: CastorServer) -> None:
    """Four participants on pages of two are two requests."""
    pull(kit)
    assert server.asked.count("participant") == 2
    assert server.asked.count("/oauth/token") == 1


def test_a_visit_is_the_parent_of_an_instance(kit: Kit, server: CastorServer) -> None:
    """event works on what the API gave: the structure names the visit that an instance is below."""
    text = SITE_TOML.replace('instrument = "Abl', 'event = "Follow-up"\ninstrument = "Abl')
    kit.configure(SITE, text.format(address=server.study))
    pull(kit)
    kit.refresh()
    assert kit.tuples("SELECT patient_id FROM raw.rfa_sessions") == [("TUK-002",)]


def test_a_study_without_repeating_data(kit: Kit, server: CastorServer) -> None:
    """Castor answers 404 where a list is empty; that is no error."""
    server.instances = []
    assert pull(kit).pulled is not None


def test_a_token_that_expired_is_asked_for_again(kit: Kit, server: CastorServer) -> None:
    """A token lasts five hours; a 401 in between leads to a new one, once, without a pause."""
    server.first[EXPORT] = [Answer(401, "{}")]
    waits: list[float] = []
    assert pull(kit, waits).pulled is not None
    assert server.asked.count("/oauth/token") == 2
    assert waits == []


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_server_that_is_busy_is_asked_again(kit: Kit, server: CastorServer, status: int) -> None:
    """After a pause the same request is made again."""
    server.first[EXPORT] = [Answer(status, "busy")] * 2
    waits: list[float] = []
    assert pull(kit, waits).pulled is not None
    assert waits == [1, 2]


def test_the_server_says_how_long_to_wait(kit: Kit, server: CastorServer) -> None:
    """Castor counts in windows of ten minutes and says how long this one lasts."""
    server.first[EXPORT] = [Answer(429, "", headers={"Retry-After": "540"})]
    waits: list[float] = []
    assert pull(kit, waits).pulled is not None
    assert waits == [540]


FINAL = {
    400: "The server refuses the export (400).",
    401: "The server refuses the token (401).",
    403: "The server denies access to the study (403).",
    404: "The server has no such study (404).",
    302: "The server sends the request on to another address (302); nothing is sent there.",
    418: "The server refuses the request (418).",
}


@pytest.mark.parametrize(("status", "sentence"), FINAL.items())
def test_a_refusal_is_not_asked_again(kit: Kit, server: CastorServer, status: int, sentence: str) -> None:
    """What another attempt would not cure is said at once, with the cure."""
    server.change = lambda path, answer: Answer(status, "TUK-001") if path == EXPORT else answer
    waits: list[float] = []
    assert problem_of(kit, waits).startswith(sentence)
    assert waits == []


@pytest.mark.parametrize("status", [429, 500])
def test_a_server_that_stays_busy(kit: Kit, server: CastorServer, status: int) -> None:
    """After seven attempts the pull ends, and the next one begins again."""
    server.change = lambda path, answer: Answer(status, "TUK-001") if path == EXPORT else answer
    assert f"({status}). Asked 7 times for the export of data." in problem_of(kit)
    server.change = lambda path, answer: answer
    assert pull(kit).pulled is not None


def test_a_wrong_secret(kit: Kit) -> None:
    """A secret that the server refuses is said, and not shown."""
    (kit.home.root / "tokens" / SITE / "edc").write_text(f"{CLIENT}:another5ecret")
    problem = problem_of(kit)
    assert problem.startswith("The server refuses the client id and secret (400).")
    assert "another5ecret" not in problem


def test_a_secret_alone(kit: Kit) -> None:
    """A file with one word is no client."""
    (kit.home.root / "tokens" / SITE / "edc").write_text(SECRET)
    assert "does not hold a client of Castor's API" in problem_of(kit)


def test_a_file_that_others_can_read(kit: Kit) -> None:
    """A secret that others could have read is not used."""
    (kit.home.root / "tokens" / SITE / "edc").chmod(0o644)
    assert "can be read by other users" in problem_of(kit)


BAD = {
    "a web page": (Answer(body="<!DOCTYPE html><p>TUK-001", kind=HTML), "a web page instead of data"),
    "a message": (Answer(body='{"detail": "TUK-001"}'), "a message instead of data"),
    "half a row": (Answer(body=DATA[:-30]), "in the middle of a row"),
    "half a quoted cell": (Answer(body=DATA.rstrip()[:-1]), "in the middle of a row"),
    "nothing": (Answer(body=""), "nothing where a table was asked for"),
    "another encoding": (Answer(body=DATA.replace("Ablation", "Läsion").encode("latin-1")), "not UTF-8"),
    "fewer bytes than promised": (Answer(body=DATA, promised=len(DATA) + 100), "in the middle of the server's answer"),
}


@pytest.mark.parametrize(("answer", "sentence"), quick(3, BAD.values()), ids=BAD)
def test_an_answer_that_is_no_export(kit: Kit, server: CastorServer, answer: Answer, sentence: str) -> None:
    """Half an answer, or another one, is asked for again and never delivered."""
    server.change = lambda path, found: answer if path == EXPORT else found
    assert sentence in problem_of(kit)


PAGES = {
    "the same page twice": ('"page": 1', "page 1 where page 2"),
    "a page of nothing": ('{"page": 2}', "no page of a list"),
    "a page of numbers": ('{"page": 2, "page_count": 2, "_embedded": {"participants": [1]}}', "no page of a list"),
    "html": ("<html>", "a web page instead of data"),
    "half a page": ('{"page": 2, "page_cou', "no page of a list"),
    "too few": ('{"page": 2, "page_count": 2, "total_items": 4, "_embedded": {"participants": []}}', "2 of 4 items"),
    "more pages": ('{"page": 2, "page_count": 3, "_embedded": {"participants": []}}', "changes from page to page"),
}


@pytest.mark.parametrize(("body", "sentence"), quick(3, PAGES.values()), ids=PAGES)
def test_a_page_that_is_not_the_next(kit: Kit, server: CastorServer, body: str, sentence: str) -> None:
    """A list of participants is complete or not delivered."""
    seen = []

    def change(path: str, answer: Answer) -> Answer:
        seen.append(path)
        if path != "participant" or seen.count(path) == 1:
            return answer
        first = '{"page": 1, "page_count": 2, "_embedded": {"participants": []}}'
        return Answer(body=first if body == '"page": 1' else body)

    server.change = change
    assert sentence in problem_of(kit)


DAMAGED = {
    "a field without a name": (DATA.replace("F-SIZE", "F-NEW"), "of fields that the structure does not have"),
    "a field twice": (DATA + DATA.splitlines()[1] + "\n", "have two values in one row"),
    "no participant": (DATA.replace('"TUK-002";"Survey"', '"";"Survey"'), "are of no participant or form"),
}


@pytest.mark.parametrize(("data", "sentence"), quick(1, DAMAGED.values()), ids=DAMAGED)
def test_answers_that_do_not_belong_together(kit: Kit, server: CastorServer, data: str, sentence: str) -> None:
    """What was delivered is refused whole if its parts do not fit, and nothing of it is loaded."""
    server.data = data
    pull(kit)
    kit.refresh()
    rejected = kit.tuples("SELECT status, reason FROM meta.loads WHERE export = 'patients'")
    assert [status for status, _ in rejected] == ["rejected"]
    assert sentence in rejected[0][1]


def test_exports_in_mode_delta(kit: Kit, server: CastorServer) -> None:
    """The API gives the study whole: in a delta, what was deleted would stay."""
    kit.configure(SITE, SITE_TOML.replace('mode = "snapshot"\n', "").format(address=server.study))
    assert "mode delta" in problem_of(kit)


def test_no_secret_is_logged(kit: Kit, server: CastorServer, caplog: pytest.LogCaptureFixture) -> None:
    """Neither secret nor token is in a log at any level, nor in what the home keeps."""
    with caplog.at_level(logging.DEBUG):
        pull(kit)
        server.change = lambda path, answer: Answer(500, SECRET) if path == EXPORT else answer
        pull(kit)
    said = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    assert not any(secret in said for secret in SECRETS)
    kept = [p for p in kit.home.root.rglob("*") if p.is_file() and p.parent.parent.name != "tokens"]
    assert not any(secret.encode() in p.read_bytes() for p in kept for secret in (SECRET, TOKEN))


def test_a_server_that_is_not_there(kit: Kit, server: CastorServer) -> None:
    """A server that cannot be reached is said so."""
    kit.configure(SITE, SITE_TOML.format(address=f"http://127.0.0.1:9/api/study/{STUDY}/"))
    assert problem_of(kit).startswith("The server cannot be reached.")


@pytest.mark.parametrize(
    "address",
    ["https://uk.castoredc.com/api/", "https://uk.castoredc.com/api/study/", "http://uk.castoredc.com/api/study/A/"],
)
def test_an_address_that_is_no_study(kit: Kit, address: str) -> None:
    """site.toml names the study's own address, with TLS."""
    kit.configure(SITE, SITE_TOML.format(address=address))
    kit.land()
    assert any("api" in problem for problem in map(str, kit.problems))


def test_a_certificate_that_nobody_vouches_for(
    tmp_path: Path, kit: Kit, server: CastorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Client id and secret go to a server only if its certificate is verified; its authority can be named."""
    context, authority = contexts(tmp_path)
    with castor_server(context) as safe:
        kit.configure(SITE, SITE_TOML.format(address=safe.study))
        assert problem_of(kit).startswith("The server's certificate cannot be verified, so nothing was sent.")
        assert safe.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        assert pull(kit).pulled is not None


def test_what_is_gone_waits_for_a_person(kit: Kit, server: CastorServer) -> None:
    """A study that lost more than max_withdrawn is delivered, whatever the options, and waits."""
    kit.configure(SITE, "max_withdrawn = 0\n" + SITE_TOML.format(address=server.study))
    pull(kit)
    server.participants, server.instances = server.participants[1:], server.instances[1:]
    server.data = "\n".join(line for line in DATA.splitlines() if "TUK-001" not in line)
    pull_sites(kit.home, SITE, Options(accepts_deletions=True), now=datetime(2099, 1, 1, tzinfo=UTC))
    kit.refresh()
    assert kit.tuples("SELECT DISTINCT status FROM meta.loads WHERE delivery LIKE '2099%'") == [("waiting",)]
    assert kit.value("SELECT count(*) FROM raw.patients_current") == 3
