"""The demonstration study as it leaves under a mode, made once a process; and what an outsider reads in it."""

from functools import cache
from pathlib import Path

import pandas as pd

from analysis.subjects.analysis_frames import AnalysisFrames
from disclosure.shared_content import Shared, shared_content
from schemas.disclosure import MODES
from tests.disclosure.attack import Told
from warehouse.derived import analysis_tables
from warehouse.releases.query import open_release
from warehouse.releases.release import find_release
from warehouse.storage.home import Home
from workflows.analyse_cohort import content_of

KEY = ["endpoint", "level", "grouping", "stratum"]


@cache
def shared(home: Path, mode: str) -> Shared:
    """The content of the study's public set under the mode."""
    release, registry = find_release(Home(home)), registry_of(home)
    with open_release(release) as con:
        content = content_of(con, release)
    return shared_content(content, registry, MODES[mode])


@cache
def registry_of(home: Path) -> AnalysisFrames:
    """The true frames, which only the attacks' judge sees."""
    with open_release(find_release(Home(home))) as con:
        return AnalysisFrames(*analysis_tables.frames(con))


def groups_printed(tables: dict[str, pd.DataFrame]) -> list[Told]:
    """Every size and number of events that the tables print for a group: (endpoint, level, grouping, stratum, cause,
    count); cause 0 is the size. Curves print sizes here; what their steps say is attacked by itself.
    """
    told = []
    rates = tables["ltp_rates"]
    for row in rates[rates["quantity"] == "rate"].to_dict("records"):
        told += [Told(*(row[k] for k in KEY), cause, int(row[name])) for cause, name in ((0, "n"), (1, "n_events"))]
    for name in ("km_summary", "cumulative_incidence"):
        for row in tables[name][[*KEY, "n"]].drop_duplicates().to_dict("records"):
            told.append(Told(*(row[k] for k in KEY), 0, int(row["n"])))
    for name in ("cox", "logistic", "fine_gray", "lesion_models"):
        rows = tables[name]
        for row in (
            rows[rows["cohort"] == "all"][["endpoint", "level", "n", "n_events"]].drop_duplicates().to_dict("records")
        ):
            for cause, column in ((0, "n"), (1, "n_events")):
                told.append(Told(row["endpoint"], row["level"], "overall", "overall", cause, int(row[column])))
    one = tables["table_one"]
    for row in one[one["variable"].isin(["n", "nras", "braf", "ras", "diameter_ge_30"])].to_dict("records"):
        count = str(row["value"]).split(" ")[0]
        if count.isdigit():
            variable = "kras" if row["variable"] == "n" else row["variable"]
            if row["variable"] == "n":
                grouping = "overall" if row["stratum"] == "overall" else "kras"
                told.append(Told("OS", "patient", grouping, row["stratum"], 0, int(count)))
            elif row["stratum"] == "overall":
                told.append(Told("OS", "patient", variable, row["level_of_variable"], 0, int(count)))
            else:
                both = f"{row['stratum']}|{row['level_of_variable']}"
                told.append(Told("OS", "patient", f"kras|{variable}", both, 0, int(count)))
    return told
