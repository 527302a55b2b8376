"""Checks that the peers make what the project makes: the same rows in the six derived tables.

The demonstration study is refreshed; its clean rows, written as files, are what the dbt project and the plain script
build from, so that no rule sets anything aside. Rows, a sum and a digest of each table are compared with the release;
what pandas finds of LTP and LTPFS is compared with the two tables that hold them.
Then 20 patients are delivered again, and dbt's incremental build is compared with a first build of all files.

Not compared: the columns of DIFFER, which name the files that were read or what the rules set aside.

Run from the checkout: `python -m benchmarks.peers_check`. Exits with 1 if anything differs.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import duckdb

from benchmarks.dbt_peer import project
from benchmarks.delivery import deliver
from benchmarks.fresh_process import module, registry, run_command, run_module
from benchmarks.plain_sql import DERIVED
from schemas.exports import EXPORTS
from schemas.further_genotype import ORIGINS, STATUSES
from warehouse.releases.release import current_release
from warehouse.storage.home import Home
from warehouse.storage.sql_files import sql_text

DIFFER = ("deciding_delivery", "deciding_line", "has_lesions_set_aside")
NEWER = {column.name for column in (*STATUSES, *ORIGINS)}
"""Columns that the frozen yardstick does not make."""
SUMS = {
    "lesion_ltp": "sum(ltpfs_days)",
    "patient_genotype": "count(*) FILTER (ras = 'mutant')",
    "patient_ltpfs": "sum(ltpfs_days)",
    "patient_progression": "sum(last_liver_exam_date - first_ablation_date)",
    "last_known_alive": "sum(last_known_alive_date - DATE '2000-01-01')",
    "time_to_event": "sum(days)",
}
N_CHANGED = 20
Facts = dict[str, tuple]


def facts(database: Path) -> Facts:
    """Return rows, a sum and a digest of each derived table; the digest does not depend on the order of rows."""
    found: Facts = {}
    with duckdb.connect(str(database), read_only=True) as con:
        for table in DERIVED:
            names = con.execute(f"SELECT * FROM derived.{table} LIMIT 0").description
            columns = ", ".join(sorted(name for name, *_ in names if name not in NEWER.union(DIFFER)))
            select = f"SELECT count(*), {SUMS[table]}, sum(hash({columns})::HUGEINT) FROM derived.{table}"
            found[table] = con.execute(select).fetchone() or ()
    return found


def facts_of_pandas(database: Path) -> dict[str, int]:
    """Return from a release what pandas_peer.py counts and adds up."""
    lesions = """
        SELECT count(*) AS evaluable_lesions, count(*) FILTER (ltp)::BIGINT AS lesions_with_ltp,
               sum(ltpfs_days)::BIGINT AS lesion_days FROM derived.lesion_ltp WHERE is_evaluable
    """
    patients = """
        SELECT count(*) AS evaluable_patients, sum(event)::BIGINT AS ltpfs_events, sum(days)::BIGINT AS ltpfs_days
        FROM derived.time_to_event WHERE endpoint = 'LTPFS' AND level = 'patient'
    """
    with duckdb.connect(str(database), read_only=True) as con:
        frames = [con.execute(select).fetchdf() for select in (lesions, patients)]
    return {name: int(frame[name].iloc[0]) for frame in frames for name in frame}


def write_clean_rows(database: Path, landing: Path) -> None:
    """Write the release's clean tables as one file for each site and export."""
    with duckdb.connect(str(database), read_only=True) as con:
        for name, export in EXPORTS.items():
            columns = ", ".join(export.column_names)
            for (site,) in con.execute(f"SELECT DISTINCT site FROM clean.{name}").fetchall():
                folder = landing / site / name
                folder.mkdir(parents=True)
                rows = f"SELECT {columns} FROM clean.{name} WHERE site = {sql_text(site)}"
                con.execute(f"COPY ({rows}) TO {sql_text(str(folder / '2024-12-31_clean.csv'))} (HEADER)")


def compare(what: str, found: Facts, expected: Facts) -> bool:
    """Print a line for each table and return whether all agree."""
    for table in DERIVED:
        verdict = "the same" if found[table] == expected[table] else f"differs from {expected[table][:2]}"
        print(f"{what}, {table}: {found[table][0]:,} rows, sum {found[table][1]:,}: {verdict}")
    return found == expected


def main(dbt: Path | None) -> bool:
    """Build everything in a temporary folder, compare, and return whether all agree."""
    with tempfile.TemporaryDirectory(prefix="peers-check-") as name:
        folder = Path(name)
        home, landing = Home(folder / "home"), folder / "landing"
        run_command([*registry(), "demo", "--home", home.root])
        run_command([*module("benchmarks.core_refresh"), "refresh", "--home", home.root])
        release = current_release(home)
        assert release is not None
        write_clean_rows(release.database, landing)
        expected = facts(release.database)
        run_module("benchmarks.plain_script", landing, folder / "plain.duckdb")
        agree = compare("plain script", facts(folder / "plain.duckdb"), expected)

        pandas = run_module("benchmarks.pandas_peer", landing)["found"]
        wanted = facts_of_pandas(release.database)
        differ = {name: pandas[name] for name in wanted if pandas[name] != wanted[name]}
        print(f"pandas, LTP and LTPFS: {f'{differ} differ from {wanted}' if differ else 'the same'}")
        agree &= not differ

        project.write(folder / "project")
        command = project.build_command(dbt or project.install(folder / "dbt"), folder / "project")
        run_command(command, project.environment(landing, folder / "dbt.duckdb"))
        agree &= compare("dbt", facts(folder / "dbt.duckdb"), expected)

        deliver(landing, N_CHANGED, "2025-01-31_again.csv")
        run_command(command, project.environment(landing, folder / "dbt.duckdb"))
        run_command(command, project.environment(landing, folder / "new.duckdb"))
        agree &= compare("dbt, incremental", facts(folder / "dbt.duckdb"), facts(folder / "new.duckdb"))
    return agree


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dbt", type=Path, help="a dbt that is already installed; default: install one for this run")
    sys.exit(0 if main(parser.parse_args().dbt) else 1)
