"""FHIR through the registry itself: what loads, what is set aside and counted, what is withdrawn and forgotten."""

import json
from pathlib import Path

import pytest

from tests.sources.fhir_kit import (
    LESION,
    PATIENT,
    PRESENT,
    SPECIMEN,
    ablation,
    bundle,
    gene,
    hgvs,
    quantity,
    size,
    status,
    variant,
)
from tests.warehouse.kit import new_kit

TOML = "[sources.ehr]\nkind = 'fhir'\n" + "".join(
    f"[exports.{name}]\nsource = 'ehr'\n" for name in ("patients", "rfa_sessions", "genotypes", "imaging_followups")
)
FOUND = variant(PRESENT, gene("6407"), hgvs("48005-3", "p.Gly12Asp"))
FIRST = (PATIENT, LESION, SPECIMEN, ablation(), size(quantity(1.2, "cm")), FOUND, status("281900007"))
NO_DAY = ablation(id="a2", performedDateTime="2020-05", partOf=None)


def ndjson(*resources: dict) -> str:
    """The resources, one on each line."""
    return "\n".join(map(json.dumps, resources))


@pytest.mark.long
def test_a_study_from_fhir(tmp_path: Path) -> None:
    """A bundle loads; a partial date is set aside with its line; entered in error withdraws; nothing is lost."""
    with new_kit(tmp_path / "home") as kit:
        kit.configure("north", TOML)
        kit.deliver("north", "ehr", "2021-01-01.json", json.dumps(bundle(*FIRST, NO_DAY), indent=1))
        kit.refresh()
        assert kit.problems == []
        assert kit.tuples("SELECT lesion_id, max_diameter_mm, line FROM clean.rfa_sessions") == []
        aside = kit.tuples("SELECT rule_id, column_name, line FROM quality.quarantine WHERE rule_id = 'TYPE-01'")
        assert aside == [("TYPE-01", "session_date", 8)]
        again = (PATIENT, LESION, size(quantity(1.2, "cm")), {**NO_DAY, "performedDateTime": "2020-05-06"})
        kit.deliver("north", "ehr", "2021-01-02.ndjson", ndjson(*again))
        kit.refresh()
        sessions = "SELECT session_id, session_date::VARCHAR, max_diameter_mm FROM clean.rfa_sessions ORDER BY ALL"
        assert kit.tuples(sessions) == [("a1", "2020-03-04", 12.0), ("a2", "2020-05-06", 12.0)]
        assert kit.tuples("SELECT gene, result FROM clean.genotypes") == [("KRAS", "mutant")]
        wrong = {**FOUND, "status": "entered-in-error"}
        kit.deliver("north", "ehr", "2021-01-03.ndjson", ndjson(PATIENT, SPECIMEN, wrong))
        kit.refresh()
        assert kit.tuples("SELECT count(*) FROM clean.genotypes") == [(0,)]
        before = kit.tuples("FROM clean.rfa_sessions UNION ALL BY NAME FROM clean.patients ORDER BY ALL")
        kit.refresh(full=True)
        assert kit.tuples("FROM clean.rfa_sessions UNION ALL BY NAME FROM clean.patients ORDER BY ALL") == before
