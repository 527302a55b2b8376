"""Tests the order of the folders inside warehouse/ and analysis/: each imports only from earlier ones."""

import ast
from pathlib import Path

import pytest

from tests.structure.checkout import ROOT, files, name_of, tree_of

WAREHOUSE = (
    ("storage",),
    ("archive", "readers"),
    ("sources",),
    ("redaction", "incremental"),
    ("pseudonyms",),
    ("intake", "releases"),
    ("proposals", "cohorts", "lake"),
    ("own_rules",),
    ("raw", "expectations", "pulls"),
    ("queries",),
    ("clean", "corrections"),
    ("held_deliveries", "derived", "contracts"),
    ("control",),
    ("quality", "lineage"),
    ("shards",),
    ("refresh", "diff"),
    ("erasure",),
)
ANALYSIS = (
    ("tidy", "guards", "removals"),
    ("primary", "declared_models"),
    ("subjects", "estimates"),
    ("regression", "figures"),
    ("comparison", "federated"),
    ("validation",),
    ("replication",),
    ("plan",),
    ("service",),
    ("report",),
    ("checklists",),
)
ORCHESTRATION = (
    ("same_origin",),
    ("instance", "guard", "alerts", "serving"),
    ("pulling",),
    ("automation",),
    ("definitions",),
    ("refresh",),
    ("cli",),
)
ORDERS = {"warehouse": WAREHOUSE, "analysis": ANALYSIS, "orchestration": ORCHESTRATION}
"""Room -> its folders and modules from first to last. Those on one line do not use each other."""


@pytest.mark.parametrize("room", ORDERS)
def test_each_folder_uses_only_those_before_it(room: str) -> None:
    """No import leads to a later folder, or to another on the same line; so no two folders use each other."""
    place = {name: level for level, names in enumerate(ORDERS[room]) for name in names}
    wrong = {
        (name_of(path), used)
        for path in files(".py", below=room)
        if (here := _folder(path, room)) is not None
        for used in _used(path, room) - {here}
        if place[used] >= place[here] and not (room == "analysis" and place[used] == place[here])
    }
    assert wrong == set()


@pytest.mark.parametrize("room", ORDERS)
def test_every_folder_has_its_place(room: str) -> None:
    """A new folder or module is put into the order when it is made."""
    known = {name for names in ORDERS[room] for name in names}
    found = {_folder(path, room) for path in files(".py", below=room)} - {None}
    assert found == known


def _folder(path: Path, room: str) -> str | None:
    """The folder, or the module, of the room that the file belongs to; None for the room's own package marker."""
    first = path.relative_to(ROOT / room).parts[0]
    return None if first == "__init__.py" else first.removesuffix(".py")


def _used(path: Path, room: str) -> set[str]:
    used = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == room:
            used |= {node.module.split(".")[1]} if "." in node.module else {alias.name for alias in node.names}
    return used
