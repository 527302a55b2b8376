"""Times the package ablation_registry against what an analyst would type without it, as ratios.

Opening: a fresh process that imports the package, opens a release and runs a SELECT, against `import duckdb` with the
same connection and SELECT. The rest in one process, in turns, on a release of copies of the demonstration study, whose
first ablations are moved so that follow-up takes many days: a filter with counts against the same SQL; curves of three
groups with their log-rank test against lifelines, on the counted frame, and on one row per patient (counted by day in
SQL first, against lifelines on the same rows as a frame). The last line, without a limit, begins both at the release.

Run from the checkout: `python -m benchmarks.package_speed --patients 1000000`.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import duckdb

from benchmarks.fresh_process import registry, run_command
from warehouse.releases.finding import find_release
from warehouse.releases.sandbox import READ_ONLY
from warehouse.storage.home import Home

LIMITS = {"open": 1.3, "filter": 1.2, "same frame": 1.2, "single rows": 0.25, "release": float("inf")}
COPIED = ("clean.lesions", "clean.patients", "derived.lesion_ltp", "derived.patient_ltpfs", "derived.patient_genotype")
COPIED += ("derived.last_known_alive", "derived.patient_progression")
BEGIN = "first_ablation_date"
MOST_DAYS_MOVED = 400
CRITERIA = {"fit": "ecog <= 1", "small": "max_diameter_mm < 40", "age known": "age_at_ablation_years IS NOT NULL"}
CUTS = [20, 30]
ROWS = """
    SELECT t.days, t.event = 1 AS event, CASE WHEN max_diameter_mm < 20 THEN '< 20' WHEN max_diameter_mm < 30
           THEN '20 to < 30' ELSE '>= 30' END AS size
    FROM derived.time_to_event t JOIN cohort.patients USING (site, patient_id)
    WHERE endpoint = 'LTPFS' AND level = 'patient' AND days IS NOT NULL
"""


def copies_of(home: Home, patients: int, root: Path) -> Path:
    """Write a home whose only release holds copies of every patient of `home`'s current release."""
    source = find_release(home)
    n_copies = max(1, patients // source.manifest["tables"]["derived.patient_ltpfs"]["rows"])
    folder = root / "releases" / source.release_id
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "registry.duckdb")) as con:
        con.execute(f"ATTACH '{source.database}' AS one (READ_ONLY)")
        for schema in ("clean", "derived", "cohort"):
            con.execute(f"CREATE SCHEMA {schema}")
        for table in COPIED:
            names = [row[0] for row in con.execute(f"DESCRIBE one.{table}").fetchall()]
            moved = f", {BEGIN} - (k % {MOST_DAYS_MOVED})::INTEGER AS {BEGIN}" if BEGIN in names else ""
            con.execute(
                f"CREATE TABLE {table} AS SELECT * EXCLUDE (k) REPLACE (patient_id || '-' || k AS patient_id{moved}) "
                f"FROM one.{table} CROSS JOIN range({n_copies}) r(k)"
            )
        views = "SELECT sql FROM duckdb_views() WHERE database_name = 'one' AND NOT internal"
        for (statement,) in con.execute(f"{views} ORDER BY schema_name DESC").fetchall():
            con.execute(statement)
    (folder / "manifest.json").write_text(json.dumps(source.manifest), encoding="utf-8")
    (root / "releases" / "current").symlink_to(source.release_id)
    return root


def opening(home: Home, times: int) -> float:
    """Return processor seconds of import, opening and a SELECT over those with duckdb alone, as a ratio of medians."""
    database, folder = find_release(home).database.resolve(), tempfile.gettempdir()
    config = {**READ_ONLY, "temp_directory": folder}
    plain = f"import duckdb; duckdb.connect({str(database)!r}, read_only=True, config={config!r})"
    ours = f"import ablation_registry; ablation_registry.open({str(home.root)!r})"
    found: dict[str, list[float]] = {plain: [], ours: []}
    for _ in range(times):
        for code, seconds in found.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            run_command([sys.executable, "-c", f"{code}.sql('SELECT 1').fetchall()"])
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return say("open", median(found[ours]), median(found[plain]))


def in_turns(name: str, ours: Callable[[], object], theirs: Callable[[], object], times: int) -> float:
    """Return processor seconds of `ours` over `theirs`, as a ratio of medians."""
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(times):
        for work, seconds in zip((ours, theirs), found, strict=True):
            begin = time.process_time()
            work()
            seconds.append(time.process_time() - begin)
    return say(name, median(found[0]), median(found[1]))


