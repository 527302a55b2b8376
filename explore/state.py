"""What a page shows, as its link says it: the picks in their order, the question, and which part is open.

A link holds no release unless its maker pinned one, so that it follows `current`; and never a patient.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from pydantic import ValidationError

from explore.attributes import LinkRefused
from explore.picks import BEGIN_AGAIN, Chosen, read
from explore.term_links import term_in, text_of
from warehouse.cohorts.criteria import PATIENTS, VIEWS, Criterion
from warehouse.cohorts.recipe import FIRST_ABLATION, PRIMARY_ENDPOINT, Recipe, recipe_of
from warehouse.cohorts.terms import Term, number

CURVES, BASELINE, MODEL, LESION_LIST, SAVE = "curves", "baseline", "model", "lesions", "save"
PARTS = (CURVES, BASELINE, MODEL, LESION_LIST, SAVE)
SURVIVAL = "survival"
SHOWN = {
    *("title", "release", "include", "exclude", "endpoint", "level", "by", "covariates", "strata", "time_zero"),
}
HELD = tuple(key for key in Recipe.model_fields if key not in SHOWN)
"""Keys of a recipe that the page hands on as they are."""
LEVELS = {"patient": "patients", "lesion": "lesions"}
"""Level of an endpoint -> the view whose columns its groups are."""


@dataclass(frozen=True)
class State:
    """Everything that a page depends on, beside the release: two equal states show the same."""

    picks: tuple[Chosen, ...] = ()
    endpoint: str = PRIMARY_ENDPOINT
    level: str = "patient"
    by: Term | None = None
    covariates: tuple[Term, ...] = ()
    strata: tuple[str, ...] = ()
    time_zero: str = FIRST_ABLATION
    is_survival: bool = False
    """Whether to show survival where death competes, instead of cumulative incidence."""
    part: str = CURVES
    of: str = PATIENTS
    page: int = 1
    title: str = ""
    release: str | None = None
    more: str = ""
    """What else an opened recipe says, as JSON: its cluster, and further groups."""

    @property
    def view(self) -> str:
        """Return the view of the level."""
        return LEVELS[self.level]

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """Return who is kept, then who is left out, each in the order picked: the order of a recipe."""
        return tuple(pick.criterion for pick in self.picks)

    @property
    def others(self) -> dict[str, Any]:
        """Return `more` as the keys of a recipe."""
        return json.loads(self.more) if self.more else {}

    def with_picks(self, picks: Sequence[Chosen]) -> "State":
        """Return the state with these picks, kept ones first, on the first page of the list."""
        ordered = [p for p in picks if p.is_kept] + [p for p in picks if not p.is_kept]
        return replace(self, picks=tuple(ordered), page=1)

    def link(self, path: str = "/", **changes: Any) -> str:
        """Return the link that shows this state, with other fields if named."""
        query = query_of(replace(self, **changes) if changes else self)
        return f"{path}?{query}" if query else path


def query_of(state: State) -> str:
    """Return the state as the query of a link; what is as on the first page is left out."""
    pairs = [("keep" if pick.is_kept else "drop", pick.text) for pick in state.picks]
    usual = State()
    for name in ("endpoint", "level", "part", "of", "page", "title", "release", "more"):
        if getattr(state, name) != getattr(usual, name):
            pairs.append((name, str(getattr(state, name))))
    pairs += [("curve", SURVIVAL)] if state.is_survival else []
    pairs += [("with", text_of(term)) for term in state.covariates]
    pairs += [("within", column) for column in state.strata]
    pairs += [("since", state.time_zero)] if state.time_zero != usual.time_zero else []
    pairs += _groups(state.by) if state.by else []
    return urlencode(pairs, safe=":|.,~")


def _groups(by: Term) -> list[tuple[str, str]]:
    cuts = by.categories if isinstance(by.categories, list) else None
    if by == Term(column=by.column, categories=cuts):
        return [("by", by.column), *([("cuts", ",".join(number(cut) for cut in cuts))] if cuts else [])]
    return [("by", by.model_dump_json(exclude_defaults=True))]


def state_of(pairs: Sequence[tuple[str, str]]) -> State:
    """Read the state from the pairs of a link's query. LinkRefused or RecipeRefused, in one sentence, if it cannot be
    meant.
    """
    given = {name: value for name, value in pairs if value}
    picks = [read(value, name == "keep") for name, value in pairs if name in ("keep", "drop")]
    level, of, part = given.get("level", "patient"), given.get("of", PATIENTS), given.get("part", CURVES)
    if level not in LEVELS or of not in VIEWS or part not in PARTS:
        raise LinkRefused("The link names a part of the page that does not exist.", BEGIN_AGAIN)
    asked: dict[str, Any] = {
        "covariates": tuple(term_in(value) for name, value in pairs if name == "with" and value),
        "strata": tuple(value for name, value in pairs if name == "within" and value),
        "time_zero": given.get("since", FIRST_ABLATION),
    }
    state = State(
        endpoint=given.get("endpoint", PRIMARY_ENDPOINT).upper(),
        level=level,
        by=term_of(given.get("by", ""), given.get("cuts", "")),
        is_survival=given.get("curve") == SURVIVAL,
        part=part,
        of=of,
        page=page_number(given.get("page", "1")),
        title=given.get("title", "").strip(),
        release=given.get("release") or None,
        more=_more(given.get("more", ""), {"level": level, **asked}),
        **asked,
    )
    return replace(state.with_picks(picks), page=state.page)


def term_of(column: str, cuts: str) -> Term | None:
    """Return the groups of a curve: a column, or its classes between the cut points, such as '20, 30'; or a term as a
    recipe says it, in JSON.
    """
    if not column:
        return None
    if column.startswith("{"):
        try:
            return Term.model_validate_json(column)
        except ValidationError:
            raise LinkRefused("The link's groups cannot be read.", BEGIN_AGAIN) from None
    try:
        found = sorted({float(cut) for cut in cuts.replace(";", ",").split(",") if cut.strip()})
    except ValueError:
        raise LinkRefused("The cut points are not numbers.", "Write them like 20, 30.") from None
    try:
        return Term(column=column, categories=found or None)
    except ValidationError:
        raise LinkRefused("The cut points do not rise.", "Write them like 20, 30.") from None


def page_number(text: str) -> int:
    """Return a page or place, from 1. LinkRefused if it is none."""
    if not text.isdecimal() or not 1 <= int(text) <= 10**9:
        raise LinkRefused("The link's page is not a whole number.", BEGIN_AGAIN)
    return int(text)


def _more(text: str, asked: dict[str, Any]) -> str:
    """Return what else the link says of a recipe, checked like one together with what is asked."""
    try:
        known = json.loads(text) if text else {}
    except ValueError:
        known = None
    if not isinstance(known, dict) or not set(known) <= {"by", *HELD}:
        raise LinkRefused("What the link says of an opened recipe cannot be read.", BEGIN_AGAIN)
    recipe_of({**asked, **known}, "The link")
    return text
