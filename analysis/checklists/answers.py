"""What a release answers to the items of a checklist: figures that it holds, and where they stand.

An answer holds nothing that the release does not; `rest` says what an author must add to it. An answer without text
leaves the item to the author.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from analysis import primary
from analysis.checklists import limitations, results
from analysis.checklists.facts import ReleaseFacts
from analysis.plan.sample_size import ABOVE
from analysis.report import labels, numbers
from analysis.report.sections import methods as methods_section
from analysis.report.sections import sample_size, selection
from schemas.thresholds import LARGE_LESION_MM


class Answer(NamedTuple):
    """The registry's answer to an item, what is left to the author, and where on the page the figures stand."""

    text: str
    rest: str = ""
    where: str = ""


NOTHING = Answer("")


def hypothesis(facts: ReleaseFacts) -> Answer:
    """The contrast that is declared as primary."""
    contrast = labels.term(primary.GROUPING, primary.CONTRAST, primary.REFERENCE)
    said = (
        f"Primary contrast declared in the code: {contrast} against {labels.stratum('', primary.REFERENCE).lower()}, "
    )
    said += f"{labels.endpoint(primary.ENDPOINT)}, {labels.level(primary.LEVEL)}."
    plan = facts.content.own_plan
    own = next((item for item in plan.items if item.is_model and item.name == "primary"), None) if plan else None
    if own:
        what = f"{labels.endpoint(own.endpoint)}, {labels.level(own.level)}: {own.formula}"
        said += f" Primary contrast of the registry's own plan: {what} ({own.declared})."
    return Answer(said, "why the question is asked", "Results")


def design(facts: ReleaseFacts) -> Answer:
    """A cohort of routine exports."""
    return Answer(
        "Cohort of all patients whose ablation sessions the centres delivered; time runs from the first ablation. "
        f"Analysed as release {facts.content.release_id}, which does not change.",
    )


def setting(facts: ReleaseFacts) -> Answer:
    """Centres, dates and follow-up."""
    n = len(facts.patients_by_site)
    if not n or not facts.first_day:
        return NOTHING
    said = f"{numbers.counted(n, 'centre')}; first ablations from {facts.first_day} to {facts.last_day}"
    said += f"; last contact {facts.last_contact}" if facts.last_contact else ""
    return Answer(f"{said}. {results.followup(facts)}".strip(), "countries, and how patients came to the centres")


def participants(facts: ReleaseFacts) -> Answer:
    """Who counts."""
    return Answer(
        "Every patient with an accepted ablation session of a colorectal liver metastasis; nobody is chosen by "
        "outcome. "
        "A lesion is evaluable for local progression once a contrast-enhanced CT or MR after ablation has shown no "
        "viable tumour. Follow-up is by the exams and contacts that the centres deliver.",
        "the centres' own criteria for ablation",
        "Patients and lesions",
    )


def matching(_: ReleaseFacts) -> Answer:
    """Nobody is matched."""
    return Answer("Not matched.")


def definitions(facts: ReleaseFacts) -> Answer:
    """Endpoints with their versions."""
    if not facts.endpoints:
        return NOTHING
    listed = ", ".join(facts.endpoints)
    return Answer(f"Endpoints by versioned definitions: {listed}. Each row of derived.time_to_event names its own.")


def sources(facts: ReleaseFacts) -> Answer:
    """Deliveries and rules."""
    n = len(facts.content.inputs)
    said = f"{n:,} accepted deliveries of {numbers.counted(len({one.site for one in facts.content.inputs}), 'centre')}"
    return Answer(
        f"{said}, mapped to common columns and held to {facts.n_rules} rules; how each centre's columns are mapped is "
        "in its site.toml, and every file received is kept.",
        "how imaging was read at the centres",
        "Provenance",
    )


def bias(_: ReleaseFacts) -> Answer:
    """What the plan does about bias."""
    return Answer(
        "Endpoints, covariates and cut points are fixed in advance; analyses by site, from a landmark, from the first "
        "adequate exam on and with deaths censored at the last scan show what depends on them; subjects of unknown "
        "genotype stand apart.",
        "what remains, above all why one treatment was chosen over another",
    )


def size(facts: ReleaseFacts) -> Answer:
    """What the events can show."""
    table = facts.content.table("sample_size")
    said = [sample_size.sentence(table, row) for row in selection.records(selection.where(table, quantity=ABOVE))]
    text = " ".join(one for one in said if one)
    return Answer(f"All patients up to the release; no size was set. {text}".strip(), where=sample_size.TITLE)


def numbers_used(_: ReleaseFacts) -> Answer:
    """Classes of numbers."""
    return Answer(
        f"Largest diameter below {LARGE_LESION_MM} mm or not; ablation margin below 0, 0 to below 5, 5 to below 10 mm "
        "and more, and as a restricted cubic spline with stated knots. All fixed in advance.",
    )


def methods(facts: ReleaseFacts) -> Answer:
    """Where the sentences are: a page of them fits into no cell."""
    said = " ".join(methods_section.paragraphs(facts.content))
    if not said:
        return NOTHING
    n = said.count(". ") + 1
    return Answer(
        f"{n} sentences to copy: what applies to all analyses, one for each method that was used, and the software.",
        "which of them the paper needs",
        methods_section.TITLE,
    )


