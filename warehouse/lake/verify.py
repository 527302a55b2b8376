"""Verifies that a release in a lake still matches its manifest, hash for hash."""

import duckdb

from warehouse.lake.address import Address
from warehouse.lake.books import refuse_part
from warehouse.lake.reading import open_in_lake
from warehouse.lake.words import in_words
from warehouse.releases.verification import Verified, compare_tables, hashed_by


def verify_in_lake(address: Address, release_id: str) -> Verified:
    """Compare the tables of a release in the lake with its manifest."""
    done = Verified(release_id)
    with open_in_lake(address, release_id) as (con, release), in_words(address):
        refuse_part([release], address)
        if (made_by := hashed_by(release.manifest)) == duckdb.__version__:
            compare_tables(done, con, release.manifest["tables"])
        else:
            done.notes.append(f"made with DuckDB {made_by}, read with {duckdb.__version__}: no hash can be compared")
    return done
