"""Tests that every kind of source gives under pseudonyms what it gives without, row by row, and keeps nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.erasure.search_home import below_home
from tests.pseudonyms.keyed import KEY
from tests.sources.calls_kit import call, maf
from tests.sources.fhir_kit import bundle
from tests.sources.study_kit import study, zip_of_study
from tests.sources.test_fhir_deliveries import FIRST, TOML
from tests.warehouse.kit import Kit, new_kit
from warehouse.storage.pseudonym_key import VARIABLE

OF_CALLS = "[sources.s]\nkind = '{}'\n[exports.genotypes]\nsource = 's'\n"
BY_SAMPLE = "[exports.genotypes.columns]\npatient_id = 'Tumor_Sample_Barcode'\n"
COUNTED = "SELECT export, status, reason, rows_received, left_out, slots FROM meta.deliveries ORDER BY ALL"
CELLS = "SELECT gene, result, variant, vaf_percent, panel, specimen_site, assay FROM raw.genotypes ORDER BY ALL"
SIZES = "SELECT max_diameter_mm, modality FROM raw.rfa_sessions ORDER BY ALL"
ENTRIES = "SELECT export, line, rule_id, column_name FROM quality.quarantine ORDER BY ALL"


def _fhir(kit: Kit) -> None:
    kit.configure("north", TOML)
    kit.deliver("north", "ehr", "2021-01-01.json", json.dumps(bundle(*FIRST), indent=1))


def _cbioportal(kit: Kit) -> None:
    kit.configure("north", OF_CALLS.format("cbioportal"))
    made = zip_of_study(kit.home.root / "made.zip", study())
    kit.deliver("north", "s", "2021-01-01.zip", made.read_bytes())
    made.unlink()


def _maf(kit: Kit) -> None:
    kit.configure("north", OF_CALLS.format("maf") + BY_SAMPLE)
    kit.deliver("north", "s", "2021-01-01.maf", maf(call(), call(gene="TP53", protein="p.R175H"), call(gene="EGFR")))


@pytest.mark.long
@pytest.mark.parametrize("deliver", [_fhir, _cbioportal, _maf])
def test_a_kind_reads_the_same(deliver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows, what is left out by reason, entries, and cells that are no identifiers; after the next site.toml too."""
    found, told = [], set()
    for key in ("", KEY):
        monkeypatch.setenv(VARIABLE, key)
        with new_kit(tmp_path / f"home{len(key)}") as kit:
            deliver(kit)
            kit.refresh()
            assert kit.problems == []
            found.append([kit.tuples(sql) for sql in (COUNTED, CELLS, SIZES, ENTRIES)])
            if not key:
                told = {p for (p,) in kit.tuples("SELECT DISTINCT specimen_id FROM raw.genotypes")}
            else:
                assert below_home(kit.home, {f'"{one}"' for one in told}) == {}
                assert kit.value("SELECT count(*) FROM raw.genotypes WHERE patient_id NOT LIKE 'P-%'") == 0
    assert found[0] == found[1] and found[0][1]