def missing_methods(_: ReleaseFacts) -> Answer:
    """Complete cases."""
    return Answer(
        "Models use complete cases and say how many were left out, by variable; unknown genotypes are a group of their "
        "own in curves and tables and are left out of tests.",
    )


def loss(_: ReleaseFacts) -> Answer:
    """Censoring."""
    return Answer(
        "Subjects are censored at the last day on which they were known to be free of the event, as each endpoint's "
        "definition says; follow-up is given by reverse Kaplan-Meier.",
    )


def flow(facts: ReleaseFacts) -> Answer:
    """Numbers by stage."""
    steps = [f"{step.label}: {_counts(step.patients, step.lesions)}" for step in facts.content.flow_steps()]
    return Answer(f"{'; '.join(steps)}." if steps else "", where="Patients and lesions")


def reasons(facts: ReleaseFacts) -> Answer:
    """Why rows and lesions are out."""
    steps = [step for step in facts.content.flow_steps() if step.is_exclusion and step.note]
    said = "; ".join(f"{step.label}: {step.note}" for step in steps)
    return Answer(f"{said}." if said else "", where="Patients and lesions")


def diagram(facts: ReleaseFacts) -> Answer:
    """The flow's drawing."""
    return Answer("figures/flow.svg of the release." if facts.content.flow else "", where="Patients and lesions")


def _counts(patients: int | None, lesions: int | None) -> str:
    said = [numbers.counted(n, noun) for n, noun in ((patients, "patient"), (lesions, "lesion")) if n is not None]
    return ", ".join(said) or "not counted"


def data_kind(facts: ReleaseFacts) -> Answer:
    """Hospital exports."""
    exports = ", ".join(sorted({one.export for one in facts.content.inputs}))
    said = f"Registry of routine hospital exports ({exports})." if exports else ""
    return Answer(said, "the names of the centres' systems")


def time_span(facts: ReleaseFacts) -> Answer:
    """Time, but not region."""
    said = f"First ablations from {facts.first_day} to {facts.last_day}." if facts.first_day else ""
    return Answer(said, "region, and both in title or abstract")


def linkage(_: ReleaseFacts) -> Answer:
    """By pseudonym within a site."""
    return Answer(
        "Exports of one centre are joined by its pseudonyms of patient and lesion, exactly; rows whose patient or "
        "lesion does not exist are set aside and counted. Centres are not linked with each other, nor with other "
        "databases.",
    )


def linkage_diagram(_: ReleaseFacts) -> Answer:
    """None: nothing is linked."""
    return Answer("No databases are linked; the flow of patients and lesions shows what was left out.")


def validation(facts: ReleaseFacts) -> Answer:
    """Canaries."""
    found = facts.content.canaries
    said = f" {found.found:,} of {found.planted:,} planted defects were found by the rules." if found else ""
    return Answer(f"Definitions are tested against drawn cases.{said}", "validation against the charts of the centres")


def code_lists(_: ReleaseFacts) -> Answer:
    """The SQL itself."""
    return Answer(
        "The SQL of every definition is part of the code version below; docs/endpoints.md, docs/genotype.md, "
        "docs/rules.md and docs/tables.md list endpoints, variants, rules and variables.",
    )


def access(_: ReleaseFacts) -> Answer:
    """Everything delivered."""
    return Answer("Analyses use every row that the centres delivered; nothing was extracted by others beforehand.")


def cleaning(facts: ReleaseFacts) -> Answer:
    """Rows received and set aside."""
    table = facts.content.quality
    if table.empty or not {"received", "quarantined", "values_set_aside"} <= set(table):
        return NOTHING
    received, rows, values = (int(table[name].sum()) for name in ("received", "quarantined", "values_set_aside"))
    said = f"{received:,} rows received, {rows:,} set aside by a rule, and {values:,} single values."
    return Answer(f"{said} Each has its rule and returns when it is corrected.", where="Data quality")


def reproducing(facts: ReleaseFacts) -> Answer:
    """Code, release and hash."""
    return Answer(
        f"Code version {facts.content.code_version}; release {facts.content.release_id}, content hash "
        f"{facts.content_hash}; tables as CSV and Parquet; `registry rebuild` makes it again.",
        "how others may get protocol, data and code",
    )


def limitations_paragraph(facts: ReleaseFacts) -> Answer:
    """The paragraph from the guards."""
    return Answer(limitations.paragraph(facts), "direction and size of each bias")


ANSWERS: Mapping[str, Callable[[ReleaseFacts], Answer]] = {
    "hypothesis": hypothesis,
    "design": design,
    "setting": setting,
    "participants": participants,
    "matching": matching,
    "definitions": definitions,
    "sources": sources,
    "bias": bias,
    "size": size,
    "numbers": numbers_used,
    "methods": methods,
    "missing_methods": missing_methods,
    "loss": loss,
    "flow": flow,
    "reasons": reasons,
    "diagram": diagram,
    "data_kind": data_kind,
    "time_span": time_span,
    "linkage": linkage,
    "linkage_diagram": linkage_diagram,
    "validation": validation,
    "code_lists": code_lists,
    "access": access,
    "cleaning": cleaning,
    "reproducing": reproducing,
    "limitations": limitations_paragraph,
}
"""Name of an answer -> the function that gives it; those on results and markers are in results.py and marker.py."""
