"""Writes what came of a study of several sites: tables, what suppression cost, and the next file of coefficients."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from schemas.disclosure import MODES
from schemas.own_plan import COX, PREFIX, table_of
from warehouse.storage.connection import private_files
from warehouse.storage.csv_output import write_csv
from warehouse.storage.errors import RegistryError
from warehouse.storage.source_code import code_version
from workflows.federated.combined import GOES_ON, NAME, WAITS, ModelCombined, combine_model, rounds_asked
from workflows.federated.combined_curves import CurvesCombined, combine_curves, lost
from workflows.federated.file_form import CoefficientsFile, rendered, write_file
from workflows.federated.gathered import Gathered, gather
from workflows.federated.study import Study

if TYPE_CHECKING:
    import pandas as pd

TABLES, RESULT = "tables", "combined.json"


@dataclass(frozen=True)
class StudyCombined:
    """What came of a study: its parts by name, what each site cost, and the file of coefficients that was written."""

    gathered: Gathered
    curves: Mapping[str, CurvesCombined]
    models: Mapping[str, ModelCombined]
    costs: Mapping[str, list[str]]
    next_file: Path | None

    @property
    def tables(self) -> "dict[str, pd.DataFrame]":
        """Return the tables by name, as analyses of an own plan are called in a release."""
        import pandas as pd

        found: dict[str, list[pd.DataFrame]] = {}
        for name, one in self.curves.items():
            for table, frame in one.tables.items():
                found.setdefault(table, []).append(frame.assign(grouping=f"{PREFIX}{name}"))
        for name, model in self.models.items():
            if model.table is not None:
                level = str(model.table["level"].iloc[0])
                own = model.table.assign(model=f"{PREFIX}{name}")
                found.setdefault(table_of(COX, level), []).append(own)
        return {name: pd.concat(parts, ignore_index=True) for name, parts in found.items()}


def combine(study: Study, folders: list[Path], out: Path) -> StudyCombined:
    """Combine the files of all folders, and write tables/, combined.json and the coefficients of the next round.

    RegistryError if nothing can be combined, or `out` holds the files of another study.
    """
    if out.exists() and not out.is_dir():
        raise RegistryError(f"{out} is no folder.", "Name another with --out.")
    asked = rounds_asked(study, out)
    gathered = gather(study, folders)
    curves = {item.name: combine_curves(item, gathered) for item in study.curves}
    models = {item.name: combine_model(study, item, gathered, asked) for item in study.models}
    next_file = _ask(study, models, asked, out)
    costs = {site: list(_cost(study, site, gathered, curves, models)) for site in gathered.files}
    found = StudyCombined(gathered, curves, models, costs, next_file)
    with private_files():
        _write(study, found, out)
    return found


def _ask(
    study: Study, models: Mapping[str, ModelCombined], asked: Mapping[int, CoefficientsFile], out: Path
) -> Path | None:
    """Write what the next round asks for; None while answers of a round are awaited, or if nothing is to be asked."""
    open_ones = {name: one for name, one in models.items() if one.state == GOES_ON}
    if not open_ones or any(one.state == WAITS for one in models.values()):
        return None
    number = max(asked, default=1) + 1
    asks = {name: one.asks for name, one in open_ones.items() if one.asks is not None}
    text, _ = rendered(CoefficientsFile(study=study.sha256, round=number, models=asks))
    path = out / NAME.format(number)
    write_file(path, text)
    return path


def _cost(
    study: Study,
    site: str,
    gathered: Gathered,
    curves: Mapping[str, CurvesCombined],
    models: Mapping[str, ModelCombined],
) -> Any:
    """Yield what disclosure control at a site cost, a sentence each."""
    file = gathered.files[site][1]
    mode = MODES[file.mode]
    if mode.is_open:
        yield "exact: no disclosure control"
    else:
        yield f"{mode.name}: {file.n_suppressed} of {file.n_cells} counts suppressed"
    for item in study.curves:
        one = file.curves[item.name]
        if one.refused:
            yield f"curves {item.name}: {one.refused}"
            continue
        if one.suppressed:
            yield f"curves {item.name}: no table of {', '.join(one.suppressed)}"
        for grouping in one.tables:
            found = lost(one, grouping)
            if found and found[1] < found[0]:
                yield f"curves {item.name}, {grouping}: {found[1]} of {found[0]} events are in its tables"
    for name, combined in models.items():
        if site in combined.refused:
            yield f"model {name}: not in it, {combined.refused[site]}"
        elif site in combined.sites and not mode.is_open:
            yield f"model {name}: score and information with two digits, while more than {mode.small} are at risk"


def _write(study: Study, found: StudyCombined, out: Path) -> None:
    import pyarrow as pa

    (out / TABLES).mkdir(parents=True, exist_ok=True)
    tables = found.tables
    for path in (out / TABLES).glob("*.csv"):
        if path.stem not in tables:
            path.unlink()
    with duckdb.connect() as con:
        for name, table in tables.items():
            with (out / TABLES / f"{name}.csv").open("w", encoding="utf-8", newline="") as to:
                write_csv(con.from_arrow(pa.Table.from_pandas(table, preserve_index=False)), to)
    firsts = {site: rounds[1] for site, rounds in found.gathered.files.items()}
    facts = {
        "study_sha256": study.sha256,
        "made_by": code_version(),
        "sites": {
            site: {
                "release_id": file.release_id,
                "content_hash": file.content_hash,
                "mode": file.mode,
                "cost": found.costs[site],
            }
            for site, file in firsts.items()
        },
        "files": dict(sorted(found.gathered.checksums.items())),
        "left_out": dict(found.gathered.left_out),
        "curves": {name: {"sites": one.sites, "without": one.refused} for name, one in found.curves.items()},
        "models": {
            name: {
                "state": one.state,
                "rounds": one.round,
                "sites": one.sites,
                "without": one.refused,
                "waits_for": one.waits_for,
                "why": one.why,
            }
            for name, one in found.models.items()
        },
    }
    write_file(out / RESULT, f"{json.dumps(facts, indent=2, ensure_ascii=False)}\n".encode())
