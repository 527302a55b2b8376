"""Two outputs together recover no small group: two releases, and two cohorts, by linear programming over both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from analysis.subjects.analysis_frames import AnalysisFrames
from disclosure.assembled import assemble
from disclosure.earlier_outputs import Left, TooClose, described, recalled, refuse_if_close, set_against
from disclosure.groups import LTP, groups_of
from disclosure.levels import event_key, n_key
from disclosure.shared_content import counts_that_leave
from disclosure.suppression import suppress
from schemas.disclosure import MODES, Mode
from tests.disclosure.attack import Printed, atoms_of
from tests.variants import quick

SAFE = [MODES["lt5"], MODES["opensafely7"], MODES["cms11"]]
"""One that keeps counts back, one that rounds them, and another that keeps back."""


def patients(n: int, seed: int = 3, start: int = 0, mutants: int | None = None) -> pd.DataFrame:
    """Made-up patients: genotype, diameter, LTP; with `mutants`, exactly so many of them are KRAS mutant."""
    rng = np.random.default_rng(seed)
    is_mutant = np.arange(n) < (n * 2 // 5 if mutants is None else mutants)
    return pd.DataFrame(
        {
            "site": "a",
            "patient_id": [f"P{start + k:04d}" for k in range(n)],
            "kras": np.where(is_mutant, "mutant", "wild_type"),
            "nras": "wild_type",
            "braf": "wild_type",
            "ras": np.where(is_mutant, "mutant", "wild_type"),
            "diameter_ge_30": rng.random(n) < 0.4,
            "ltp": rng.random(n) < 0.3,
        }
    )


def registry(rows: pd.DataFrame) -> AnalysisFrames:
    """The frames of these patients: one lesion each, followed for a year."""
    lesions = rows[["site", "patient_id", "ltp"]].assign(lesion_id="L1", max_diameter_mm=20.0)
    times = rows[["site", "patient_id"]].assign(endpoint="LTPFS", level="patient", lesion_id=None, days=365)
    return AnalysisFrames(rows, lesions, times.assign(event=rows["ltp"].astype(int).to_numpy()))


@dataclass
class Output:
    """What left of some patients: the counts, and what the next output is set against."""

    rows: pd.DataFrame
    counts: dict
    left: dict[str, Left]


def share(rows: pd.DataFrame, mode: Mode, before: Sequence[Output] = ()) -> Output:
    """Share the patients' counts after these outputs, as workflows/disclosed.py does."""
    own = registry(rows)
    levels = groups_of(own)
    keys = [patient.encode() for patient in own.patients["patient_id"]]
    subjects = {"patient": keys, "lesion": keys, "session": []}
    refuse_if_close(keys, [output.left for output in before], mode)
    over, earlier = set_against(levels, subjects, [output.left for output in before])
    made = assemble(over, mode, earlier)
    counts = counts_that_leave(made, suppress(made.cells, mode), mode)
    left = {}
    for name, level in levels.items():
        about = described(level, {key: n for (found, key), n in counts.items() if found == name}, mode)
        members = np.array(list(level.members.values()), dtype=bool).reshape(len(level.members), level.n_subjects)
        left[name] = recalled(about, subjects[name], members, 0)
    return Output(rows, counts, left)


def attacked(outputs: Sequence[Output], mode: Mode) -> Iterator[tuple[int, float, float]]:
    """(true count, least, largest) of each small group that is in one output alone, by KRAS, diameter and LTP."""
    whole = pd.concat([output.rows for output in outputs]).drop_duplicates("patient_id")
    sets = [set(output.rows["patient_id"]) for output in outputs]
    whole["where"] = ["".join(str(int(patient in one)) for one in sets) for patient in whole["patient_id"]]
    whole["diameter"], whole["event"] = whole["diameter_ge_30"].map(str).str.lower(), whole["ltp"].map(str)
    values = {name: sorted(set(whole[name])) for name in ("where", "kras", "diameter", "event")}
    printed = Printed(atoms_of(values))
    for place, output in enumerate(outputs):
        inside = sum(printed.which(where=where) for where in values["where"] if where[place] == "1") > 0
        for grouping, attribute, strata in (
            ("overall", None, ["overall"]),
            ("kras", "kras", values["kras"]),
            ("diameter_ge_30", "diameter", values["diameter"]),
        ):
            for stratum in strata:
                members = inside & (printed.which(**{attribute: stratum}) if attribute else True)
                for key, own in (
                    (n_key(LTP, "patient", grouping, stratum), members),
                    (event_key(LTP, "patient", grouping, stratum), members & printed.which(event="True")),
                ):
                    if (count := output.counts.get(("patient", key))) is not None:
                        printed.tell(own, max(count - mode.slack, 0), count + mode.slack)
    for where in values["where"]:
        if "0" in where:
            for wanted in ({}, {"kras": "mutant"}, {"kras": "wild_type"}, {"diameter": "true"}, {"event": "True"}):
                for more in ({}, {"event": "True"}, {"event": "False"}):
                    rows = whole[whole["where"] == where]
                    for name, value in (wanted | more).items():
                        rows = rows[rows[name] == value]
                    if 1 <= len(rows) <= mode.small:
                        yield len(rows), *printed.interval(printed.which(where=where, **(wanted | more)))


