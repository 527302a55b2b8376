"""Puts a contract together and writes it as YAML."""

from collections.abc import Sequence
from typing import Any

from warehouse.contracts.quality_entries import Entry

API_VERSIONS = {"3.1": "v3.1.0", "3.2": "v3.2.0"}
"""Version of the standard -> apiVersion. The documents are valid in each."""
WIDTH = 118
Document = dict[str, Any]


def document(
    identifier: str,
    purpose: str,
    usage: str,
    servers: Sequence[Entry],
    schema: Sequence[Entry],
    version: str,
    odcs: str,
) -> Document:
    """Return a whole contract. `version` is that of the registry's software, `odcs` the standard's."""
    return {
        "apiVersion": API_VERSIONS[odcs],
        "kind": "DataContract",
        "id": identifier,
        "name": identifier.replace("-", " "),
        "version": version,
        "status": "active",
        "description": {"purpose": purpose, "usage": usage},
        "servers": list(servers),
        "schema": list(schema),
    }


def yaml_of(contract: Document, opening: str) -> str:
    """Return the text of the contract, below comments that say what it is."""
    import yaml

    comments = "".join(f"# {line}\n" for line in opening.splitlines())
    return comments + yaml.safe_dump(contract, sort_keys=False, allow_unicode=True, width=WIDTH)
