"""What a page claims: whom a ratio compares with, what is primary, what is reproduced, what is synthetic."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis import primary
from analysis.declared_models import MUTATION_COVARIATES, REFERENCES, STUDY_COVARIATES, with_mutation
from analysis.regression.cox import cox
from analysis.replication.published_figures import NAMED
from analysis.replication.replication_table import _reproduces
from analysis.report.arranging.p_values import in_table, with_counts
from analysis.report.blocks import DataTable, Numbering, Paragraph
from analysis.report.content import ReportContent
from analysis.report.sections import characteristics, competing, guards, models, quality, replication, sensitivity
from tests.analysis_report.sample import content

N = {"kras": 49, "nras": 8, "braf": 12}


def _subjects(both: int = 0) -> pd.DataFrame:
    """120 patients of whom none, or ``both``, has two mutations; KRAS doubles the hazard of having none."""
    random = np.random.default_rng(3)
    gene = np.array(["kras"] * 49 + ["nras"] * 8 + ["braf"] * 12 + ["none"] * 51, dtype=object)
    frame = pd.DataFrame({name: np.where(gene == name, "mutant", "wild_type") for name in N})
    frame.loc[: both - 1, "nras"] = "mutant" if both else frame.loc[: both - 1, "nras"]
    frame["diameter_ge_30"] = random.random(120) < 0.4
    days = np.ceil(random.exponential(400.0 / np.where(gene == "none", 1.0, 2.0)))
    return frame.assign(days=days, event=(random.random(120) < 0.8).astype(int))


def _model(
    frame: pd.DataFrame, covariates: tuple[str, ...] = STUDY_COVARIATES, model: str = primary.MODEL
) -> pd.DataFrame:
    labels = {"endpoint": primary.ENDPOINT, "level": "patient", "model": model, "cohort": "all"}
    return cox(frame, covariates, references=REFERENCES, labels=labels | {"analysis": "multivariable"})


def test_a_ratio_names_whom_it_compares_with() -> None:
    """Where nobody has two mutations, KRAS adjusted for the others compares with the 51 who have none."""
    row = _model(_subjects()).set_index("term").loc["kras"]
    assert "compared with the 51 in whom none of kras, nras and braf is mutant" in row["note"]


def test_where_mutations_go_together_the_reference_is_wild_type() -> None:
    """With patients who have two, those of KRAS wild-type with NRAS mutant are among those compared with."""
    note = _model(_subjects(both=9)).set_index("term").loc["kras", "note"]
    assert "nras" not in note


def test_the_factor_compares_with_no_mutation() -> None:
    """Mutation as one factor gives, where nobody has two, the ratios that the three terms give."""
    frame = with_mutation(_subjects())
    assert frame["mutation"].value_counts().to_dict() == {"none": 51, **N}
    as_factor = _model(frame, MUTATION_COVARIATES).set_index("term_level")["estimate"]
    as_terms = _model(frame).set_index("term")["estimate"]
    for gene in N:
        assert as_factor[gene] == pytest.approx(as_terms[gene], rel=1e-7)


def test_two_mutations_are_a_level_and_unknown_is_none() -> None:
    """Several; and a patient of whom one gene is not known has no level."""
    frame = _subjects(both=2)
    frame.loc[119, "braf"] = "unknown"
    levels = with_mutation(frame)["mutation"]
    assert levels[0] == "several" and levels[119] == "unknown"


@pytest.mark.long
def test_the_page_says_whom_and_shows_the_factor_beside() -> None:
    """A footnote at the adjusted ratio, and a block of the same endpoint with mutation as one factor."""
    frame = with_mutation(_subjects())
    table = pd.concat([_model(frame), _model(frame, MUTATION_COVARIATES, f"{primary.MODEL}_mutation")])
    (block,) = [b for b in models.build(content(tables={"cox": table}), Numbering()).blocks if isinstance(b, DataTable)]
    assert any("51 in whom none of KRAS, NRAS and BRAF is mutant" in note for _, note in block.footnotes)
    first = [str(getattr(row.cells[0], "text", row.cells[0])) for row in block.rows]
    assert any("mutation as one factor" in name for name in first)
    assert "Mutation: KRAS alone (versus no mutation)" in first


def test_only_the_named_estimator_reproduces() -> None:
    """As printed: a crude share that happens to print alike, or a ratio inside an interval, reproduces nothing."""
    row = {"estimator": "crude share with LTPFS of 12 months or more", "agrees": True, "published": "76.1 %"}
    assert _reproduces(row) is None and row["estimator"] not in NAMED
    ratio = {"estimator": "Cox hazard ratio of LTPFS_STUDY", "agrees": True, "published": "3.97 (1.65-9.55), p = 0.002"}
    assert _reproduces(ratio | {"computed_value": 4.39}) is False
    assert _reproduces(ratio | {"computed_value": 3.9651}) is True
    assert _reproduces(ratio | {"agrees": None, "computed_value": None}) is None


def test_the_caption_counts_the_named_estimator() -> None:
    """Loose agreement is counted separately, and a note says that the patients were chosen to give the figures."""
    rows = content().tables["replication"]
    none = rows.assign(reproduces=pd.array([False] * len(rows), dtype="boolean"))
    blocks = replication.build(content(tables={"replication": none}), Numbering()).blocks
    (table,) = [block for block in blocks if isinstance(block, DataTable)]
    assert ": 0 of " in table.caption and "the estimator that the study names" in table.caption
    assert any("chosen by a search for data that give these figures" in getattr(block, "text", "") for block in blocks)


@pytest.mark.parametrize(
    ("n_synthetic", "n", "title"),
    [
        (16, 16, "Synthetic data"),
        (16, 17, "16 of 17 deliveries are synthetic"),
        (1, 9, "1 of 9 deliveries are synthetic"),
    ],
)
def test_one_synthetic_delivery_is_enough(n_synthetic: int, n: int, title: str) -> None:
    """The banner counts, and stays while one delivery is made up."""
    report = content(is_synthetic=True, n_synthetic=n_synthetic, n_deliveries=n)
    assert report.synthetic_title() == title and "evidence" in report.synthetic_text()
    assert content(is_synthetic=False).synthetic_title() == ""


@pytest.mark.long
def test_a_cohort_has_no_primary_test() -> None:
    """Its patients were chosen, so that no test on its page is more than descriptive."""
    assert "no test here is primary" in _contrasts(content(selection="FROM x"))
    assert "Primary, fixed in the code for every release: LTP-free survival" in _contrasts(content())


@pytest.mark.long
def test_every_printed_p_value_is_counted() -> None:
    """The sum that the section on several contrasts names is that of the cells that the other sections print."""
    sections = [characteristics.build(content(), Numbering()), models.build(content(), Numbering())]
    n = sum(in_table(b) for section in sections for b in section.blocks if isinstance(b, DataTable))
    assert n > 10 and f"print {n} p-values" in _contrasts(content())


def _contrasts(report: ReportContent) -> str:
    from analysis.report.sections import multiplicity

    builds = (characteristics.build, models.build, multiplicity.build)
    last = with_counts([build(report, Numbering()) for build in builds], report)[-1]
    return " ".join(block.text for block in last.blocks if isinstance(block, Paragraph))


def test_the_quality_table_loses_no_column() -> None:
    """The release's own column names: what is current and what is set aside are shown beside what was received."""
    names = ["received", "duplicate", "conflicting", "unchanged", "new", "changed", "clean", "quarantined"]
    frame = pd.DataFrame(
        {"export": ["patients"], **{name: [i] for i, name in enumerate(names)}, "values_set_aside": [9]}
    )
    block = quality.build(content(quality=frame), Numbering()).blocks[1]
    assert isinstance(block, DataTable)
    assert [column.label for column in block.columns][-3:] == ["Current, clean", "Rows set aside", "Values set aside"]


