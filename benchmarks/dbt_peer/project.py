"""Writes the dbt project with its derived models, installs dbt for it, and says how it is run.

project/ holds what a dbt user writes by hand; a derived model is a SELECT of plain_sql/ that reads other models, in an
incremental build only the rows of patients in new files.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks import plain_sql
from benchmarks.fresh_process import CHECKOUT
from benchmarks.plain_script import PEER_MEMORY

FOLDER = Path(__file__).parent
NOTHING_SET_ASIDE = "(SELECT NULL::VARCHAR AS site, NULL::VARCHAR AS patient_id WHERE false)"


def install(folder: Path) -> Path:
    """Make an environment in `folder` with the versions of requirements.txt and return its command `dbt`.

    Raises CalledProcessError if it cannot be made, e.g. without the package index.
    """
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pinned = FOLDER / "requirements.txt"
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps", "-r", pinned]
    subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)
    return folder / "bin" / "dbt"


def write(folder: Path) -> None:
    """Write the project into `folder`, which must not exist."""
    shutil.copytree(FOLDER / "project", folder, ignore=shutil.ignore_patterns("__pycache__"))
    terms = plain_sql.terms().replace("TEMP MACRO", "MACRO")
    (folder / "macros" / "terms.sql").write_text(
        "{% macro create_terms() %}\n" + terms + "{% endmacro %}\n", encoding="utf-8"
    )
    (folder / "models" / "clean" / "lesions.sql").write_text(
        "{{ config(materialized='incremental', incremental_strategy='delete+insert', "
        "unique_key=['site', 'patient_id']) }}\n" + reading_models(plain_sql.lesions()),
        encoding="utf-8",
    )
    for table in plain_sql.DERIVED:
        model = folder / "models" / "derived" / f"{table}.sql"
        model.write_text(reading_models(plain_sql.select_for(table)), encoding="utf-8")


def reading_models(select: str) -> str:
    """Return a SELECT that reads dbt's models instead of tables.

    >>> reading_models("SELECT 'clean.patients' FROM clean.patients p")
    "SELECT 'clean.patients' FROM {{ due('patients') }} p"
    """
    select = re.sub(r"\b(FROM|JOIN)\s+(?:clean|derived)\.(\w+)", r"\1 {{ due('\2') }}", select)
    return re.sub(r"\bFROM\s+work\.set_aside_sessions\b", f"FROM {NOTHING_SET_ASIDE}", select)


def build_command(dbt: Path, folder: Path) -> list[str]:
    """Return the command that builds and tests everything; a later one adds what the new files hold."""
    return [str(dbt), "build", "--project-dir", str(folder), "--profiles-dir", str(folder), "--quiet"]


def environment(landing: Path, database: Path) -> dict[str, str]:
    """Return the variables that the project reads: which files, which database, and where the variants' reader is."""
    return {
        "PEER_LANDING": str(landing.resolve()),
        "PEER_DATABASE": str(database),
        "PEER_MEMORY": PEER_MEMORY,
        "PYTHONPATH": str(CHECKOUT),
        "DO_NOT_TRACK": "1",
    }
