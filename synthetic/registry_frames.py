"""Turns draws into the rows of the four exports, as polars frames in the contract's column order."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from schemas.thresholds import LTP_DISTANCE_MM
from synthetic.delivery import REGISTRY_COLUMNS
from synthetic.registry_draws import EXTRACT_DATE, NEVER, Draw, Flags, Floats, Ints
from synthetic.variants import SHARES, VARIANTS, notations

SHARE_UNTESTED, SHARE_SECOND_SPECIMEN, SHARE_DISCORDANT = 0.04, 0.06, 0.06
SHARE_NO_CONTRAST, SHARE_UNCLEAR, SHARE_NEW_LESION, SHARE_DISTANT = 0.03, 0.02, 0.05, 0.004
RETREATED_AFTER_DAYS = 14
MARGIN_METHODS, MARGIN_SHARES = ("3d_registration", "2d", "intraprocedural", "unknown"), (45, 35, 15, 5)
MARGIN_SOFTWARE = ("MarginTool 3.2", "ZoneView 1.4")  # made up
SHARE_NOT_DATED, SHARE_OPERATOR_UNKNOWN = 0.12, 0.05
MEAN_WAIT_DAYS, MEAN_DAYS_TO_DECISION, LONGEST_DAYS = 21.0, 12.0, 150
N_OPERATORS = 6


def frames(drawn: Draw, first_number: int, rng: np.random.Generator) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield (export, frame) for the four exports of one chunk; patients are numbered from `first_number`."""
    ids, lesion_ids = named(drawn, first_number)
    owners = ids.gather(drawn.owner)
    yield "patients", _patients(drawn, ids, rng)
    yield "genotypes", _genotypes(drawn, ids, rng)
    at, k = np.nonzero(drawn.is_done[drawn.owner])  # lesion and exam of every imaging row
    day = drawn.exam_days[drawn.owner[at], k]
    status, again = _findings(drawn, at, day)
    yield "rfa_sessions", _sessions(drawn, owners, lesion_ids, again, rng)
    yield "imaging_followups", _imaging(drawn, owners, lesion_ids, at, k, status, rng)


def named(drawn: Draw, first_number: int) -> tuple[pl.Series, pl.Series]:
    """Return the identifiers of the patients, numbered from `first_number`, and of the lesions."""
    numbers = pl.Series("n", np.arange(first_number, first_number + drawn.start.size))
    ids = pl.select("SYN-" + numbers.cast(pl.String).str.zfill(7)).to_series()
    lesion_ids = pl.select(pl.format("{}-L{}", ids.gather(drawn.owner), pl.Series(drawn.number))).to_series()
    return ids, lesion_ids


def _pick(rng: np.random.Generator, n: int, texts: list[str], shares: list[float]) -> pl.Series:
    """Draw n texts with the given shares."""
    edges = np.cumsum(shares) / np.sum(shares)
    return pl.Series(texts).gather(np.searchsorted(edges, rng.random(n), side="right").clip(max=len(texts) - 1))


def _dates(start: np.ndarray, days: Ints) -> pl.Series:
    """Return the dates that lie `days` after each start."""
    return pl.Series((start + days).astype("datetime64[D]"))


def _blank(values: np.ndarray | pl.Series, is_blank: Flags) -> pl.Series:
    """Return the values with empty cells where `is_blank`."""
    return pl.select(pl.when(~pl.Series(is_blank)).then(pl.Series(values))).to_series()


def _frame(export: str, columns: dict[str, pl.Series], height: int) -> pl.DataFrame:
    """Return a frame with the columns in the contract's order; columns not given are empty."""
    empty = pl.repeat(None, height, dtype=pl.String, eager=True)
    return pl.DataFrame({name: columns.get(name, empty) for name in REGISTRY_COLUMNS[export]})