def test_checks_add_up() -> None:
    """What passed, is marked and does not apply is all that was checked."""
    import re

    text = getattr(guards.build(content(), Numbering()).blocks[0], "text", "")
    total, *parts = (int(number) for number in re.findall(r"\d+", text.split(". ")[0]))
    assert total == sum(parts)


def test_interval_censoring_says_its_consequence() -> None:
    """Where LTP is dated by detection 85.8 % are free of it, where it is known only to lie between exams 79.1 %."""
    base = {
        "variant": "interval censoring",
        "endpoint": "TTLTP",
        "level": "lesion",
        "grouping": "kras",
        "stratum": "mutant",
    }
    base |= {"quantity": "survival_12m", "n": 89, "n_events": 17, "note": ""}
    rows = [base | {"method": sensitivity.DETECTED, "estimate": 0.857851}]
    rows += [base | {"method": sensitivity.TURNBULL, "estimate": 0.790719}]
    blocks = sensitivity.build(content(tables={"sensitivity": pd.DataFrame(rows)}), Numbering()).blocks
    text = " ".join(block.text for block in blocks if isinstance(block, Paragraph))
    assert "KRAS mutant 85.8 % and 79.1 % (+6.7 points)" in text


def test_two_ratios_of_deaths_censored_are_told_apart() -> None:
    """The page that prints both says that they follow patients over other times."""
    common = {
        "term": "kras",
        "term_level": "mutant",
        "reference": "wild_type",
        "analysis": "multivariable",
        "cohort": "all",
    }
    common |= {"quantity": "hazard_ratio", "lower": 1.0, "upper": 9.0, "n": 120, "n_events": 28, "note": ""}
    here = pd.DataFrame([common | {"endpoint": "TTLTP", "model": "cause_specific", "estimate": 3.902747}])
    study = pd.DataFrame([common | {"endpoint": "LTPFS_STUDY", "model": "ltpfs_study", "estimate": 4.390478}])
    blocks = competing.build(content(tables={"fine_gray": here, "cox": study}), Numbering()).blocks
    text = " ".join(block.text for block in blocks if isinstance(block, Paragraph))
    assert "3.90 here, 4.39 for the LTP-free time" in text and "latest exam of any lesion" in text


def test_a_share_says_what_it_is_of() -> None:
    """Percentages are of all patients, and also of the known ones if some are unknown."""
    base = {"level": "patient", "grouping": "kras", "stratum": "overall", "n": 120, "method": "n (%)", "n_missing": 12}
    rows = [base | {"variable": "node_positive_primary", "level_of_variable": "yes", "value": "60 (50.0)"}]
    rows += [base | {"variable": "node_positive_primary", "level_of_variable": "no", "value": "48 (40.0)"}]
    block = characteristics.build(content(tables={"table_one": pd.DataFrame(rows)}), Numbering()).blocks[0]
    assert isinstance(block, DataTable)
    assert block.rows[0].cells[0] == "Node-positive primary, n (% of all); 55.6 % of 108 known"
