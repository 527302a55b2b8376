"""Makes a small home that has everything that judging looks at, and its tables with shards and without."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path

import duckdb

from tests.own_rules.files import document, rule
from tests.properties.incremental_machine import CODE, hashes, make_table
from tests.quality.site_at_work import SITE, Site
from tests.warehouse.kit import csv_of, row_of
from warehouse.clean.clean import clean_due_patients
from warehouse.clean.ledger import unbalanced
from warehouse.corrections import merge
from warehouse.derived.completeness import completeness_order
from warehouse.derived.derive import derived_order
from warehouse.incremental import change_log
from warehouse.intake.exceptions_file import Note, append, read_or_problem
from warehouse.shards.gather import clean_in_shards, close_if_taken, take_from_shards
from warehouse.shards.make_shard import make_shard
from warehouse.shards.runner import ShardRunner
from warehouse.storage.home import Home
from workflows.load_deliveries import load_deliveries

OTHER = "st-bert"
LOW_POWER = "SELECT count(*) FROM {object} WHERE {property} < 40 AND modality = 'mwa'"
ROW_RULE = rule(LOW_POWER, "[{bad: {power_w: 39, modality: mwa}}, {good: {power_w: 40}}]", more="severity: error")
JOURNAL = "SELECT * EXCLUDE (first_seen, load_id, resolved_load_id) FROM quality.resolved ORDER BY ALL"


def here(order_address: str, shards: Sequence[int]) -> None:
    """Make the shards in this process, with one thread: for a few rows more cost more."""
    for shard in shards:
        make_shard(order_address, shard, threads=1)


def put(home: Home, site: str, export: str, name: str, *rows: dict) -> None:
    """Put a file into landing/."""
    folder = home.landing / site / export
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(csv_of(list(rows)), encoding="utf-8")


def settings(home: Home, shards: int, more: str = "") -> None:
    """Say in registry.toml how many shards there are."""
    (home.root / "registry.toml").write_text(f"shards = {shards}\n{more}", encoding="utf-8")


def make(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    full: bool = False,
    runner: ShardRunner = here,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, tuple[int, str]]:
    """Make every table up to completeness, in shards if registry.toml says so; return rows and hash of each."""
    make_clean(con, home, full, runner, say)
    take = partial(take_from_shards, home=home)
    for table in derived_order(con):
        make_table(con, f"derived.{table}", take)
    for table in completeness_order(con):
        make_table(con, f"quality.{table}", take)
    change_log.compact(con)
    return hashes(con)


def make_clean(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    full: bool = False,
    runner: ShardRunner = here,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Make the tables up to the clean ones, as the assets do."""
    load_deliveries(con, home, full)
    elsewhere = partial(clean_in_shards, home=home, runner=runner)
    clean_due_patients(con, CODE, say, read_or_problem(home), elsewhere)
    close_if_taken(con, home)
    assert unbalanced(con) == []


def two_patients(root: Path) -> Site:
    """The least there is to make: two patients, one of them set aside."""
    site = Site(root)
    rows = [
        row_of("rfa_sessions", patient_id=patient, max_diameter_mm=mm) for patient, mm in (("P1", "20"), ("P2", "900"))
    ]
    put(site.home, SITE, "rfa_sessions", "2024-01-31.csv", *rows)
    return site


def eventful(root: Path) -> Site:
    """Two sites with rows set aside, conflicts, orphans, rows of nobody, inherited cells, answers, exceptions, a merge,
    a withdrawal, treatments and an own rule on rows; the answers are not read yet.
    """
    site = Site(root)
    home = site.home
    rules = home.root / "rules"
    rules.mkdir()
    (rules / "house.yaml").write_text(document(ROW_RULE), encoding="utf-8")
    session, exam = partial(row_of, "rfa_sessions"), partial(row_of, "imaging_followups")
    patients = [f"P{number}" for number in range(1, 10)]
    for where in (SITE, OTHER):
        put(
            home, where, "rfa_sessions", "2024-01-31.csv",
            *(session(patient_id=patient, segment="4", power_w="60") for patient in patients),
            session(patient_id="P2", lesion_id="L2", max_diameter_mm="900"),
            session(patient_id="P3", session_id="S2", session_date="2020-05-01", power_w="900", modality="mwa"),
            session(patient_id="P4", lesion_id="L3", power_w="30", modality="mwa"),
            session(patient_id="P5", lesion_id="L4"), session(patient_id="P5", lesion_id="L4", max_diameter_mm="21"),
            session(patient_id=""), session(patient_id="Anna Schmidt"),
        )  # fmt: skip
        put(
            home, where, "imaging_followups", "2024-01-31.csv",
            *(exam(patient_id=patient) for patient in patients),
            exam(patient_id="P1", exam_id="E2", exam_date="2020-12-01", lesion_status="ltp"),
            exam(patient_id="P2", exam_id="E2", exam_date="2020-12-01", lesion_status="nonsense"),
            exam(patient_id="P9", exam_id="E3", exam_date="2030-12-01"),
            exam(patient_id="Q1"), exam(patient_id=""), exam(patient_id="P6", lesion_id="L9"),
        )  # fmt: skip
        put(
            home, where, "genotypes", "2024-01-31.csv",
            row_of("genotypes", patient_id="P1", result="mutant", variant="p.G12D"),
            row_of("genotypes", patient_id="P2"), row_of("genotypes", patient_id="P2", specimen_id="X2", result="vus"),
            row_of("genotypes", patient_id="Q2"),
        )  # fmt: skip
        put(
            home, where, "patients", "2024-01-31.csv",
            row_of("patients", patient_id="P1", sex="f", birth_year="1950", vital_status="dead", death_date="2021-01-01"),  # noqa: E501
            row_of("patients", patient_id="P2", sex="female", birth_year="2021", vital_status="alive"),
            row_of("patients", patient_id="P3", vital_status="dead", death_date="2020-01-15"),
        )  # fmt: skip
    put(
        home,
        SITE,
        "treatments",
        "2024-01-31.csv",
        *(row_of("treatments", patient_id=one) for one in ("P1", "P4", "Q3")),
    )
    put(home, OTHER, "rfa_sessions", "2024-02-15.csv", row_of("rfa_sessions", patient_id="P1", max_diameter_mm="25"))
    (home.landing / OTHER / "site.toml").write_text('[exports.genotypes]\nmode = "snapshot"\n')
    put(
        home,
        OTHER,
        "genotypes",
        "2024-02-15.csv",
        row_of("genotypes", patient_id="P1"),
        row_of("genotypes", patient_id="P2"),
    )
    append(home, Note("ABL-06", "Checked.", date(2025, 1, 1), SITE, by="A. Miller"))
    append(home, Note("LES-03", "Seen.", date(2025, 1, 1), OTHER, key="P2|S1|L2", by="A. Miller"))
    merge.record(home, SITE, "P8", "P7", "same person", "A. Miller")
    with site.build() as con:
        make_clean(con, home)
    sheet = site.sheet()
    sheet.answer("LES-03", "correct", "22")
    sheet.answer("HD-01", "confirm")
    site.hand_back(sheet, "2024-03-01.xlsx")
    return site
