"""A study folder that was exported is read again as a source, and gives the same genotypes."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from tests.e2e.demonstration import Demonstration
from tests.interchange.exported import whole
from tests.warehouse.kit import new_kit
from warehouse.derived.derive import derive_all

SITE_TOML = """
[sources.study]
kind = "cbioportal"

[exports.genotypes]
source = "study"
"""
SESSIONS = """
    SELECT site || '.' || patient_id, site || '.' || session_id, session_date,
           site || '.' || patient_id || '.' || lesion_id, max_diameter_mm
    FROM clean.rfa_sessions ORDER BY ALL
"""
TESTS = """
    SELECT {}, gene, variant, vaf_percent, CASE result WHEN 'vus' THEN 'wild_type' ELSE result END,
        coalesce(panel, 'unknown'), assay
    FROM (SELECT * REPLACE (CASE WHEN result = 'mutant' THEN variant END AS variant,
        CASE WHEN result = 'mutant' THEN vaf_percent END AS vaf_percent) FROM clean.genotypes)
    WHERE result IN ('mutant', 'wild_type', 'vus') ORDER BY ALL
"""
"""What was tested with a result; a study cannot say that a result is unclear, or that a panel is not said."""
GENES = (
    *("kras", "nras", "braf", "ras", "ras_extended", "braf_class", "tp53", "smad4", "pik3ca", "apc", "is_discordant"),
    *("CASE WHEN kras = 'mutant' THEN kras_variant END", "CASE WHEN kras = 'mutant' THEN kras_flags END"),
)
"""What is compared of a patient; of a result that is unclear its variant does not leave."""


@pytest.mark.long
def test_the_genotypes_are_the_same(light_study: Demonstration, tmp_path: Path) -> None:
    """Of every patient and gene, and of every test with a result its panel; site.toml names nothing but the source."""
    folder = whole(light_study, "cbioportal")
    with new_kit(tmp_path / "home") as kit:
        kit.configure("trip", SITE_TOML)
        kit.deliver("trip", "study", "2026-01-31.zip", _zipped(folder))
        lines = [",".join(map(str, row)) for row in light_study.rows(SESSIONS)]
        header = "patient_id,session_id,session_date,lesion_id,max_diameter_mm"
        kit.deliver("trip", "rfa_sessions", "2026-01-31.csv", "\n".join([header, *lines]) + "\n")
        kit.refresh()
        derive_all(kit.con)
        columns = ", ".join(GENES)
        seen = kit.con.execute(f"SELECT patient_id, {columns} FROM derived.patient_genotype ORDER BY 1").fetchall()
        tests = kit.con.execute(TESTS.format("specimen_id")).fetchall()
    expected = light_study.rows(f"SELECT site || '.' || patient_id, {columns} FROM derived.patient_genotype ORDER BY 1")
    assert len(seen) == len(expected) > 100
    assert [row for row in seen if row not in expected] == []
    assert tests == light_study.rows(TESTS.format("site || '.' || specimen_id")) and len(tests) > 300


def _zipped(folder: Path) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as parts:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.name != "manifest.json":
                parts.write(path, path.relative_to(folder).as_posix())
    return content.getvalue()
