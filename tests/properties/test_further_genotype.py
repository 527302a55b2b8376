"""The SQL and the oracle agree on genes and states beside KRAS, NRAS and BRAF, on random patients."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from itertools import product

import duckdb
import pytest

from schemas.genotype.markers import OTHER_NAMES, RESULTS, names_of
from tests import oracle
from tests.oracle.further_genotype import CALLED
from tests.properties.test_oracle_agrees import differences
from tests.spec.clean_rows import DAY_OF_ABLATION, EXPORTS, SET_ASIDE, TOLD, Clean, Row, complete, insert
from warehouse.clean.lesions import create_clean_tables
from warehouse.storage.connection import define_terms
from warehouse.storage.sql_files import select_of

SITES = ("liver_metastasis", "other_metastasis", "primary", "ctdna", "unknown")
DAYS = (None, -30, -30, -1, 0, 1, 30)
NEUTRAL = ("failed", "indeterminate", "not_tested")
VARIANTS = (None, None, "p.R175H", "see letter", "p.G12D")
STATUSES = ("tp53", "smad4", "pik3ca", "apc", "her2_amplification", "msi", "mmr")


def row_of(draw: random.Random, patient: str, line: int) -> Row:
    """One row of a further gene or state, of one of two specimens, under any of its names, as GEN-08 lets it pass."""
    name = draw.choice(list(CALLED))
    own = {"HER2": ("amplified", "not_amplified", "mutant", "wild_type")}
    results = own.get(name) or RESULTS.get(name) or ("mutant", "wild_type", "wild_type", "vus", "amplified")
    day = draw.choice(DAYS)
    shown = {
        "patient_id": patient,
        "specimen_id": draw.choice(("T1", "T2", "T10")),
        "specimen_site": draw.choice(SITES),
        "specimen_date": None if day is None else DAY_OF_ABLATION + timedelta(days=day),
        "gene": draw.choice(sorted(CALLED[name])),
        "result": draw.choice((*results, *results, draw.choice(NEUTRAL))),
        "variant": draw.choice(VARIANTS),
        "panel": draw.choice((None, "exon2_only", "ngs", "ngs", "extended", "unknown")),
        "vaf_percent": draw.choice((None, 4.9, 5.0, 30.0)),
        "assay": draw.choice((None, "A 1", "B 2")),
    }
    shown["tmb_per_mb"] = draw.choice((None, 4.0, 4.0, 9.5)) if shown["result"] == "measured" else None
    return complete("genotypes", shown, line)


def drawn(n: int) -> Clean:
    """Patients with one session and up to nine rows each."""
    draw = random.Random(20)
    clean: Clean = {name: [] for name in (*EXPORTS, SET_ASIDE, TOLD)}
    for patient in (f"P{number}" for number in range(n)):
        clean["rfa_sessions"].append(complete("rfa_sessions", {"patient_id": patient}, 1))
        clean["genotypes"] += [row_of(draw, patient, line) for line in range(draw.randrange(10))]
    return clean


@pytest.mark.long
def test_sql_and_oracle_agree_on_further_genes() -> None:
    """Every column is the same for 400 patients, among whom all statuses of genes and states and all flags occur."""
    clean = drawn(400)
    expected = oracle.patient_genotype(clean["rfa_sessions"], clean["genotypes"])
    with duckdb.connect(config={"threads": 1}) as con:
        create_clean_tables(con)
        define_terms(con)
        insert(con, clean)
        found = con.sql(select_of("derived/patient_genotype")).to_arrow_table().to_pylist()
    assert set(found[0]) == set(expected[0])
    assert differences(found, expected) == []
    seen = Counter((name, row[name]) for row in expected for name in STATUSES)
    for name, status in product(STATUSES, ("unknown", "not_tested")):
        assert seen[name, status] > 1, (name, status)
    assert {"mutant", "wild_type", "msi_high", "msi_low", "mss", "deficient", "proficient", "amplified"} <= {
        status for _, status in seen
    }
    flags = {flag for row in expected for name in row if name.endswith("_flags") for flag in row[name]}
    assert {"contradictory", "discordant", "low_vaf", "unparsed_variant", "vus"} <= flags


def test_both_lists_of_names_are_the_same() -> None:
    """marker_of() in SQL, the rules and the oracle know the same names."""
    with duckdb.connect() as con:
        define_terms(con)
        for name, called in CALLED.items():
            marker = "ERBB2" if name == "HER2" else name
            assert set(names_of(marker)) == called
        for other, meant in OTHER_NAMES.items():
            assert con.execute("SELECT marker_of(?)", [other]).fetchone() == (meant,)
