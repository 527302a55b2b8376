"""Says what of an export may leave under a mode of disclosure control, and logs what does (docs/sharing.md)."""

from __future__ import annotations

import hashlib
import json

from filelock import FileLock

from interchange.outgoing import Outgoing
from schemas.disclosure import IDENTIFIERS, Mode
from warehouse.releases import share_groups, share_log
from warehouse.releases.release import Release
from warehouse.storage.errors import ShareRefused
from warehouse.storage.home import PRIVATE_FOLDER, Home
from workflows.disclosed import LOCK
from workflows.share_rows import RowsRefused, rows_that_leave

SUBJECTS = "cohort.patients"


def refuse_rows(going: Outgoing, mode: Mode) -> None:
    """Raise ShareRefused under any mode but `none`: a format of linked tables needs the identifiers that link them.

    The sentence names them, and the columns of cohort.patients by which a patient could be found even without them.
    """
    if mode.is_open:
        return
    held = [name for name in IDENTIFIERS if any(table.has(name) for table in going.tables.values())]
    broken: list[str] = []
    if SUBJECTS in going.tables:
        rows = going.con.execute(going.in_order(SUBJECTS)).df()
        try:
            rows_that_leave(rows, mode)
        except RowsRefused as refused:
            broken = list(refused.columns)
    also = f", and patients could be found by {', '.join(broken)}" if broken else ""
    raise ShareRefused(
        f"Rows cannot leave in this format under {mode.name}: it holds {', '.join(held)}{also}.",
        f"Use `registry explore --disclosure {mode.name}`, whose rows leave without them, or `registry share`.",
    )


def log_without_counts(home: Home, release: Release, kind: str, mode: Mode, manifest: dict) -> str:
    """Write the line of an export that holds neither rows nor counts of patients, just before it leaves; return its id.

    `manifest` is the export's own.
    """
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    about = {
        "what": f"export {kind}",
        "release_id": release.release_id,
        "mode": mode.name,
        "counts_that_left": 0,
        "manifest_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
    home.shared.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    with FileLock(home.shared / LOCK):
        return share_log.add(home, about, share_groups.to_bytes({}))
