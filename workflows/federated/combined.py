"""Combines what the sites gave of a study: curves at once, models by Newton's steps, a file of coefficients a round.

Nothing is kept between calls but these files: every call reads all files of the sites, so it may be repeated. A site
that is left out, or comes back, changes the sums from the round that is at hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.disclosure import FEDERATED_ROUNDS_MOST
from warehouse.cohorts.plan_form import PlannedModel
from warehouse.storage.errors import RegistryError
from workflows.federated.file_form import CoefficientsFile, FileRefused, ModelAsked, ModelGiven, read_file
from workflows.federated.gathered import Gathered
from workflows.federated.study import Study, is_within_sites

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from analysis.federated.newton import Given, Step
    from analysis.federated.pooled_cox import Whole
    from analysis.regression.design_matrix import Column

NAME = "coefficients-{}.json"
MORE_ROUNDS = f"no maximum within {FEDERATED_ROUNDS_MOST} rounds: a class may have no event, or rounding leaves none"
WAITS, DONE, GOES_ON, NOT_MADE = "waits", "done", "goes on", "not made"


@dataclass(frozen=True)
class ModelCombined:
    """Where a model is: its table if it is done, what to ask next, who has not answered, and which sites are not in it
    and why.
    """

    state: str
    round: int
    sites: tuple[str, ...]
    table: "pd.DataFrame | None" = None
    asks: ModelAsked | None = None
    waits_for: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    why: str = ""


def rounds_asked(study: Study, folder: Path) -> dict[int, CoefficientsFile]:
    """Return the files of coefficients in the folder, by round. RegistryError if one is not as it was written."""
    found = {}
    for path in sorted(folder.glob(NAME.format("*"))):
        try:
            file, _ = read_file(path, CoefficientsFile)
        except FileRefused as refused:
            raise RegistryError(str(refused.message), f"Remove {path.name} and combine again.") from None
        if file.study != study.sha256:
            raise RegistryError(f"{path.name} is of another study.", "Name another folder with --out.")
        found[file.round] = file
    return found


def combine_model(
    study: Study, model: PlannedModel, gathered: Gathered, asked: Mapping[int, CoefficientsFile]
) -> ModelCombined:
    """Combine one model as far as its rounds go."""
    first = {site: rounds[1].models[model.name] for site, rounds in gathered.files.items()}
    refused = {site: given.refused for site, given in first.items() if given.refused}
    sites = [site for site in first if site not in refused]
    columns = first[sites[0]].columns if sites else []
    for site in [site for site in sites if first[site].columns != columns]:
        refused[site] = f"its columns are not those of {sites[0]}"
        sites.remove(site)
    if not sites:
        return ModelCombined(NOT_MADE, 1, (), refused=refused, why="no site gives it")
    own = {number: file.models[model.name] for number, file in sorted(asked.items()) if model.name in file.models}
    number = max(own, default=1)
    answers = {site: _answer(gathered, site, model.name, number, own) for site in sites}
    for site, given in list(answers.items()):
        if given is not None and given.refused:
            refused[site] = f"in round {number}: {given.refused}"
            del answers[site]
            sites.remove(site)
    if not sites:
        return ModelCombined(NOT_MADE, number, (), refused=refused, why="no site gives it")
    late = tuple(site for site, given in answers.items() if given is None)
    if late:
        return ModelCombined(WAITS, number, tuple(sites), waits_for=late, refused=refused)
    own_first = {site: first[site] for site in sites}
    whole = _whole(model, own_first)
    now = {site: given for site, given in answers.items() if given is not None}
    before = _before(gathered, model, sites, own, number)
    found = _Newton(model, whole, own_first, now, own.get(number), before, number).result()
    return ModelCombined(found.state, number, tuple(sites), found.table, found.asks, (), refused, found.why)


def _answer(gathered: Gathered, site: str, name: str, number: int, own: Mapping[int, ModelAsked]) -> ModelGiven | None:
    """Return a site's answer of a round; None if it has not answered, or answered other coefficients."""
    file = gathered.files[site].get(number)
    given = file.models.get(name) if file else None
    if given is None or number == 1 or given.refused:
        return given
    wanted = own[number]
    is_it = (given.columns, given.coefficients, given.without) == (wanted.columns, wanted.coefficients, wanted.without)
    return given if is_it and given.center == wanted.center else None


