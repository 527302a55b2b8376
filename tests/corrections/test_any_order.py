"""Tests that deliveries, retractions, merges and undoings in any order give the tables of a reading of the archive."""

from __future__ import annotations

import random
from contextlib import suppress
from itertools import permutations
from pathlib import Path

import pytest

from tests.corrections.home import brought_back, deliver, made, merged, parted, retracted
from tests.quality.site_at_work import SITE, Site
from tests.variants import quick
from warehouse.archive import corrections, decisions
from warehouse.archive.archive import Archive
from warehouse.incremental import change_log
from warehouse.storage.errors import RegistryError

NUMBERS = ("P1", "P2", "P3")
EXPORTS = ("patients", "rfa_sessions", "imaging_followups")
N_NIGHTS, N_MOVES = 4, 4


def a_file(draw: random.Random) -> tuple:
    """An export, a file's name and rows of few patients."""
    export = draw.choice(EXPORTS)
    rows = [{"patient_id": draw.choice(NUMBERS)} for _ in range(draw.randint(1, 3))]
    for row in rows:
        if export == "rfa_sessions":
            row |= {"session_id": draw.choice("AB"), "power_w": draw.choice(("60", "", "900"))}
        elif export == "patients":
            row |= {"sex": draw.choice(("male", "female"))}
    return (export, f"2024-0{draw.randint(1, 4)}-01.csv", *rows)


def a_key(draw: random.Random) -> tuple[str, str]:
    """An export and the key of a row that some delivery may have."""
    patient = draw.choice(NUMBERS)
    keys = {"patients": patient, "rfa_sessions": f"{patient}|{draw.choice('AB')}|L1"}
    keys |= {"imaging_followups": f"{patient}|E1|L1"}
    export = draw.choice(EXPORTS)
    return export, keys[export]


def move(site: Site, draw: random.Random) -> None:
    """Do one thing that a site or a data manager does; what cannot be done is refused, and nothing happens."""
    stands = corrections.read(site.home)
    kind = draw.choice(("deliver", "mode", "retract", "retract", "merge", "merge", "undo", "undo", "set aside"))
    with suppress(RegistryError):
        if kind == "deliver":
            deliver(site, *a_file(draw))
        elif kind == "mode":
            mode = draw.choice(("delta", "snapshot"))
            text = f'[exports.rfa_sessions]\nmode = "{mode}"\nmax_withdrawn = 1\n'
            (site.home.landing / SITE / "site.toml").write_text(text)
        elif kind == "retract":
            retracted(site, *a_key(draw))
        elif kind == "merge":
            merged(site, *draw.choice(list(permutations(NUMBERS, 2))))
        elif kind == "undo" and (in_force := [*corrections.retractions(stands), *corrections.merges(stands)]):
            one = draw.choice(in_force)
            if one.action == corrections.MERGE:
                parted(site, one.old, one.new)
            else:
                brought_back(site, one.export, one.key_text)
        elif kind == "set aside":
            decisions.decide(site.home, draw.choice(Archive(site.home).arrivals), draw.choice(decisions.ACTIONS), "A.")


@pytest.mark.long
@pytest.mark.parametrize("seed", quick(1, range(12)))
def test_every_night_is_a_rebuild(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """After each night every table's content is that of a reading of the whole archive, and the sums agree."""
    monkeypatch.setattr(change_log, "EVERYTHING_FROM_SHARE", 10.0)
    draw, site = random.Random(seed), Site(tmp_path / "home")
    for export in EXPORTS:
        deliver(site, export, "2024-02-15.csv", *({"patient_id": number} for number in NUMBERS))
    site.refresh()
    for _ in range(N_NIGHTS):
        for _ in range(N_MOVES):
            move(site, draw)
        site.refresh()
        soon = made(site)
        site.refresh(full=True)
        assert made(site) == soon
    assert len(corrections.read(site.home)) >= 3
