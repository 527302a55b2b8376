"""Lists the columns of the cohort views as a reader chooses by them: in groups, with words and a kind."""

from dataclasses import dataclass
from functools import cache

from explore import words
from schemas.cohort import COHORT, COVARIATES, GENOTYPE, OUTCOMES
from warehouse.storage.errors import RegistryError

CHOICE, NUMBER, DATE = "choice", "number", "date"
KINDS = {
    "VARCHAR": CHOICE,
    "BOOLEAN": CHOICE,
    "INTEGER": NUMBER,
    "BIGINT": NUMBER,
    "DOUBLE": NUMBER,
    "DATE": DATE,
}
KEYS = ("patient_id", "lesion_id")
"""Columns that name a single patient or lesion: nobody chooses a cohort by them."""
ABLATION, GENES, DISEASE, AFTERWARDS = "Ablation", "Genotype", "Patient and disease", "Known only afterwards"
GROUPS = (ABLATION, GENES, DISEASE, AFTERWARDS)


class LinkRefused(RegistryError):
    """A link to the page says something that it cannot mean."""


@dataclass(frozen=True)
class Attribute:
    """A column of cohort.<view>: its DuckDB type, its words, its comment, and the codes it may have."""

    view: str
    name: str
    type: str
    prose: str
    codes: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Return choice, number or date."""
        return KINDS[self.type]

    @property
    def label(self) -> str:
        """Return the column's name in words."""
        return words.column(self.name, self.view)

    @property
    def is_outcome(self) -> bool:
        """Whether it is known only after the ablation."""
        return self.name in OUTCOMES

    @property
    def is_whole(self) -> bool:
        """Whether a range of it includes its upper end: whole numbers and dates, 1 to 3; not 10 to under 30 mm."""
        return self.type != "DOUBLE"

    @property
    def group(self) -> str:
        """Return the heading under which the page shows it."""
        if self.is_outcome:
            return AFTERWARDS
        return GENES if self.name in GENOTYPE else DISEASE if self.name in COVARIATES else ABLATION


@cache
def of_view(view: str) -> tuple[Attribute, ...]:
    """Return every column of the view but the keys, in order: what curves can be split by."""
    return tuple(
        Attribute(view, c.name, c.kind, c.prose, tuple(str(code) for code in c.codes))
        for c in COHORT[view].columns
        if c.name not in KEYS
    )


@cache
def facets_of(view: str) -> tuple[Attribute, ...]:
    """Return the columns that the view adds: a patient's own are shown once, among the patients'."""
    if view == "patients":
        return of_view(view)
    own = {id(column) for column in COHORT["patients"].columns}
    of_patient = {column.name for column in COHORT[view].columns if id(column) in own}
    return tuple(attribute for attribute in of_view(view) if attribute.name not in of_patient)


def attribute_of(view: str, name: str) -> Attribute:
    """Return the column. LinkRefused if there is none."""
    for attribute in of_view(view) if view in COHORT else ():
        if attribute.name == name:
            return attribute
    raise LinkRefused(f"The link names {view}.{name}, by which nobody can choose.", "Begin again from the first page.")
