"""A cohort of your own: Kaplan-Meier of LTP-free survival in patients with a single small lesion.

Reads the current release, never the build database, so it can run while the nightly job does.

    .venv/bin/python examples/a_cohort_of_your_own.py
"""

import duckdb
from lifelines import KaplanMeierFitter

from warehouse.storage.home import Home, default_home

COHORT = """
    SELECT p.kras, t.months, t.event
    FROM derived.time_to_event t JOIN derived.patient_ltpfs p USING (site, patient_id)
    WHERE t.endpoint = 'LTPFS' AND t.level = 'patient' AND p.n_lesions = 1 AND NOT p.diameter_ge_30
"""


def main() -> None:
    """Print n, events and the estimate at 12 months for each KRAS status."""
    release = Home(default_home()).require().current / "registry.duckdb"
    with duckdb.connect(str(release), read_only=True) as con:
        cohort = con.execute(COHORT).df()
    for kras, patients in cohort.groupby("kras"):
        curve = KaplanMeierFitter().fit(patients["months"], patients["event"])
        n, events = len(patients), int(patients["event"].sum())
        free = 100 * curve.predict(12)
        print(f"KRAS {kras}: {n} patients, {events} events, {free:.1f} % free of LTP and alive at 12 months")


if __name__ == "__main__":
    main()