def _patients(drawn: Draw, ids: pl.Series, rng: np.random.Generator) -> pl.DataFrame:
    """Make one row per patient; covariates do not depend on the outcome."""
    n = ids.len()
    start_year = drawn.start.astype("datetime64[Y]").astype(int) + 1970
    is_metachronous = rng.random(n) < 0.45
    interval = np.where(is_metachronous, 7 + rng.exponential(14, n), rng.uniform(0, 6, n))
    cea = np.round(rng.lognormal(2.3, 1.2, n).clip(0.5, 990), 1)
    end = _dates(drawn.start, drawn.end_days)
    is_dead = pl.Series(drawn.is_dead)
    columns = {
        "patient_id": ids,
        "sex": _pick(rng, n, ["male", "female"], [61, 39]),
        "birth_year": pl.Series(start_year - rng.normal(62, 10.5, n).clip(30, 90).astype(int)),
        "primary_site": _pick(rng, n, ["left_colon", "right_colon", "rectum", "unknown"], [37, 26, 35, 2]),
        "node_positive_primary": _pick(rng, n, ["yes", "no", "unknown"], [58, 36, 6]),
        "clm_timing": pl.Series(["synchronous", "metachronous"]).gather(is_metachronous.astype(int)),
        "dfi_months": pl.Series(np.round(interval.clip(0, 120), 1)),
        "cea_ng_ml": _blank(cea, rng.random(n) < 0.07),
        "n_clm_total": pl.Series(drawn.n_lesions + rng.poisson(0.7, n)),
        "extrahepatic_disease": _pick(rng, n, ["no", "yes", "unknown"], [82, 14, 4]),
        "prior_hepatectomy": _pick(rng, n, ["no", "yes"], [64, 36]),
        "prior_chemotherapy": _pick(rng, n, ["yes", "no", "unknown"], [80, 17, 3]),
        "ecog": _pick(rng, n, ["0", "1", "2"], [63, 31, 6]),
        "vital_status": pl.Series(["alive", "dead"]).gather(drawn.is_dead.astype(int)),
        "death_date": pl.select(pl.when(is_dead).then(end)).to_series(),
        "death_cause": pl.select(
            pl.when(is_dead).then(_pick(rng, n, ["cancer", "other", "unknown"], [80, 12, 8]))
        ).to_series(),
        "last_contact_date": end,
    }
    return _frame("patients", columns, n)


def _genotypes(drawn: Draw, ids: pl.Series, rng: np.random.Generator) -> pl.DataFrame:
    """Make the KRAS, NRAS and BRAF rows of most patients, for some also in a second specimen that may disagree."""
    n = ids.len()
    tested = np.flatnonzero(rng.random(n) >= SHARE_UNTESTED)
    twice = tested[rng.random(tested.size) < SHARE_SECOND_SPECIMEN]
    who = np.r_[tested, twice]
    number = np.r_[np.ones(tested.size, int), np.full(twice.size, 2)]
    is_flipped = (number == 2) & (rng.random(who.size) < SHARE_DISCORDANT)
    panel = _pick(rng, who.size, ["ngs", "extended", "exon2_only", "unknown"], [50, 40, 6, 4])
    site = _pick(rng, who.size, ["primary", "liver_metastasis", "other_metastasis"], [57, 39, 4])
    days = -rng.integers(15, 500, who.size)
    shared = {
        "patient_id": ids.gather(who),
        "specimen_id": pl.select(pl.format("{}-T{}", ids.gather(who), pl.Series(number))).to_series(),
        "specimen_site": site,
        "specimen_date": _dates(drawn.start[who], days),
        "report_date": _dates(drawn.start[who], np.minimum(days + rng.integers(6, 20, who.size), -1)),
        "panel": panel,
    }
    parts = []
    for gene, truth in (("KRAS", drawn.kras), ("NRAS", drawn.nras), ("BRAF", drawn.braf)):
        is_mutant = truth[who] ^ (is_flipped & (gene == "KRAS"))
        written = [notations(gene, short) for short in VARIANTS[gene]]
        texts = [text for several in written for text in several]
        shares = [s / len(several) for s, several in zip(SHARES[gene], written, strict=True) for _ in several]
        vaf = np.round(rng.uniform(4, 65, who.size), 1)
        mutant, ngs = pl.Series(is_mutant), panel == "ngs"
        inconclusive = pl.Series(rng.random(who.size) < 0.01)
        result = pl.when(inconclusive).then(pl.lit("failed")).when(mutant).then(pl.lit("mutant"))
        known = mutant & ~inconclusive
        columns = shared | {
            "gene": pl.repeat(gene, who.size, eager=True),
            "result": pl.select(result.otherwise(pl.lit("wild_type"))).to_series(),
            "variant": pl.select(pl.when(known).then(_pick(rng, who.size, texts, shares))).to_series(),
            "vaf_percent": pl.select(pl.when(known & ngs).then(pl.Series(vaf))).to_series(),
        }
        parts.append(_frame("genotypes", columns, who.size))
    return pl.concat(parts)