def width_asked(mode: Mode) -> int:
    """How uncertain a difference of two outputs must be."""
    return mode.small if mode.rounding == 1 else mode.rounding - 1


def two_releases() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sixty patients, and a release later fourteen more, two of them KRAS mutant."""
    first = patients(60)
    return first, pd.concat([first, patients(14, seed=8, start=60, mutants=2)], ignore_index=True)


@pytest.mark.long
@pytest.mark.parametrize("mode", quick(2, SAFE), ids=lambda mode: mode.name)
def test_two_releases_show_no_small_group_of_newcomers(mode: Mode) -> None:
    """Subtracting the first output from the second finds none of the few new mutants, and none of their events."""
    first, second = two_releases()
    before = share(first, mode)
    found = list(attacked([before, share(second, mode, [before])], mode))
    assert found
    for count, low, high in found:
        assert low <= count <= high and high - low >= width_asked(mode)


def test_without_the_log_the_subtraction_succeeds() -> None:
    """The attack is a real one: of two outputs that know nothing of each other it finds the two new mutants."""
    mode = MODES["lt5"]
    first, second = two_releases()
    found = list(attacked([share(first, mode), share(second, mode)], mode))
    assert any(low == high == count for count, low, high in found)


@pytest.mark.long
@pytest.mark.parametrize("mode", quick(1, SAFE), ids=lambda mode: mode.name)
def test_two_cohorts_show_no_small_group_of_their_difference(mode: Mode) -> None:
    """A cohort inside another, twelve patients smaller, of whom two are mutant."""
    whole = patients(80)
    mutants, others = np.flatnonzero(whole["kras"] == "mutant"), np.flatnonzero(whole["kras"] != "mutant")
    inside = whole.drop(index=[*mutants[:2], *others[:10]]).reset_index(drop=True)
    before = share(whole, mode)
    found = list(attacked([before, share(inside, mode, [before])], mode))
    assert found
    for count, low, high in found:
        assert low <= count <= high and high - low >= width_asked(mode)


@pytest.mark.parametrize("mode", quick(2, SAFE), ids=lambda mode: mode.name)
@pytest.mark.parametrize("n_less", [1, 4])
def test_nearly_the_same_patients_are_refused(mode: Mode, n_less: int) -> None:
    """A cohort without one patient, or without four, does not leave after the whole: who they are would be known."""
    whole = patients(60)
    before = share(whole, mode)
    with pytest.raises(TooClose) as close:
        share(whole.iloc[n_less:].reset_index(drop=True), mode, [before])
    assert (close.value.place, close.value.n) == (0, n_less)


@pytest.mark.long
@pytest.mark.parametrize("mode", quick(2, SAFE), ids=lambda mode: mode.name)
def test_the_same_patients_may_leave_again(mode: Mode) -> None:
    """The same release, shared a second time, is the same output."""
    whole = patients(60)
    before = share(whole, mode)
    assert share(whole, mode, [before]).counts == before.counts


@pytest.mark.long
def test_one_persons_new_event_is_not_shown() -> None:
    """The same patients a month later, one of them with LTP now: no count that contains it moves by one."""
    mode, whole = MODES["lt5"], patients(60)
    later = whole.assign(ltp=whole["ltp"] | (whole.index == int(np.flatnonzero(~whole["ltp"])[0])))
    before = share(whole, mode)
    after = share(later, mode, [before])
    moved = [key for key in after.counts if key in before.counts and after.counts[key] != before.counts[key]]
    assert moved == []


@pytest.mark.long
def test_an_older_output_is_not_forgotten() -> None:
    """Behind three other outputs the first still counts: the refusal looks at all of them, and so do the counts."""
    mode, whole = MODES["lt5"], patients(60)
    outputs = [share(whole, mode)]
    for start in (100, 200, 300):
        rows = pd.concat([whole, patients(20, seed=start, start=start)], ignore_index=True)
        outputs.append(share(rows, mode, outputs))
    with pytest.raises(TooClose):
        share(whole.iloc[2:].reset_index(drop=True), mode, outputs)
    rows = pd.concat([whole, patients(14, seed=8, start=60, mutants=2)], ignore_index=True)
    last = share(rows, mode, outputs)
    for count, low, high in attacked([outputs[0], last], mode):
        assert low <= count <= high and high - low >= mode.small
