"""Opens a release for reading: its tables by name, SQL in a sandbox, and cohorts."""

import atexit
import os
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from ablation_registry.answers import Answer, within
from warehouse.releases.finding import Release as ReleaseOnDisk
from warehouse.releases.finding import find_release
from warehouse.releases.limits import TIMEOUT_SECONDS
from warehouse.releases.query import open_release, run
from warehouse.storage.errors import QueryFailed, RegistryError
from warehouse.storage.home import Home, default_home

if TYPE_CHECKING:
    from ablation_registry.catalogue import Catalogue, Described, TableNames
    from ablation_registry.cohorts import Cohorts

COHORT, CATALOGUE, CLOSED = "cohort", "catalogue", "closed"


def open(
    home: str | os.PathLike[str] | None = None, release: str | None = None, *, timeout_seconds: float = TIMEOUT_SECONDS
) -> "Release":
    """Open a release of a registry home for reading: the current one, or the one whose id begins with `release`.

    Without `home` it is the home that REGISTRY_HOME names, or registry-home/ in the checkout. RegistryError, with its
    cure, if there is no such home or release. What asks the release takes `timeout_seconds` at most.
    Close it with `close()` or a `with` block; otherwise it is closed when Python ends.
    """
    of = Home((Path(home) if home is not None else default_home()).expanduser().absolute()).require()
    _warn_of_unfinished_erasure(of)
    return Release(find_release(of, release), timeout_seconds)


class Release:
    """A release, open for reading. Nothing can change it, and it reads nothing but its own tables.

    Schemas and tables are attributes: `release.derived.patient_ltpfs`, or `release["derived.patient_ltpfs"]`.
    """

    def __init__(self, on_disk: ReleaseOnDisk, timeout_seconds: float = TIMEOUT_SECONDS):
        held = ExitStack()
        object.__setattr__(self, "timeout_seconds", timeout_seconds)
        object.__setattr__(self, "_on_disk", on_disk)
        object.__setattr__(self, "_con", held.enter_context(open_release(on_disk)))
        object.__setattr__(self, "_kept", {})
        object.__setattr__(self, "_held", held)
        # Not when the last name of it is gone: a relation that came from it still reads.
        atexit.register(held.close)

    _on_disk: ReleaseOnDisk
    _con: duckdb.DuckDBPyConnection
    _kept: dict[str, Any]
    _held: ExitStack
    timeout_seconds: float

    @property
    def id(self) -> str:
        """The release's id."""
        return self._on_disk.release_id

    @property
    def on_disk(self) -> ReleaseOnDisk:
        """The release as it lies in its home."""
        return self._on_disk

    @property
    def manifest(self) -> dict[str, Any]:
        """What manifest.json says: inputs, versions, rows and hashes. A copy."""
        return dict(self._on_disk.manifest)

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The read-only DuckDB connection in its sandbox, which limits memory and disk but not time.

        RegistryError once the release is closed.
        """
        if CLOSED in self._kept:
            raise RegistryError("This release is closed.", "Open it again with open().")
        return self._con

    @property
    def tables(self) -> "TableNames":
        """The names of all tables and views, as schema.table; printed with what each holds."""
        return self._catalogue.tables

    @property
    def cohort(self) -> "Cohorts":
        """`release.cohort(...)` chooses a cohort; `release.cohort.patients` and `.lesions` are what it chooses from."""
        if COHORT not in self._kept:
            from ablation_registry.cohorts import Cohorts

            self._kept[COHORT] = Cohorts(self)
        return self._kept[COHORT]

    def describe(self, table: str) -> "Described":
        """Describe the columns of a table: name, type, meaning. QueryFailed, with the nearest name, if it is none."""
        return self._catalogue.described(table)

    def sql(self, query: str) -> Answer:
        """Return the result of one SELECT as a DuckDB relation: `.df()`, `.pl()`, `.to_arrow_table()`, `.fetchall()`.

        It runs when its rows are asked for, within the time, memory and disk of `registry query`. QueryFailed, in one
        line, if it is not one SELECT, names what is not there, would read or write anything else, or takes too much.
        """
        with self.limits():
            found = run(self.connection, query, for_frames=True)
        if found is None:
            raise QueryFailed("The query has no result.", "Write one SELECT.")
        return Answer(found, self.limits)

    def limits(self) -> AbstractContextManager[None]:
        """Return a block within which the release's connection is stopped once it takes too much time or memory."""
        return within(self.connection, self.timeout_seconds)

    def close(self) -> None:
        """Close the release; frames that were read from it stay."""
        self._kept[CLOSED] = True
        atexit.unregister(self._held.close)
        self._held.close()

    @property
    def _catalogue(self) -> "Catalogue":
        if CATALOGUE not in self._kept:
            from ablation_registry.catalogue import Catalogue

            self._kept[CATALOGUE] = Catalogue(self)
        return self._kept[CATALOGUE]

    def __enter__(self) -> "Release":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._catalogue.schema(name)

    def __getitem__(self, name: str) -> Any:
        return self._catalogue.table(name)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("A release never changes.")

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *self._catalogue.schemas})

    def _ipython_key_completions_(self) -> list[str]:
        return list(self._catalogue.tables)

    def __repr__(self) -> str:
        from ablation_registry.shown import release_text

        return release_text(self)

    def _repr_html_(self) -> str:
        from ablation_registry.shown import release_html

        return release_html(self)


def _warn_of_unfinished_erasure(home: Home) -> None:
    """Warn that a release may still hold a patient who is being erased, like the command line does."""
    if not os.access(home.erasure, os.X_OK):
        return  # there was none, or this reader may not see it
    import warnings

    from warehouse.redaction.erasure_list import unfinished

    if said := unfinished(home):
        warnings.warn(said, stacklevel=3)
