"""Tests the key api of a source in site.toml: what is refused, and that it changes no row that was loaded."""

import pytest

from tests.pulls.conftest import Clinic
from tests.warehouse.kit import SITE
from warehouse.intake.site_config import parse
from warehouse.pulls.pull_sites import pull_sites
from warehouse.storage.errors import RegistryError

HEAD = '[sources.redcap]\nkind = "redcap"\ndictionary = "d.csv"\n'


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("http://redcap.example.org/api/", "begins with https://"),
        ("http://127.0.0.1.example.org/api/", "begins with https://"),
        ("https://redcap.example.org/", "looks like"),
        ("https://redcap.example.org/api", "looks like"),
        ("redcap.example.org/api/", "looks like"),
        ("ftp://redcap.example.org/api/", "looks like"),
        ("https:///api/", "looks like"),
        ("https://[::1/api/", "looks like"),
        ("https://me:secret@redcap.example.org/api/", "no user, password"),
        ("https://redcap.example.org/api/?token=ABCDEF/api/", "no user, password"),
        ("https://redcap.example.org/a b/api/", "no user, password"),
    ],
)
def test_an_address_that_is_not_safe_is_refused(address: str, sentence: str) -> None:
    """An API is asked over TLS at an address that holds no secrets; the refusal does not repeat it."""
    with pytest.raises(RegistryError) as caught:
        parse(f'{HEAD}api = "{address}"\n', SITE)
    assert "sources.redcap.api" in str(caught.value) and sentence in str(caught.value)
    assert "secret" not in str(caught.value) and "ABCDEF" not in str(caught.value)


@pytest.mark.parametrize("address", ["https://redcap.example.org/redcap/api/", "http://127.0.0.1:8080/api/"])
def test_an_address_that_is_safe_is_taken(address: str) -> None:
    """HTTPS anywhere, and this machine itself without it."""
    config = parse(f'{HEAD}api = "{address}"\n', SITE)
    assert config.mapping is not None and config.mapping.sources["redcap"].api == address


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[sources.x]\napi = "https://a.org/api/"\n', 'Write kind = "redcap"'),
        ('[sources.x]\nkind = "redcap"\napi = "https://a.org/api/"\n', 'Add dictionary = "x_dictionary.csv"'),
        (HEAD + 'encoding = "cp1252"\napi = "https://a.org/api/"\n', "Remove encoding"),
        (HEAD.replace("sources.redcap", 'sources."a/b"') + 'api = "https://a.org/api/"\n', "plain names"),
        (HEAD.replace("d.csv", "../d.csv") + 'api = "https://a.org/api/"\n', "plain names"),
    ],
)
def test_a_source_that_cannot_be_pulled_is_refused(text: str, sentence: str) -> None:
    """api belongs to REDCap sources with a name for the dictionary, whose files are as the API writes them."""
    with pytest.raises(RegistryError, match=sentence):
        parse(text, SITE)


def test_a_source_of_two_modes_is_not_pulled(clinic: Clinic) -> None:
    """A pull is a delta or a snapshot: exports of both modes from one source are refused with the cure."""
    path = clinic.kit.home.landing / SITE / "site.toml"
    path.write_text(path.read_text().replace('mode = "delta"', 'mode = "snapshot"', 1))
    assert "one or the other" in clinic.problem()


def test_a_source_that_feeds_nothing_is_not_pulled(clinic: Clinic) -> None:
    """What no export would read is not taken from the server."""
    path = clinic.kit.home.landing / SITE / "site.toml"
    path.write_text(path.read_text().replace("[exports.patients]", 'files = "*.xlsx"\n[exports.patients]', 1))
    path.write_text(path.read_text().replace('files = "*.xlsx"\n', "").replace("api =", 'files = ["*.xlsx"]\napi ='))
    assert "No export of north reads what would be pulled" in clinic.problem()
    assert clinic.project.asked == []


def test_a_site_without_an_api_is_named(clinic: Clinic) -> None:
    """Pulling a site that has no API, or an invalid site.toml, says so."""
    with pytest.raises(RegistryError, match="south has no source with an API"):
        pull_sites(clinic.kit.home, "south")
    clinic.kit.configure("south", "[sources.redcap]\nkind = 3\n")
    with pytest.raises(RegistryError, match="south/site.toml"):
        pull_sites(clinic.kit.home, "south")


@pytest.mark.long
def test_the_address_changes_no_row(clinic: Clinic) -> None:
    """A site.toml that differs in the API's address alone loads nothing again."""
    clinic.pull()
    clinic.kit.refresh()
    before = clinic.kit.tuples("SELECT load_no, mapping FROM meta.deliveries ORDER BY ALL")
    clinic.configure(address="https://redcap.example.org/api/")
    clinic.kit.refresh()
    assert clinic.kit.tuples("SELECT load_no, mapping FROM meta.deliveries ORDER BY ALL") == before


def test_only_one_pull_runs_at_a_time(clinic: Clinic) -> None:
    """While a pull is running another one is refused, and leaves no problem behind."""
    refused: list[str] = []

    def twist(form, answer):
        if not refused:
            with pytest.raises(RegistryError) as caught:
                pull_sites(clinic.kit.home, SITE)
            refused.append(str(caught.value))
        return answer

    clinic.project.twist = twist
    assert clinic.pull() == ["whole"]
    assert refused == ["Another pull is running. Wait until it ends."]