def _before(
    gathered: Gathered, model: PlannedModel, sites: list[str], own: Mapping[int, ModelAsked], number: int
) -> "tuple[np.ndarray, Given] | None":
    """Return the coefficients of the round before, of the same columns, and what the same sites gave there."""
    import numpy as np

    earlier = number - 1
    if earlier not in own or (own[earlier].columns, own[earlier].without) != (own[number].columns, own[number].without):
        return None
    answers = [_answer(gathered, site, model.name, earlier, own) for site in sites]
    told = [given for given in answers if given is not None and not given.refused]
    if len(told) < len(sites):
        return None
    return np.array(own[earlier].coefficients), sums_of(model, told)


def sums_of(model: PlannedModel, answers: "list[ModelGiven]") -> "Given":
    """Return the sum of score and information over sites: of risk sets of all sites, or of each site's own."""
    import numpy as np

    from analysis.federated.newton import Given, added
    from analysis.regression.day_sums import DaySums, derivatives, merged

    coef = np.array(answers[0].coefficients)
    if is_within_sites(model):
        return added([_given(one) for one in answers])
    parts = []
    for one in answers:
        assert one.by_day is not None
        said = one.by_day.model_dump()
        n, p = len(said["day"]), len(coef)
        arrays = {name: np.array(said[name], dtype=float) for name in ("day", "n_events")}
        arrays |= {name: np.array(said[name], dtype=float).reshape(n, -1) for name in ("leaving", "events")}
        z_events = np.array(said["z_events"], dtype=float).reshape(n, p)
        parts.append(DaySums(np.array(said["stratum"], dtype=object), **arrays, z_events=z_events))
    found = derivatives(merged([part for part in parts if len(part.day)] or parts), coef)
    return Given(found.score, found.information, np.zeros(len(coef)), found.log_likelihood)


def _given(one: ModelGiven) -> "Given":
    import numpy as np

    from analysis.federated.newton import Given

    assert one.score is not None and one.information is not None
    p = len(one.columns)
    return Given(
        np.array(one.score),
        np.array(one.information).reshape(p, p),
        np.array(one.score_slack or [0.0] * p),
        one.log_likelihood,
        None if one.meat is None else np.array(one.meat).reshape(p, p),
    )


def _whole(model: PlannedModel, first: Mapping[str, ModelGiven]) -> "Whole":
    """Return what is known of the model over all sites."""
    from analysis import guards
    from analysis.federated.pooled_cox import Whole

    answers = list(first.values())
    terms = [term for term in answers[0].levels if all(term in one.levels for one in answers)]
    levels: dict[str, dict[str, tuple[int, int]]] = {term: {} for term in terms}
    for term in terms:
        for one in answers:
            for level, (n, n_events) in one.levels[term].items():
                before = levels[term].get(level, (0, 0))
                levels[term][level] = (before[0] + n, before[1] + n_events)
    method = "Cox, Efron ties" + (f", stratified by {', '.join(model.strata)}" if model.strata else "")
    method += ", variance clustered by patient" if model.level == "lesion" else ""
    labels = {"endpoint": model.endpoint, "level": model.level, "model": model.name, "cohort": model.subgroup or "all"}
    labels |= {"analysis": "univariable" if len({column[0] for column in answers[0].columns}) == 1 else "multivariable"}
    n, n_events = (sum(getattr(one, name) or 0 for one in answers) for name in ("n", "n_events"))
    note = guards.join_notes(f"combined from {len(first)} sites" if len(first) > 1 else "of one site")
    return Whole(_columns(answers[0]), n, n_events, levels, labels, method, note)


