"""The files that pass between a site and whoever combines: what they hold, how they are written and how they are read.

Text (JSON), so that a site's data protection officer can read what leaves. A checksum tells if a file was cut short or
altered on the way; it is no signature. Every file is checked before anything of it is used.
"""

import hashlib
import json
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from pydantic import ConfigDict, Field, ValidationError, model_validator

from schemas.disclosure import MODES
from warehouse.cohorts.terms import Strict
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.errors import RegistryError

FORMAT: Final = "ablation-registry site"
COEFFICIENTS: Final = "ablation-registry coefficients"
VERSION = 1
SITE_NAME = r"[a-z0-9][a-z0-9_-]{0,39}"
READABLE_BY_GROUP = 0o640
MOST_BYTES = 200_000_000
AGAIN = "Ask for the file again."
Level = tuple[str, str]
Column = tuple[str, str, str]
"""A term, its level and its reference; both empty for a number."""
Days = list[float]


class FileRefused(RegistryError):
    """A file cannot be used; the message says why, the cure what to ask its sender for."""


class Part(Strict):
    """A part of a file: no number is infinite or none."""

    model_config = ConfigDict(allow_inf_nan=False)


class GroupByDay(Part):
    """The risk-set table of a group: at each day on which somebody leaves, how many are at risk, and how many leave by
    the event, by death where it competes, by another competing event, or censored.
    """

    group: str
    days: Days
    at_risk: list[int]
    events: list[int]
    competing: list[int]
    others: list[int]
    censored: list[int]

    @model_validator(mode="after")
    def _adds_up(self) -> "GroupByDay":
        rows = list(zip(self.at_risk, self.events, self.competing, self.others, self.censored, strict=True))
        if len(rows) != len(self.days) or self.days != sorted(set(self.days)) or min((*self.days, 0.0)) < 0.0:
            raise ValueError("has days that do not rise")
        left = [row[0] for row in rows[1:]] + [0]
        if any(min(row) < 0 or row[0] - sum(row[1:]) != after for row, after in zip(rows, left, strict=True)):
            raise ValueError("has numbers at risk that do not follow from those who left")
        return self


class ScoreOfTest(Part):
    """The score of a test within the site: of each group the events more than expected, and their covariance."""

    groups: list[str]
    n: int
    n_events: int
    expected: list[float]
    score: list[float]
    variance: list[list[float]]

    @model_validator(mode="after")
    def _fits(self) -> "ScoreOfTest":
        sizes = {len(self.groups), len(self.expected), len(self.score), len(self.variance)}
        sizes |= {len(row) for row in self.variance}
        if len(sizes) != 1 or len(set(self.groups)) != len(self.groups):
            raise ValueError("is not of its groups")
        return self


class CurvesGiven(Part):
    """What a site gives of curves: tables by grouping (overall, and by the study's groups), scores of the tests within
    the site, and the groups whose table does not leave. `n`, `n_events`: None where that does not leave.
    """

    n: int | None = None
    n_events: int | None = None
    refused: str = ""
    tables: dict[str, list[GroupByDay]] = Field(default_factory=dict)
    scores: dict[str, ScoreOfTest] = Field(default_factory=dict)
    suppressed: list[str] = Field(default_factory=list)


class SumsByDay(Part):
    """The sums of a model's risk sets by stratum and day (analysis/regression/day_sums.py)."""

    stratum: list[str]
    day: Days
    leaving: list[list[float]]
    events: list[list[float]]
    n_events: list[float]
    z_events: list[list[float]]


class ModelGiven(Part):
    """What a site gives of a model at some coefficients, or why it does not (`refused`). `columns` are those of the
    coefficients; `without` are classes whose subjects are left out. Either `by_day`, or score and information.
    """

    refused: str = ""
    n: int | None = None
    n_events: int | None = None
    levels: dict[str, dict[str, tuple[int, int]]] = Field(default_factory=dict)
    columns: list[Column] = Field(default_factory=list)
    without: list[Level] = Field(default_factory=list)
    coefficients: list[float] = Field(default_factory=list)
    center: list[float] = Field(default_factory=list)
    log_likelihood: float | None = None
    score: list[float] | None = None
    score_slack: list[float] | None = None
    information: list[list[float]] | None = None
    meat: list[list[float]] | None = None
    by_day: SumsByDay | None = None

    @model_validator(mode="after")
    def _fits(self) -> "ModelGiven":
        if self.refused:
            return self
        p = len(self.columns)
        matrices = [one for one in (self.information, self.meat) if one is not None]
        vectors = [self.coefficients, *[one for one in (self.score, self.score_slack) if one is not None]]
        sizes = {len(one) for one in vectors} | {len(one) for one in matrices}
        if sizes | {len(row) for one in matrices for row in one} != {p}:
            raise ValueError("has numbers that do not fit its columns")
        if (self.by_day is None) is (self.score is None or self.information is None):
            raise ValueError("has neither a score nor sums by day")
        if self.by_day is not None:
            _check_by_day(self.by_day, p)
        return self


