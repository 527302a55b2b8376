"""A release is opened, looked through and queried, and nothing can change it."""

from __future__ import annotations

import subprocess
import sys
import warnings

import duckdb
import pyarrow as pa
import pytest

import ablation_registry as ar
from tests.e2e.demonstration import Demonstration
from tests.structure.checkout import ROOT

LATE = ("pandas", "numpy", "polars", "pyarrow", "lifelines", "matplotlib", "pydantic", "yaml")
NEVER = ("dagster", "great_expectations")
LOOK = f"""
import sys
import ablation_registry as ar
release = ar.open(sys.argv[1])
release.sql("SELECT 1").fetchall(), release.tables, release.describe("patient_ltpfs"), repr(release)
print([name for name in {LATE!r} if name in sys.modules])
release.cohort("ecog <= 1").kaplan_meier("LTPFS", by="kras").summary
print([name for name in {NEVER!r} if name in sys.modules])
print(ar.open(sys.argv[1]).sql("SELECT count(*) FROM cohort.patients").fetchall())
"""


@pytest.mark.long
def test_what_is_heavy_is_imported_late(demonstration: Demonstration) -> None:
    """Opening, looking and querying import no library of frames or statistics; estimates import neither Dagster nor
    Great Expectations. A relation of a release that has no name any more still reads its rows."""
    told = [sys.executable, "-c", LOOK, str(demonstration.home.root)]
    done = subprocess.run(told, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "[]", "[(120,)]"]


