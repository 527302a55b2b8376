"""Tests that one concept has one name: SQL file, table, asset and test."""

from pathlib import Path

import duckdb

from schemas.cohort import COHORT
from schemas.derived import DERIVED
from tests.structure.checkout import ROOT, files, name_of
from warehouse.derived.endpoint_definitions import DECLARED, definitions
from warehouse.storage.sql_files import FOLDER, header_of, headers_in, names_in
from warehouse.storage.table_catalogue import PUBLISHED

FROM_ENDPOINTS = {"time_to_event"}
"""Put together from sql/endpoints/, so it has no file of its own."""
SPECIFIED_ELSEWHERE = {
    "last_known_alive": ("time_to_event_os.py", "last_contact"),
    "patient_progression": ("time_to_event_liver.py", "new_liver_lesion"),
    "patient_treatments": ("time_to_event_treatments.py", "treatments"),
}
"""Helpers of endpoints, whose clauses are drawn with these: table -> file of cases, and a word that it must draw."""
NOT_ASSETS = {"meta.columns"}
"""The table of prose; it is written while a release is made and has no asset of its own."""
ENDPOINTS = {"TTLTP", "LTPFS", "LTPFS_STUDY", "A_LTPFS", "IHPFS", "TT_NEWLIVER", "DDFS", "TTP", "PFS", "OS", "CSS"}
"""Those that the registry must have; more may come."""


def test_every_derived_table_has_its_sql_file() -> None:
    """derived.<name> is sql/derived/<name>.sql."""
    assert set(names_in("derived")) == set(DERIVED) - FROM_ENDPOINTS


def test_every_derived_table_has_its_spec() -> None:
    """tests/spec/test_<name>.py draws the clauses of derived.<name>."""
    spec = ROOT / "tests" / "spec"
    for table in DERIVED.values():
        if table.name in SPECIFIED_ELSEWHERE:
            file, word = SPECIFIED_ELSEWHERE[table.name]
            assert word in (spec / "cases" / file).read_text(encoding="utf-8")
        else:
            assert (spec / f"test_{table.name}.py").exists(), table.name


def test_every_table_is_an_asset() -> None:
    """The assets beside exports, raw rows and the release itself are the published tables, under the same names."""
    from orchestration.definitions import build_definitions

    graph = build_definitions().resolve_asset_graph()
    keys = {".".join(key.path) for key in graph.get_all_asset_keys()}
    tables = {key for key in keys if not key.startswith(("export.", "raw.", "release."))}
    assert tables == {table.full_name for table in PUBLISHED} - NOT_ASSETS


def test_every_endpoint_file_bears_its_endpoints_names() -> None:
    """sql/endpoints/ holds one endpoint a file, or those that one SELECT makes, and is named after them; those the
    contract asks for are there.
    """
    found = set()
    for name in names_in("endpoints"):
        own = [definition for definition in definitions() if definition.file == name]
        named = "_".join(definition.endpoint.lower() for definition in own)
        assert name in (named, f"{named}_{own[0].level}"), name
        found |= {definition.endpoint for definition in own}
    assert found >= ENDPOINTS


def test_every_definition_declares_itself() -> None:
    """The header of an endpoint says event, competing event, censoring, clock and source, and the SELECT the same
    name and version as the header.
    """
    for definition in definitions():
        assert [name for name in DECLARED if not definition.header.get(name)] == [], definition.file
        assert f"'{definition.header['definition']}'" in definition.select, definition.file
        assert definition.header["definition"].startswith(f"{definition.endpoint} v"), definition.file


def test_endpoints_of_one_file_each_say_what_ends_their_clock() -> None:
    """A header inherits from the one before what they share, and never title, meaning, event or competing event."""
    one = "-- title: A\n-- meaning: B\n-- event: C\n-- competing: D\n-- clock: E\n--   F\n"
    first, second = headers_in(f"{one}--\n-- title: G\n-- event: H\nSELECT 1\n-- title: I\n")
    assert first == {"title": "A", "meaning": "B", "event": "C", "competing": "D", "clock": "E F"}
    assert second == {"title": "G", "event": "H", "clock": "E F"}


def test_no_two_definitions_share_a_name() -> None:
    """One definition per endpoint and level."""
    pairs = [(definition.endpoint, definition.level) for definition in definitions()]
    assert len(pairs) == len(set(pairs))


def _own_sql() -> list[Path]:
    """The files of warehouse/sql; those of sources/sql_presets are parts of queries for other databases."""
    return [path for path in files(".sql", below="warehouse") if FOLDER in path.parents]


def test_every_sql_file_has_its_header() -> None:
    """A SQL file opens with its title and its meaning."""
    for path in _own_sql():
        header = header_of(path.relative_to(FOLDER).with_suffix("").as_posix())
        assert header.get("title"), name_of(path)
        assert header.get("meaning"), name_of(path)


def test_every_sql_file_is_one_select() -> None:
    """A SQL file is one statement, and that is a SELECT; terms.sql alone declares macros."""
    for path in _own_sql():
        if path.stem == "terms":
            continue
        statements = duckdb.extract_statements(path.read_text(encoding="utf-8"))
        assert [s.type for s in statements] == [duckdb.StatementType.SELECT], name_of(path)


def test_every_sql_file_is_used() -> None:
    """No SQL file lies about unused: derived, endpoint and gate files are found by name, rules are listed."""
    from warehouse.clean.cross_rules import CROSS_RULES
    from warehouse.derived.completeness import COMPLETENESS_TABLES

    used = (
        {"terms"}
        | {f"derived/{name}" for name in names_in("derived")}
        | {f"endpoints/{n}" for n in names_in("endpoints")}
        | {f"cohort/{name}" for name in COHORT}
    )
    used |= {"clean/identifiers", "clean/lesions", "clean/with_treatments", "rules/set_aside_sessions"}
    used |= {f"rules/{rule.file}" for rule in CROSS_RULES}
    used |= {"gates/out_01", "gates/out_02", *(f"results/{name}" for name in names_in("results"))}
    others = ("observed_times", "patient_quality_flags", "scorecard", "site_measures", "threads")
    used |= {f"quality/{name}" for name in (*COMPLETENESS_TABLES, *others)}
    used |= {f"service/{name}" for name in ("volumes", "waits", "complications", "lesions", "followup")}
    assert {p.relative_to(FOLDER).with_suffix("").as_posix() for p in _own_sql()} == used
