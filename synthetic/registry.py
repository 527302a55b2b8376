"""Writes synthetic registries of any size: sites, patients, lesions and exams.

Working in chunks of CHUNK_PATIENTS keeps memory constant at any size. The same arguments give the same bytes.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import numpy as np

from synthetic.defects import plant_everyday
from synthetic.delivery import REGISTRY_COLUMNS
from synthetic.registry_draws import EXTRACT_DATE, draw
from synthetic.registry_frames import frames, named
from synthetic.registry_treatments import COLUMNS, treatments

CHUNK_PATIENTS = 50_000
DEFECT_RATE = 0.001  # share of an export's rows that carry an everyday defect


def write_registry(
    landing: Path,
    patients: int,
    seed: int = 1,
    sites: int = 3,
    defect_rate: float = DEFECT_RATE,
    *,
    has_treatments: bool = False,
) -> dict[str, int]:
    """Write landing/synthetic-NN/<export>/<file>.csv for `patients` patients over `sites` sites, with `has_treatments`
    also the export treatments; the other files are the same with it and without.

    Returns the number of rows per file; keys are paths below `landing`. Existing files are overwritten. Patient ids
    SYN-0000001 ... are unique across all sites. Raises ValueError for fewer than one patient or site, or a
    defect rate outside 0..0.5.
    """
    if patients < 1 or sites < 1 or not 0 <= defect_rate <= 0.5:
        raise ValueError("patients and sites must be at least 1, and defect_rate between 0 and 0.5")
    written: dict[str, int] = {}
    bounds = np.linspace(0, patients, sites + 1).astype(int)
    for k in range(sites):
        written |= _write_site(landing, k, int(bounds[k]), int(bounds[k + 1]), seed, defect_rate, has_treatments)
    return written


def _write_site(
    landing: Path, k: int, low: int, high: int, seed: int, rate: float, has_treatments: bool
) -> dict[str, int]:
    """Write the files of one site for patients number low + 1 to high; return the number of rows per file."""
    columns = REGISTRY_COLUMNS | ({"treatments": COLUMNS} if has_treatments else {})
    names = {e: f"synthetic-{k + 1:02d}/{e}/{EXTRACT_DATE}_{e}_synthetic.csv" for e in columns}
    rows = dict.fromkeys(names.values(), 0)
    with ExitStack() as stack:
        files = {}
        for export, name in names.items():
            (landing / name).parent.mkdir(parents=True, exist_ok=True)
            files[export] = stack.enter_context((landing / name).open("wb"))
            files[export].write((",".join(columns[export]) + "\n").encode())
        for chunk, first in enumerate(range(low, high, CHUNK_PATIENTS)):
            rng = np.random.default_rng([seed, k, chunk])
            drawn = draw(min(CHUNK_PATIENTS, high - first), rng)
            for export, frame in frames(drawn, first + 1, rng):
                sound, broken = plant_everyday(export, frame, rate, rng)
                sound.write_csv(files[export], include_header=False)
                broken.write_csv(files[export], include_header=False)
                rows[names[export]] += sound.height + broken.height
            if has_treatments:
                treated = treatments(drawn, *named(drawn, first + 1), np.random.default_rng([seed, k, chunk, 1]))
                treated.write_csv(files["treatments"], include_header=False)
                rows[names["treatments"]] += treated.height
    return rows