class SiteFile(Part):
    """One round of a site's part in a study."""

    format: Literal["ablation-registry site"] = FORMAT
    version: int = VERSION
    study: str
    site: str = Field(pattern=f"^{SITE_NAME}$")
    round: int = Field(ge=1)
    release_id: str
    content_hash: str
    mode: str
    made_by: str
    definitions: dict[str, str]
    n_cells: int = 0
    n_suppressed: int = 0
    curves: dict[str, CurvesGiven] = Field(default_factory=dict)
    models: dict[str, ModelGiven] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known_mode(self) -> "SiteFile":
        if self.mode not in MODES:
            raise ValueError("has a mode of disclosure control that nobody knows")
        return self


class ModelAsked(Part):
    """At which coefficients a model is asked for, of which columns, without the subjects of which classes."""

    columns: list[Column]
    without: list[Level] = Field(default_factory=list)
    coefficients: list[float]
    center: list[float]

    @model_validator(mode="after")
    def _fits(self) -> "ModelAsked":
        if not len(self.columns) == len(self.coefficients) == len(self.center):
            raise ValueError("has numbers that do not fit its columns")
        return self


class CoefficientsFile(Part):
    """What a round after the first asks the sites for."""

    format: Literal["ablation-registry coefficients"] = COEFFICIENTS
    version: int = VERSION
    study: str
    round: int = Field(ge=2)
    models: dict[str, ModelAsked]


Content = TypeVar("Content", SiteFile, CoefficientsFile)


def rendered(content: SiteFile | CoefficientsFile) -> tuple[bytes, str]:
    """Return the text of a file and its checksum."""
    said = content.model_dump(mode="json")
    digest = _checksum(said)
    return f"{json.dumps(said | {'sha256': digest}, indent=1, allow_nan=False)}\n".encode(), digest


def write_file(path: Path, text: bytes) -> None:
    """Write a file whole or not at all; its folder is made if it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, text, READABLE_BY_GROUP)


def read_file(path: Path, form: type[Content]) -> tuple[Content, str]:
    """Read a file and return what it holds, and its checksum. FileRefused if it is not whole or not of this form."""
    name = path.name
    try:
        if path.stat().st_size > MOST_BYTES:
            raise FileRefused(f"{name} is larger than any such file.", AGAIN)
        given = json.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise FileRefused(f"{name} cannot be read ({error.strerror}).", "Correct its permissions.") from None
    except (ValueError, RecursionError):
        raise FileRefused(f"{name} is cut short, or no such file.", AGAIN) from None
    kind = form.model_fields["format"].default
    if not isinstance(given, dict) or given.get("format") != kind:
        raise FileRefused(f"{name} is not what this command reads.", "Name the folder of the sites' files.")
    if given.get("version") != VERSION:
        raise FileRefused(
            f"{name} has version {_short(given.get('version'))} of the format, and this is version {VERSION}.",
            "Use the same version of the registry at all sites.",
        )
    digest = given.pop("sha256", None)
    if not isinstance(digest, str) or digest != _checksum(given):
        raise FileRefused(f"{name} was altered: its checksum does not fit.", AGAIN)
    try:
        return form.model_validate(given), digest
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"][:4])
        said = first["msg"].removeprefix("Value error, ")
        raise FileRefused(f"{name}: {place}: {said}.", "Use the same version of the registry at all sites.") from None


def coefficients_sha256(models: dict[str, ModelAsked]) -> str:
    """Return the hash of what is asked for."""
    return _checksum({name: one.model_dump(mode="json") for name, one in models.items()})


def _checksum(said: Any) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _short(value: Any) -> str:
    return str(value)[:20]


def _check_by_day(sums: SumsByDay, p: int) -> None:
    n, wide = len(sums.day), 1 + p + p * (p + 1) // 2
    is_whole = all(len(part) == n for part in (sums.stratum, sums.leaving, sums.events, sums.n_events, sums.z_events))
    rows = [*((row, wide) for row in (*sums.leaving, *sums.events)), *((row, p) for row in sums.z_events)]
    if not is_whole or any(len(row) != size for row, size in rows):
        raise ValueError("has sums by day that do not fit its columns")
