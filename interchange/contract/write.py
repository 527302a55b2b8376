"""Writes the contracts that `registry contract` writes, but of this release and its rules, and nothing of its rows.

The registry's command is about what is in force; this is about what a release holds, so the own rules are those that
the release was made with, and the contract's version is the release's id. Under a mode of disclosure control own rules
stay, since their SQL may name a patient.
"""

from __future__ import annotations

from pathlib import Path

from interchange.outgoing import Outgoing, Written
from schemas.rule_book import OURS
from warehouse.contracts.odcs_document import yaml_of
from warehouse.contracts.release_contract import release_contracts, released_tables
from warehouse.storage.rule_table import book_of

ODCS = "3.1"
OPENING = "Written by `registry export odcs` from release {release}; it holds no rows and no counts."
SERVER = "registry.duckdb"


def write(release: Outgoing, folder: Path) -> Written:
    """Write <schema>.odcs.yaml for each schema of the tables that leave, and count their tables."""
    book = OURS if release.leaves else book_of(release.con, "released")
    named = [name for name in released_tables(release.con) if name in release.tables]
    contracts = release_contracts(release.con, named, book, release.release_id, ODCS)
    written = {}
    for schema, contract in contracts.items():
        name = f"{schema}.odcs.yaml"
        for server in contract["servers"]:
            server["database"] = SERVER
        contract["description"]["usage"] = f"Of release {release.release_id}."
        (folder / name).write_text(yaml_of(contract, OPENING.format(release=release.release_id)), encoding="utf-8")
        written[name] = len(contract["schema"])
    return Written(written, noun="table")
