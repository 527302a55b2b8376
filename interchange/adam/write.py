"""Writes ADSL and ADTTE of a release, each as <name>.json and <name>.xpt, and define.xml."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from interchange.adam.dataset_json import longest_texts, write_json
from interchange.adam.define import write_define
from interchange.adam.subjects import adsl
from interchange.adam.times import adtte
from interchange.adam.transport import write_xpt
from interchange.outgoing import Outgoing, Written
from warehouse.storage.connection import one_thread
from warehouse.storage.source_code import code_version

DEFINE = "define.xml"
CUT = "{0}.xpt holds the first 200 bytes of longer texts of {1}; {0}.json holds all."


def write(release: Outgoing, folder: Path) -> Written:
    """Write the datasets; a note says which texts a transport file could not hold."""
    release.require("cohort.patients", "cohort.lesions", "derived.last_known_alive", "derived.time_to_event")
    made = release.manifest["created_at"]
    about = {
        "datasetJSONCreationDateTime": made,
        "datasetJSONVersion": "1.1.0",
        "fileOID": release.release_id,
        "dbLastModifiedDateTime": made,
        "originator": "ablation-registry",
        "sourceSystem": {"name": "ablation-registry", "version": code_version()},
    }
    rows: dict[str, int] = {}
    notes = []
    datasets = (adsl(release.tables), adtte(release.con))
    with one_thread(release.con):  # rows go into files one behind the other
        for dataset in datasets:
            name = dataset.name.lower()
            release.con.execute(f"CREATE TEMP TABLE {dataset.name} AS {dataset.select}")
            longest = longest_texts(release.con, dataset)
            own = about | {"fileOID": f"{release.release_id}.{dataset.name}"}
            n = write_json(release.con, dataset, folder / f"{name}.json", own, DEFINE, longest)
            cut = write_xpt(release.con, dataset, folder / f"{name}.xpt", datetime.fromisoformat(made), longest)
            rows |= {f"{name}.json": n, f"{name}.xpt": n}
            notes += [CUT.format(name, one) for one in cut]
    write_define(datasets, folder / DEFINE, release.release_id, made, code_version())
    return Written(rows, tuple(notes))