def _findings(drawn: Draw, at: Ints, day: Ints) -> tuple[Ints, tuple[Ints, Ints]]:
    """Return the status code of every imaging row, and the re-ablations as (lesions, days).

    `at` is sorted by lesion, then day. Codes: 0 no_viable, 1 residual, 2 ltp, 3 viable. Tumour present before the
    first exam is residual; LTP is detected on the first exam after it began.
    """
    is_first = np.r_[True, at[1:] != at[:-1]] if at.size else np.zeros(0, bool)
    ltp = drawn.ltp_days[at]
    is_residual = is_first & (drawn.is_residual[at] | (ltp <= day))
    came_late = np.ones(drawn.owner.size, bool)
    came_late[at[is_first & (ltp <= day)]] = False  # this tumour was residual, not LTP
    is_grown = (day >= ltp) & came_late[at] & ~is_first
    is_detected = is_grown & ~np.r_[False, is_grown[:-1] & (at[1:] == at[:-1])] if at.size else is_grown
    end = drawn.end_days[drawn.owner]
    seen = np.full(drawn.owner.size, NEVER)
    seen[at[is_detected]] = day[is_detected]
    is_again = drawn.is_retreated & (seen + RETREATED_AFTER_DAYS <= end)
    status = np.where(is_residual, 1, np.where(is_detected, 2, np.where(is_grown & ~is_again[at], 3, 0)))
    first_day = np.full(drawn.owner.size, NEVER)
    first_day[at[is_residual]] = day[is_residual]
    residual = np.flatnonzero(first_day + RETREATED_AFTER_DAYS <= end)
    after_ltp = np.flatnonzero(is_again)
    days = np.r_[first_day[residual], seen[after_ltp]] + RETREATED_AFTER_DAYS
    return status, (np.r_[residual, after_ltp], days)


def _sessions(
    drawn: Draw, owners: pl.Series, lesion_ids: pl.Series, again: tuple[Ints, Ints], rng: np.random.Generator
) -> pl.DataFrame:
    """Make the rows of all first treatments, then of the re-ablations; a session id contains its day."""
    lesion = np.r_[np.arange(drawn.owner.size), again[0]]
    day = np.r_[np.zeros(drawn.owner.size, int), again[1]]
    n = lesion.size
    who = owners.gather(lesion)
    name = pl.select(pl.format("{}-S{}", who, pl.Series(day).cast(pl.String).str.zfill(4))).to_series()
    is_again = day > 0
    diameter = np.where(is_again, np.round(rng.uniform(9, 22, n), 1), drawn.diameter_mm[lesion])
    margin = np.where(is_again, np.round(rng.uniform(3, 9, n), 1), drawn.margin_mm[lesion])
    short: Floats = np.round((diameter + 2 * margin + rng.uniform(0, 4, n)).clip(6, 110), 1)
    long = np.round(np.maximum(short, diameter) + rng.uniform(1, 10, n), 1)
    columns = {
        "patient_id": who,
        "session_id": name,
        "session_date": _dates(drawn.start[drawn.owner[lesion]], day),
        "lesion_id": lesion_ids.gather(lesion),
        "max_diameter_mm": pl.Series(diameter),
        "segment": _pick(rng, n, ["1", "2", "3", "4a", "4b", "5", "6", "7", "VIII"], [2, 10, 9, 9, 9, 14, 15, 14, 18]),
        "modality": _pick(rng, n, ["rfa", "mwa"], [85, 15]),
        "approach": _pick(rng, n, ["percutaneous", "laparoscopic", "open"], [91, 4, 5]),
        "guidance": _pick(rng, n, ["US", "CT", "CT and US fusion", "CEUS"], [40, 35, 15, 10]),
        "subcapsular": _pick(rng, n, ["no", "yes", "unknown"], [65, 28, 7]),
        "perivascular": _pick(rng, n, ["no", "yes", "unknown"], [72, 23, 5]),
        "minimal_margin_mm": _blank(margin, rng.random(n) < 0.1),
        "zone_long_mm": pl.Series(long),
        "zone_short_mm": pl.Series(short),
        "power_w": _pick(rng, n, ["60", "80", "100", "120", "150"], [1, 2, 3, 2, 2]),
        "time_min": _pick(rng, n, ["8", "10", "12", "16", "20"], [2, 3, 3, 2, 1]),
        "technical_success": _pick(rng, n, ["yes", "no"], [98, 2]),
        "complication_system": pl.repeat("cirse", n, eager=True),
        "complication_grade": _blank(rng.choice([1, 2, 3], n), rng.random(n) < 0.9),
    }
    columns |= _margin_columns(columns["minimal_margin_mm"], columns["session_date"], rng.spawn(1)[0])
    columns |= _service(name, columns["session_date"], rng.spawn(1)[0])
    return _frame("rfa_sessions", columns, n)


def _service(sessions: pl.Series, dates: pl.Series, rng: np.random.Generator) -> dict[str, pl.Series]:
    """Return referral, decision and operator, the same for all rows of a session. They are drawn by a generator of
    their own, so that no other column depends on them.
    """
    of = sessions.rank("dense").to_numpy().astype(int) - 1
    n = int(of.max(initial=-1)) + 1
    wait = rng.exponential(MEAN_WAIT_DAYS, n).clip(0, LONGEST_DAYS).astype(int)
    before = wait + rng.exponential(MEAN_DAYS_TO_DECISION, n).clip(0, LONGEST_DAYS).astype(int)
    is_known = [rng.random(n) >= SHARE_NOT_DATED for _ in range(2)]
    operators = rng.choice(N_OPERATORS, n, p=np.arange(N_OPERATORS, 0, -1) / np.arange(N_OPERATORS + 1).sum())
    day = dates.to_numpy().astype("datetime64[D]")
    code = pl.select(pl.format("OP-{}", pl.Series(operators[of] + 1))).to_series()
    return {
        "referral_date": _blank(day - before[of], ~is_known[0][of]),
        "decision_date": _blank(day - wait[of], ~is_known[1][of]),
        "operator_id": _blank(code, (rng.random(n) < SHARE_OPERATOR_UNKNOWN)[of]),
    }