def say(name: str, ours: float, theirs: float) -> float:
    """Print one line and return the ratio."""
    print(f"{name:<12} {1000 * ours:8.1f} ms to {1000 * theirs:8.1f} ms: {ours / theirs:.3f} (limit {LIMITS[name]})")
    return ours / theirs


def estimates(home: Path, times: int) -> list[float]:
    """Compare a filter, curves on the counted frame, and curves from the release with the same by hand."""
    import ablation_registry as ar
    from analysis.estimates.product_limit import _curve
    from warehouse.cohorts.subjects import Question
    from warehouse.cohorts.terms import Term
    from workflows.cohort_estimates.asked import Counted, counted
    from workflows.cohort_estimates.curves import Curves

    release = ar.open(home)
    con = release.connection
    met = [" AND ".join(f"coalesce({one}, false)" for one in list(CRITERIA.values())[:n]) for n in range(1, 4)]
    counts = ", ".join(f"count(*) FILTER ({one}), sum(n_lesions) FILTER ({one})" for one in met)
    by_hand = f"SELECT count(*), sum(n_lesions), {counts} FROM cohort.patients"
    size = {"column": "max_diameter_mm", "categories": CUTS}
    cohort = release.cohort()

    def curves_of(frame: Curves) -> None:
        _curve.cache_clear()
        assert len(frame.table) and frame.logrank["p_value"].notna().all()

    def from_rows() -> None:
        frame = plain.execute("SELECT days, event, count(*) AS count, size FROM single GROUP BY ALL").df()
        curves_of(Curves(Counted(Question("LTPFS"), "size", frame, False, "")))

    def from_release() -> None:
        _curve.cache_clear()
        found = cohort.kaplan_meier("LTPFS", by=size)
        assert len(found.table) and found.logrank["p_value"].notna().all()

    subjects = counted(con, cohort._choice, Question("LTPFS"), Term(column="max_diameter_mm", categories=CUTS))
    print(f"{cohort.n:,} patients, {len(subjects.frame):,} kinds of them by day, event and group")
    release.cohort(CRITERIA), lifelines_on(subjects.frame, subjects.grouping)  # imports
    single, plain = con.execute(ROWS).df(), duckdb.connect()
    plain.execute("CREATE TABLE single AS FROM single")
    few = max(3, times // 3)
    return [
        in_turns("filter", lambda: release.cohort(CRITERIA), lambda: con.execute(by_hand).fetchall(), times),
        in_turns(
            "same frame",
            lambda: curves_of(Curves(subjects)),
            lambda: lifelines_on(subjects.frame, subjects.grouping),
            times,
        ),
        in_turns("single rows", from_rows, lambda: lifelines_on(single, "size"), few),
        in_turns("release", from_release, lambda: lifelines_on(con.execute(ROWS).df(), "size"), few),
    ]


def lifelines_on(frame, grouping: str) -> None:
    """Fit a curve for each group and test between them, by lifelines on the frame as it is."""
    from lifelines import KaplanMeierFitter
    from lifelines.statistics import multivariate_logrank_test

    weights = frame.get("count")
    event = frame["event"] == 1
    for _, rows in frame.groupby(grouping):
        of = None if weights is None else rows["count"]
        KaplanMeierFitter().fit(rows["days"], rows["event"] == 1, weights=of)
    multivariate_logrank_test(frame["days"], frame[grouping], event, weights=weights)


def main(home: Home, patients: int, times: int) -> int:
    """Print the ratios; return 1 if one is beyond its limit."""
    found = [opening(home, times)]
    with tempfile.TemporaryDirectory(prefix="package-speed-") as folder:
        found += estimates(copies_of(home, patients, Path(folder)), times)
    return int(any(ratio > limit for ratio, limit in zip(found, LIMITS.values(), strict=True)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, help="a home with the demonstration study's release, e.g. registry-home")
    parser.add_argument("--patients", type=int, default=1_000_000, help="patients to copy to, e.g. 1000000")
    parser.add_argument("--times", type=int, default=9, help="how often to run each, e.g. 9")
    options = parser.parse_args()
    if options.home:
        sys.exit(main(Home(options.home.absolute()), options.patients, options.times))
    with tempfile.TemporaryDirectory(prefix="package-speed-home-") as made:
        run_command([*registry(), "demo", "--home", made])
        run_command([*registry(), "refresh", "--home", made])
        sys.exit(main(Home(Path(made)), options.patients, options.times))