def _columns(given: ModelGiven) -> "tuple[Column, ...]":
    from analysis.regression.design_matrix import Column

    return tuple(Column(*column) for column in given.columns)


@dataclass(frozen=True)
class _Found:
    state: str
    table: "pd.DataFrame | None" = None
    asks: ModelAsked | None = None
    why: str = ""


@dataclass(frozen=True)
class _Newton:
    """One model at the round at hand: what the sites gave first and give now, and what was asked for."""

    model: PlannedModel
    whole: "Whole"
    first: Mapping[str, ModelGiven]
    now: Mapping[str, ModelGiven]
    asked: ModelAsked | None
    before: "tuple[np.ndarray, Given] | None"
    number: int

    def result(self) -> _Found:
        """Return the table, or what to ask next."""
        import numpy as np

        from analysis.federated.newton import FINAL, NO_MAXIMUM, step_from
        from analysis.federated.pooled_cox import begun, cox_rows, estimable, part_of

        at_zero = sums_of(self.model, list(self.first.values()))
        begin = begun(self.whole, at_zero)
        if begin.stop:
            return _Found(DONE, cox_rows(self.whole, begin, None), why=begin.stop)
        if begin.without != (list(self.asked.without) if self.asked else []):
            return self._ask(begin.columns, np.zeros(len(begin.columns)), begin.without)
        sums = sums_of(self.model, list(self.now.values()))
        places = self._places()
        coef = np.zeros(len(places)) if self.asked is None else np.array(self.asked.coefficients)
        is_start = not coef.any() and places == begin.columns
        if is_start:
            kept = estimable(begin, self.whole.columns, sums)
            if kept.stop:
                return _Found(DONE, cox_rows(self.whole, kept, None), why=kept.stop)
            own = [places.index(j) for j in kept.columns]
            sums, coef, begin, places = part_of(sums, own), coef[own], kept, kept.columns
        else:
            begin = self._as_begun(begin, places, at_zero)
        step: Step = step_from(coef, sums, self.before)
        if step.state == FINAL:
            return _Found(DONE, cox_rows(self.whole, begin, step, sums, at_zero.log_likelihood))
        if step.state == NO_MAXIMUM or self.number >= FEDERATED_ROUNDS_MOST:
            why = "the information has no inverse" if step.state == NO_MAXIMUM else MORE_ROUNDS
            return _Found(DONE, cox_rows(self.whole, begin, None), why=why)
        return self._ask(places, step.coef, begin.without)

    def _places(self) -> list[int]:
        """Return the places of the asked columns among all of the model."""
        every = [(column.term, column.level, column.reference) for column in self.whole.columns]
        return list(range(len(every))) if self.asked is None else [every.index(one) for one in self.asked.columns]

    def _as_begun(self, begin: Any, places: list[int], at_zero: "Given") -> Any:
        """Return the beginning with the columns that are asked for, and the reasons of the others as they were."""
        from dataclasses import replace

        from analysis.federated.pooled_cox import estimable, part_of

        again = estimable(begin, self.whole.columns, part_of(at_zero, begin.columns))
        reasons = {j: why for j, why in again.reasons.items() if j not in places or j in begin.reasons}
        return replace(begin, columns=places, reasons=reasons)

    def _ask(self, places: list[int], coef: "np.ndarray", without: list[tuple[str, str]]) -> _Found:
        columns = [self.whole.columns[j] for j in places]
        asks = ModelAsked(
            columns=[(column.term, column.level, column.reference) for column in columns],
            without=without,
            coefficients=coef.tolist(),
            center=self._center(places),
        )
        return _Found(GOES_ON, asks=asks)

    def _center(self, places: list[int]) -> list[float]:
        """Return the mean of each column over all sites, where sums by day tell it; 0 where each site has its own."""
        if is_within_sites(self.model):
            return [0.0] * len(places)
        sums = [row for one in self.first.values() if one.by_day is not None for row in one.by_day.leaving]
        n = sum(row[0] for row in sums)
        return [sum(row[1 + j] for row in sums) / n if n else 0.0 for j in places]
