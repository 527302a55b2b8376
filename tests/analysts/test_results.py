"""Estimates of a cohort: the release's tables, lifelines' own fitters, pictures, and what they print."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import ablation_registry as ar
from ablation_registry.cohorts import Cohort
from ablation_registry.results import KaplanMeier


@pytest.fixture(scope="module")
def everybody(release: ar.Release) -> Cohort:
    """The whole release as a cohort."""
    return release.cohort()


@pytest.fixture(scope="module")
def survival(everybody: Cohort) -> KaplanMeier:
    """LTP-free survival by KRAS."""
    return everybody.kaplan_meier("LTPFS", by="kras")


def test_the_curve_is_the_releases(release: ar.Release, survival: KaplanMeier) -> None:
    """`.table` is analysis.km_curve to the last bit, in pandas, polars and Arrow."""
    released = release.sql(
        "FROM analysis.km_curve WHERE endpoint = 'LTPFS' AND level = 'patient' AND \"grouping\" = 'kras'"
    ).df()
    for name in ("time_days", "estimate", "lower", "upper", "std_error"):
        assert survival.table[name].to_numpy().tobytes() == released[name].to_numpy().tobytes(), name
    assert survival.pl().height == survival.arrow().num_rows == len(released)


def test_fitters_are_lifelines_own(survival: KaplanMeier) -> None:
    """Each group's fitter is a KaplanMeierFitter of its subjects, whose curve is that of the table."""
    from lifelines import KaplanMeierFitter

    before = np.geterr()
    assert list(survival.fitters) == ["wild_type", "mutant"]
    for stratum, fitter in survival.fitters.items():
        assert isinstance(fitter, KaplanMeierFitter)
        own = survival.table[survival.table["stratum"] == stratum]
        assert fitter.survival_function_at_times(own["time_days"]).to_numpy() == pytest.approx(own["estimate"])
    assert np.geterr() == before
    with pytest.raises(ar.QueryFailed, match="Did you mean mutant"):
        survival.fitters["mutnt"]


def test_what_is_printed_is_in_the_table(survival: KaplanMeier) -> None:
    """The line of a group holds its n, events and landmark as the summary has them; few at risk and the end of
    follow-up are marked."""
    summary = survival.summary.set_index(["stratum", "quantity"])
    year = summary.loc[("mutant", "survival_12m")]
    line = next(line for line in repr(survival).splitlines() if line.startswith("mutant"))
    assert line.split()[1:3] == [str(year["n"]), str(year["n_events"])]
    assert f"{100 * year['estimate']:.1f} ({100 * year['lower']:.1f}" in line
    assert "log-rank test: chi-square" in repr(survival) and "beyond the last follow-up" in repr(survival)


def test_few_at_risk_is_marked(everybody: Cohort) -> None:
    """An incidence that rests on few has a mark, and the mark is explained."""
    printed = repr(everybody.cumulative_incidence("TTLTP", by="kras"))
    assert ")*" in printed and "* few at risk: fewer than 5" in printed
    assert "Gray's test, event of interest: chi-square" in printed


def test_html_is_escaped_and_whole(release: ar.Release) -> None:
    """What a reader writes is text on the page, never markup; every table is one element."""
    cohort = release.cohort({"<b>small</b>": "max_diameter_mm < 30"})
    html = cohort._repr_html_()
    assert "&lt;b&gt;small" in html and "<b>" not in html
    results = (cohort.kaplan_meier("OS", by="sex"), cohort.cox("kras", "LTPFS"), cohort.table_one("sex"), cohort.plot())
    for result in results:
        assert result._repr_html_().count("<div") == result._repr_html_().count("</div>") > 0


@pytest.mark.long
def test_pictures(everybody: Cohort, survival: KaplanMeier, tmp_path: Path) -> None:
    """Every picture is drawn by the report's own code, shows in a notebook, and can be written."""
    plots = [survival.plot(), everybody.cumulative_incidence("TTLTP").plot(), everybody.plot()]
    plots.append(everybody.cox("kras", "LTPFS").plot())
    for place, plot in enumerate(plots):
        assert "<svg" in plot._repr_html_() and plot._repr_png_().startswith(b"\x89PNG")
        plot.save(tmp_path / f"{place}.svg")
        assert "<svg" in (tmp_path / f"{place}.svg").read_text(encoding="utf-8")
    assert "Log-rank p = " in plots[0]._repr_html_()


def test_what_is_withheld_stays_withheld(release: ar.Release) -> None:
    """With too few events a model prints why it shows no ratio, and draws none."""
    few = release.cohort("max_diameter_mm > 40")
    model = few.cox("kras + nras + sex", "LTPFS")
    assert "not shown" in repr(model) and model.table["estimate"].isna().all()
    with pytest.raises(ar.QueryFailed, match="No ratio of this model"):
        model.plot()
    assert "no p-value" in repr(few.kaplan_meier("OS", by="kras"))


def test_table_one_is_wide_and_long(everybody: Cohort) -> None:
    """The wide table has a column for each group, with the cells of the long one."""
    found = everybody.table_one(by={"column": "max_diameter_mm", "categories": [20, 30]})
    assert list(found.wide)[2:] == ["overall", "< 20", "20 to < 30", ">= 30"]
    long = found.table.set_index(["stratum", "variable", "level_of_variable"])["value"]
    wide = found.wide.set_index(["variable", "level"])
    assert wide.loc[("sex", "female"), "< 20"] == long.loc[("< 20", "sex", "female")]


def test_what_no_column_is_is_refused(everybody: Cohort) -> None:
    """A group, a covariate or a reference that cannot be meant is refused in one line."""
    for ask in (
        lambda: everybody.kaplan_meier("OS", by={"colum": "kras"}),
        lambda: everybody.cox(["kras"], "OS", references={"sex": "male"}),
        lambda: everybody.cox("kras", "OS", alone=True),
        lambda: everybody.logrank("OS"),
        lambda: everybody.kaplan_meier("OS", by="kras", level="leison"),
    ):
        with pytest.raises(ar.QueryFailed) as refused:
            ask()
        assert "\n" not in str(refused.value) and refused.value.cure
