"""Changes a state as the forms of the page ask: pick, remove, move, write a condition, ask another question."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qsl

from explore.attributes import LinkRefused, attribute_of, of_view
from explore.grouped import cuts_of
from explore.model import covariates_of
from explore.picks import BEGIN_AGAIN, Chosen, Pick, Written, as_written
from explore.state import LEVELS, State, state_of, term_of
from explore.term_links import term_in
from warehouse.cohorts.criteria import VIEWS
from warehouse.cohorts.recipe import FIRST_ABLATION
from warehouse.cohorts.terms import DOUBLING, Term

Pairs = Sequence[tuple[str, str]]


def changed(pairs: Pairs) -> State:
    """Return the state that a form asks for. `at` is the query of the page's own link, `do` what to change.

    LinkRefused, in one sentence, if the form says something that it cannot mean.
    """
    given = {name: value.strip() for name, value in pairs}
    state = state_of(parse_qsl(given.get("at", "")))
    actions = {"pick": _picked, "write": _written, "ask": _asked, "model": _modelled, "enter": _entered, "name": _named}
    if given.get("do") not in actions:
        raise LinkRefused("The form asks for nothing that the page can do.", BEGIN_AGAIN)
    return actions[given["do"]](state, given, pairs)


def without(state: State, place: int) -> State:
    """Return the state without a pick."""
    return state.with_picks([pick for at, pick in enumerate(state.picks) if at != place])


def earlier(state: State, place: int) -> State:
    """Return the state with a pick one step earlier; the first of those kept, or left out, stays where it is."""
    if place < 1 or state.picks[place].is_kept != state.picks[place - 1].is_kept:
        return state
    picks = list(state.picks)
    picks[place - 1 : place + 1] = picks[place], picks[place - 1]
    return state.with_picks(picks)


def without_covariate(state: State, place: int) -> State:
    """Return the state without a term of its model."""
    return replace(state, covariates=tuple(term for at, term in enumerate(state.covariates) if at != place))


def turned(state: State, place: int) -> State:
    """Return the state with a pick left out that was kept, or kept that was left out."""
    picks: list[Chosen] = list(state.picks)
    picks[place] = replace(picks[place], is_kept=not picks[place].is_kept)
    return state.with_picks(picks)


def picked(state: State, pick: Pick) -> State:
    """Return the state with a column's pick, in the place of the one it had, or last if that was kept and this is left
    out, or the other way round; without it if nothing is picked.
    """
    had = [(at, own) for at, own in enumerate(state.picks) if isinstance(own, Pick) and _is_of(own, pick)]
    before = [at for at, own in had if own.is_kept == pick.is_kept]
    picks: list[Chosen] = [own for own in state.picks if not (isinstance(own, Pick) and _is_of(own, pick))]
    if not pick.is_empty:
        picks.insert(before[0] if before else len(picks), pick)
    return state.with_picks(picks)


def _is_of(own: Pick, other: Pick) -> bool:
    return (own.view, own.column) == (other.view, other.column)


def _picked(state: State, given: dict[str, str], pairs: Pairs) -> State:
    view, _, column = given.get("column", "").partition(".")
    attribute = attribute_of(view, column)
    low, high = (as_written(attribute, given.get(end, "")) for end in ("low", "high"))
    if low and high and (low > high if attribute.kind == "date" else float(low) > float(high)):
        low, high = high, low
    values = tuple(dict.fromkeys(as_written(attribute, value) for name, value in pairs if name == "value"))
    is_kept = given.get("how", "keep") == "keep"
    return picked(state, Pick(view, column, values, low, high, "missing" in given, is_kept))


def _written(state: State, given: dict[str, str], pairs: Pairs) -> State:
    where, over = given.get("where", ""), given.get("over") or None
    if not where:
        raise LinkRefused("The condition is empty.", "Write one, such as ecog <= 1 AND max_diameter_mm < 30.")
    if over not in (None, *VIEWS):
        raise LinkRefused("A condition is about patients or lesions.", BEGIN_AGAIN)
    return state.with_picks(
        [*state.picks, Written(given.get("name") or where, where, over, given.get("how") != "drop")]
    )


def _asked(state: State, given: dict[str, str], pairs: Pairs) -> State:
    endpoint, _, level = given.get("question", "").partition("/")
    if level not in LEVELS:
        raise LinkRefused("The form names no endpoint.", BEGIN_AGAIN)
    known = {attribute.name for attribute in of_view(LEVELS[level])}
    term = state.by
    if "by" in given:
        cuts = given.get("cuts", "")
        if state.by and state.by.column != given["by"] and cuts == cuts_of(state.by):
            cuts = ""  # those of the column before
        term = term_of(given["by"], cuts)
    since = given.get("since", state.time_zero)
    return replace(
        state,
        endpoint=endpoint,
        level=level,
        by=term if term and term.column in known else None,  # a patient has no segment
        covariates=tuple(one for one in state.covariates if one.column in known),
        strata=tuple(column for column in state.strata if column in known),
        time_zero=since if since in known else FIRST_ABLATION,
        is_survival=given.get("curve") == "survival",
    )


def _modelled(state: State, given: dict[str, str], pairs: Pairs) -> State:
    column, within = given.get("column", ""), given.get("within", "")
    names = [attribute.name for attribute in covariates_of(state)]
    more = (Term(column=column),) if column in names else ()
    strata = (within,) if within in {attribute.name for attribute in of_view(state.view)} else ()
    return replace(state, covariates=(*state.covariates, *more), strata=strata)


def _entered(state: State, given: dict[str, str], pairs: Pairs) -> State:
    """Return the state with a covariate in classes, per doubling or per so many units; as it is if none is asked."""
    place = int(given["place"]) if given.get("place", "").isdecimal() else len(state.covariates)
    if place >= len(state.covariates):
        raise LinkRefused("The model has no such covariate.", BEGIN_AGAIN)
    column, per = state.covariates[place].column, given.get("per", "")
    term = term_of(column, given.get("cuts", ""))
    if term is not None and not term.categories and "log" in given:
        term = Term(column=column, log=DOUBLING)
    elif term is not None and not term.categories and per:
        term = term_in(f"{column}:per:{per.replace(',', '.')}")
    own = list(state.covariates)
    own[place] = term or own[place]
    return replace(state, covariates=tuple(own))


def _named(state: State, given: dict[str, str], pairs: Pairs) -> State:
    return replace(state, title=given.get("title", ""), release=given.get("release") or None)
