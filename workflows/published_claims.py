"""Puts published claims beside this registry's figures: shares of groups, rates at a time, ratios of a model."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb

from analysis.removals import censored
from warehouse.cohorts.attrition import Choice, choose
from warehouse.cohorts.criteria import Criterion
from warehouse.cohorts.published_form import Claim, ClaimedGroup
from warehouse.cohorts.subjects import Question, check_question, each_status, each_subject
from warehouse.storage.errors import QueryFailed
from workflows.cohort_estimates.asked import does_compete
from workflows.cohort_estimates.models import PATIENT_KEY
from workflows.plan_estimates import RATIOS, fitted
from workflows.published_checks import criterion_of_group, plan_of_claim

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class SeenGroup:
    """Whom a row of claims counts: ``row`` its place, ``frame`` their keys with time and event (of a share: 1 and 2 as
    time, event 1 if there was LTP).
    """

    row: int
    level: str
    frame: "pd.DataFrame"


@dataclass
class Claimed:
    """The rows of claims (analysis/validation/claims.py), and whom those of groups count."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    groups: list[SeenGroup] = field(default_factory=list)

    def add(self, row: dict[str, Any], level: str = "", frame: "pd.DataFrame | None" = None) -> None:
        """Add a row, with whom it counts if it is of a group."""
        if frame is not None:
            self.groups.append(SeenGroup(len(self.rows), level, frame))
        self.rows.append(row)


def claims_of(con: duckdb.DuckDBPyConnection, criteria: Sequence[Criterion], claims: Sequence[Claim]) -> Claimed:
    """Return each claim beside the registry's figure. QueryFailed if the release lacks an endpoint."""
    made = Claimed()
    for claim in claims:
        base: dict[str, Any] = {"endpoint": claim.endpoint, "level": claim.level, "claim": claim.name}
        if claim.ratio is not None:
            made.add(_ratio(con, criteria, claim, base))
        else:
            _add_groups(con, criteria, claim, base, made)
    return made


def _add_groups(
    con: duckdb.DuckDBPyConnection, criteria: Sequence[Criterion], claim: Claim, base: dict[str, Any], made: Claimed
) -> None:
    from analysis.validation.claims import of_odds

    shares = []
    for group in claim.groups:
        own = base | {"stratum": group.name or group.where or "overall"}
        try:
            choice = choose(con, [*criteria, *([criterion_of_group(group, claim.level)] if group.where else [])])
        except QueryFailed as failed:
            if "Nobody is left" not in failed.message:
                raise
            made.add(own | _published(group) | {"quantity": "share", "method": "", "note": "no subjects"})
            continue
        late = f"chosen by {', '.join(choice.outcomes)}, known only after the ablation" if choice.outcomes else ""
        own["note"] = late
        make = _share if claim.months is None else _rate
        row, frame = make(con, choice, claim, group, own)
        made.add(row, claim.level, frame)
        if claim.months is None and group.counts is not None:
            shares.append((group.counts, (row["n_events"], row["n"]), own["stratum"]))
    if len(shares) == len(claim.groups) == 2 and all(n for _, (_, n), _ in shares):
        odds = base | {"stratum": f"{shares[1][2]} against {shares[0][2]}"}
        made.add(of_odds(odds, [one[0] for one in shares], [one[1] for one in shares]))


def _share(
    con: duckdb.DuckDBPyConnection, choice: Choice, claim: Claim, group: ClaimedGroup, own: dict[str, Any]
) -> "tuple[dict[str, Any], pd.DataFrame]":
    from analysis.validation.claims import of_share

    status = each_status(con, choice, claim.level)
    seen = int(status["ltp"].sum()), len(status)
    row = of_share(own, group.counts or (0, 1), seen) | _published(group)
    return row, status.assign(days=2.0 - status["ltp"], event=status["ltp"]).drop(columns="ltp")


def _rate(
    con: duckdb.DuckDBPyConnection, choice: Choice, claim: Claim, group: ClaimedGroup, own: dict[str, Any]
) -> "tuple[dict[str, Any], pd.DataFrame]":
    import pandas as pd

    from analysis.validation.claims import CUMULATIVE, KAPLAN_MEIER, of_rate

    question = Question(claim.endpoint, claim.level)
    check_question(con, question)
    frame = each_subject(con, choice, question)
    competes = does_compete(con, question)
    estimator = claim.estimator or (CUMULATIVE if competes else KAPLAN_MEIER)
    is_clustered = claim.level == "lesion" and len(frame) > 0
    cluster = pd.factorize(pd.MultiIndex.from_frame(frame[list(PATIENT_KEY)]))[0] if is_clustered else None
    days, events = frame["days"].to_numpy(dtype=float), frame["event"].to_numpy(dtype=int)
    if estimator == KAPLAN_MEIER and competes:
        own = own | {"note": "; ".join(part for part in (censored(events), own["note"]) if part)}
    row = of_rate(own, _published(group), days, events, cluster, float(claim.months or 0.0), estimator)
    return row, frame


def _published(group: ClaimedGroup) -> dict[str, Any]:
    """Return a group's figure and limits as shares; those of counts are Wilson's."""
    from analysis.estimates.rates import wilson

    if group.counts is not None:
        k, n = group.counts
        lower, upper = wilson(k, n)
        return {"published_value": k / n, "published_lower": lower, "published_upper": upper}
    limits = {
        f"published_{name}": None if limit is None else limit / 100.0
        for name, limit in (("lower", group.lower), ("upper", group.upper))
    }
    return {"published_value": (group.percent or 0.0) / 100.0} | limits


def _ratio(
    con: duckdb.DuckDBPyConnection, criteria: Sequence[Criterion], claim: Claim, base: dict[str, Any]
) -> dict[str, Any]:
    """Return the row of a ratio: that of the same term in the same model, fitted here."""
    plan = plan_of_claim(claim)
    quantity = RATIOS.get(claim.fitted_by, "odds_ratio")
    row = base | {"quantity": quantity, "published_value": claim.ratio, "method": claim.fitted_by}
    row |= {"published_lower": claim.lower, "published_upper": claim.upper, "published_p": claim.p}
    row["stratum"] = " ".join(part for part in (claim.term, claim.value) if part)
    try:
        table = fitted(con, plan, plan.models[0], criteria)
    except QueryFailed as failed:
        return row | {"note": str(failed)}
    own = table[(table["term"] == claim.term) & table["quantity"].str.endswith("_ratio")]
    if claim.value is not None:
        own = own[own["term_level"] == claim.value]
    if own.empty:
        return row | {"note": "nobody here has this value of the term, or it is the reference"}
    found = own.iloc[0]
    against = f" against {found['reference']}" if found["reference"] else ""
    row["stratum"] = f"{claim.term} {found['term_level']}".strip() + against
    figures = {name: found[name] for name in ("estimate", "lower", "upper", "method", "note")}
    return row | figures | {"n": found["n"], "n_events": found["n_events"]}
