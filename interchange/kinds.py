"""Lists the kinds of export and finds one by its name; what writes a kind is imported only where it is asked for.

To add a kind: a module with `write(release: Outgoing, folder: Path) -> Written`, a line here, and a section in
docs/exports-out.md. `folder` is empty and becomes the export when `write` has returned. The same release must give the
same bytes: no clock, no chance, rows in the order of their keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.readers.near_names import nearest
from warehouse.storage.errors import RegistryError

if TYPE_CHECKING:
    from interchange.outgoing import Outgoing, Written


@dataclass(frozen=True)
class Kind:
    """A kind of export: its name, what it is, the module that writes it, and whether it holds rows of patients."""

    name: str
    prose: str
    module: str
    has_rows: bool = True

    def write(self, release: Outgoing, folder: Path) -> Written:
        """Write the release into the empty folder and return what was written."""
        return import_module(self.module).write(release, folder)


KINDS = {
    kind.name: kind
    for kind in (
        Kind("datapackage", "CSV with Data Package v2 and Table Schema", "interchange.datapackage.write"),
        Kind("fhir", "mCODE 4: NDJSON of FHIR R4, a folder for each site", "interchange.fhir.write"),
        Kind("adam", "CDISC ADaM: ADSL and ADTTE as Dataset-JSON and SAS transport files", "interchange.adam.write"),
        Kind("cbioportal", "A study folder of cBioPortal", "interchange.cbioportal.write"),
        Kind("spss", "SPSS files of patients and lesions", "interchange.statistics.spss"),
        Kind("stata", "Stata files of patients and lesions", "interchange.statistics.stata"),
        Kind("odcs", "Data contracts of the tables (ODCS 3.1)", "interchange.contract.write", has_rows=False),
        Kind(
            "healthdcat",
            "HealthDCAT-AP, and a quality label's elements",
            "interchange.healthdcat.write",
            has_rows=False,
        ),
        Kind("omop", "OMOP CDM 5.4 with EPISODE and modifiers in MEASUREMENT, as CSV", "interchange.omop.write"),
    )
}


def kind_named(name: str) -> Kind:
    """Return the kind of that name. RegistryError, with the nearest name and all of them, if there is none."""
    if name in KINDS:
        return KINDS[name]
    near = nearest(name, KINDS)
    guess = f"Did you mean {near}? " if near else ""
    raise RegistryError(f"There is no kind of export {name!r}.", f"{guess}Kinds are {', '.join(KINDS)}.")