def test_the_current_release_or_a_named_one(
    demonstration: Demonstration, release: ar.Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without arguments it is the current release of the home that REGISTRY_HOME names; two may be open at a time."""
    monkeypatch.setenv("REGISTRY_HOME", str(demonstration.home.root))
    with ar.open() as other, ar.open(str(demonstration.home.root), release=release.id[:8]) as named:
        assert other.id == named.id == release.id == demonstration.release.release_id
        assert other.sql("SELECT 1").fetchall() == named.sql("SELECT 1").fetchall()
    with pytest.raises(ar.RegistryError, match="This release is closed"):
        other.sql("SELECT 1")
    assert release.sql("SELECT 1").fetchall() == [(1,)]


def test_what_is_not_there_is_said(demonstration: Demonstration, tmp_path) -> None:
    """A missing home, a missing release, and a file that is open with other settings are one line each."""
    with pytest.raises(ar.RegistryError, match="There is no registry home"):
        ar.open(tmp_path / "nowhere")
    with pytest.raises(ar.RegistryError, match="There is no release '1999'"):
        ar.open(demonstration.home.root, release="1999")


def test_a_file_open_with_other_settings(demonstration: Demonstration, tmp_path) -> None:
    """Who has the file open by duckdb.connect is told to close it, since DuckDB opens a file once per process."""
    folder = tmp_path / "releases" / demonstration.release.release_id
    folder.mkdir(parents=True)
    duckdb.connect(str(folder / "registry.duckdb")).close()
    (folder / "manifest.json").write_text("{}", encoding="utf-8")
    own = duckdb.connect(str(folder / "registry.duckdb"), read_only=True)
    with own, pytest.raises(ar.RegistryError, match="open in this process with other settings. Close the connection"):
        ar.open(tmp_path, release=folder.name)


def test_nothing_changes_it(release: ar.Release) -> None:
    """Attributes cannot be set, and SQL that writes or reaches beyond the release is refused in one line."""
    with pytest.raises(AttributeError, match="never changes"):
        release.cohort = None  # type: ignore[misc,assignment]
    for sql in (
        "DELETE FROM clean.patients",
        "COPY (SELECT 1) TO 'x.csv'",
        "SELECT 1; SELECT 2",
        "SET threads = 1",
        "",
    ):
        with pytest.raises(ar.QueryFailed) as refused:
            release.sql(sql)
        assert "\n" not in str(refused.value) and refused.value.cure
    with pytest.raises(ar.QueryFailed):
        release.sql("FROM read_csv('/etc/passwd')").fetchall()
    release.manifest["release_id"] = "x"
    assert release.manifest["release_id"] == release.id


def test_names_complete(release: ar.Release) -> None:
    """Schemas, tables and columns are attributes and keys, all of them in completion."""
    assert {"clean", "derived", "analysis", "cohort", "meta", "sql", "id"} <= set(dir(release))
    assert "patient_ltpfs" in dir(release.derived) and "kras" in dir(release.derived.patient_ltpfs)
    assert "derived.patient_ltpfs" in release._ipython_key_completions_()
    assert release["derived.patient_ltpfs"].columns == release.derived["patient_ltpfs"].columns
    assert release.derived.patient_ltpfs.kras.distinct().order("1").fetchall() == [("mutant",), ("wild_type",)]
    assert len(release.cohort.patients) == 120 and "segment" in release.cohort.lesions.columns


UNKNOWN = {
    "derved": (lambda r: r.derved, AttributeError, "no schema derved. Did you mean derived?"),
    "table": (lambda r: r.derived.patient_ltp, AttributeError, "no table patient_ltp. Did you mean patient_ltpfs?"),
    "key": (lambda r: r["lesion_lpt"], ar.QueryFailed, "no table lesion_lpt. Did you mean lesion_ltp?"),
    "column": (lambda r: r.cohort.patients.krs, AttributeError, "no column krs. Did you mean kras?"),
    "described": (lambda r: r.describe("patients"), ar.QueryFailed, "clean.patients or cohort.patients"),
    "in SQL": (lambda r: r.sql("SELECT krs FROM cohort.patients"), ar.QueryFailed, '"kras"'),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_the_nearest_name_is_named(release: ar.Release, case: str) -> None:
    """Who mistypes a schema, a table or a column reads the name that was meant."""
    ask, kind, words = UNKNOWN[case]
    with pytest.raises(kind) as refused:
        ask(release)
    assert words in str(refused.value)


def test_every_table_and_column_says_what_it_is(release: ar.Release) -> None:
    """No column of cohort, clean, derived or analysis is without a meaning, and what is printed holds them."""
    for name in release.tables:
        if name.split(".")[0] in ("cohort", "clean", "derived", "analysis"):
            described = release.describe(name).df()
            assert described["meaning"].str.len().gt(0).all(), name
    assert "KRAS status." in repr(release.describe("cohort.patients"))
    assert "KRAS status." in release.cohort.patients._repr_html_()
    assert "120 patients, 212 lesions" in repr(release) and release.id in release._repr_html_()


def test_whole_numbers_stay_whole(release: ar.Release) -> None:
    """Sums come as 64-bit whole numbers to pandas, polars and Arrow, also under equal names and in lists."""
    sql = "SELECT sum(n_lesions) AS n, sum(n_lesions) AS n, list(n_lesions::HUGEINT) AS l FROM cohort.patients -- all"
    answer = release.sql(sql)
    assert answer.to_arrow_table().schema.types == [pa.int64(), pa.int64(), pa.list_(pa.int64())]
    alone = release.sql("SELECT sum(n_lesions) AS n FROM cohort.patients")
    assert str(alone.df()["n"].dtype) == "int64" and str(alone.pl()["n"].dtype) == "Int64"
    assert alone.fetchall() == [(212,)]
    with pytest.raises(ar.QueryFailed, match="does not fit into 64 bits"):
        release.sql("SELECT 2::HUGEINT ** 3 AS x, 170141183460469231731687303715884105727::HUGEINT AS y").fetchall()


def test_an_unfinished_erasure_is_said(release: ar.Release, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    """Who opens a home with an erasure under way is warned, since the release may still hold the patient."""
    import warehouse.redaction.erasure_list as erasures
    from ablation_registry.release import _warn_of_unfinished_erasure
    from warehouse.storage.home import Home

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _warn_of_unfinished_erasure(Home(tmp_path))
    (tmp_path / "erasure").mkdir()
    monkeypatch.setattr(erasures, "unfinished", lambda home: "An erasure was interrupted.")
    with pytest.warns(UserWarning, match="An erasure was interrupted"):
        _warn_of_unfinished_erasure(Home(tmp_path))