def _margin_columns(margin: pl.Series, treated: pl.Series, rng: np.random.Generator) -> dict[str, pl.Series]:
    """Say of each known margin how, by which program and on which exam it was measured; none of it tells of LTP."""
    n = margin.len()
    is_known = margin.is_not_null().to_numpy()
    method = _pick(rng, n, list(MARGIN_METHODS), list(MARGIN_SHARES))
    is_by_program, is_at_once = (method == name for name in ("3d_registration", "intraprocedural"))
    days = np.where(is_at_once, 0, rng.integers(1, 46, n))
    exam = np.minimum(treated.to_numpy() + days.astype("timedelta64[D]"), EXTRACT_DATE)
    return {
        "margin_method": _blank(method, ~is_known),
        "margin_software": _blank(
            _pick(rng, n, list(MARGIN_SOFTWARE), [60, 40]), ~(is_known & is_by_program.to_numpy())
        ),
        "margin_exam_date": _blank(exam.astype("datetime64[D]"), ~is_known),
    }


def _imaging(
    drawn: Draw,
    owners: pl.Series,
    lesion_ids: pl.Series,
    at: Ints,
    k: Ints,
    status: Ints,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Make one row per lesion and exam, then one per exam with a new lesion elsewhere."""
    shape = drawn.is_done.shape
    is_mr, has_contrast = rng.random(shape) < 0.35, rng.random(shape) >= SHARE_NO_CONTRAST
    is_new = drawn.is_done & (rng.random(shape) < SHARE_NEW_LESION)
    n = at.size
    chance = rng.random(n)
    status = np.where(chance < SHARE_UNCLEAR, np.where(chance < SHARE_UNCLEAR / 2, 4, 5), status)
    is_distant = (status == 0) & (rng.random(n) < SHARE_DISTANT)
    status = np.where(is_distant, 3, status)
    is_near = np.isin(status, (1, 2, 3)) & ~is_distant & (rng.random(n) < 0.75)
    far, near = rng.uniform(LTP_DISTANCE_MM + 0.1, 70, n), rng.uniform(0, LTP_DISTANCE_MM, n)
    distance = np.round(np.where(is_distant, far, near), 1)
    who = drawn.owner[at]
    words = pl.Series(["no_viable", "residual", "ltp", "viable", "equivocal", "not_assessed"])
    columns = _exam_columns(drawn, owners.gather(at), who, k, is_mr, has_contrast) | {
        "lesion_id": lesion_ids.gather(at),
        "lesion_status": words.gather(status),
        "distance_to_zone_mm": _blank(distance, ~(is_near | is_distant)),
        "new_liver_lesion": pl.Series(["no", "yes"]).gather(is_new[who, k].astype(int)),
    }
    own = _frame("imaging_followups", columns, n)
    who, k = np.nonzero(is_new)
    first_lesion = np.cumsum(drawn.n_lesions) - drawn.n_lesions
    columns = _exam_columns(drawn, owners.gather(first_lesion[who]), who, k, is_mr, has_contrast) | {
        "new_liver_lesion": pl.repeat("yes", who.size, eager=True),
        "extrahepatic_progression": _pick(rng, who.size, ["no", "yes"], [70, 30]),
    }
    elsewhere = _frame("imaging_followups", columns, who.size)
    return pl.concat([own, elsewhere.cast({"distance_to_zone_mm": pl.Float64})])


def _exam_columns(
    drawn: Draw, names: pl.Series, who: Ints, k: Ints, is_mr: Flags, has_contrast: Flags
) -> dict[str, pl.Series]:
    """Return the columns that all rows of one exam share."""
    number = pl.Series(k + 1).cast(pl.String).str.zfill(2)
    return {
        "patient_id": names,
        "exam_id": pl.select(pl.format("{}-E{}", names, number)).to_series(),
        "exam_date": _dates(drawn.start[who], drawn.exam_days[who, k]),
        "modality": pl.Series(["ct", "mr"]).gather(is_mr[who, k].astype(int)),
        "contrast_enhanced": pl.Series(["no", "yes"]).gather(has_contrast[who, k].astype(int)),
    }
