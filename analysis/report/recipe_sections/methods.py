"""Section: sentences for a paper's Methods, how the cohort was chosen, and the recipe itself."""

from __future__ import annotations

from analysis.report.blocks import Command, Fold, Numbering, Paragraph, Section
from analysis.report.content import ReportContent
from analysis.report.recipe_facts import RecipeFacts
from analysis.report.recipe_sections import asked
from analysis.report.sections import methods

RECIPE, RECIPE_TITLE = "recipe", "The recipe"
FINGERPRINT_LETTERS = 12
NOT_ADJUSTED = (
    "Somebody chose these subjects and these tests, so no test is primary and no p-value is adjusted for the number of "
    "tests."
)


def build(content: ReportContent, numbering: Numbering) -> Section:
    """Paragraphs, of which the first says how the cohort was chosen."""
    facts = content.recipe
    built = methods.build(content, numbering)
    if facts is None:
        return built
    return Section(built.anchor, built.title, [Paragraph(chosen(content, facts)), *built.blocks])


def build_recipe(content: ReportContent, numbering: Numbering) -> Section:
    """The recipe itself and how to repeat the page, in a fold."""
    facts = content.recipe
    if facts is None:
        return Section(RECIPE, RECIPE_TITLE, [])
    hidden = "" if facts.is_whole else " What could identify a person is hidden in it."
    repeat = f"registry cohort recipe.yaml --release {content.release_id} --out FOLDER"
    blocks = [Command(repeat, "Repeat this page:"), Command(facts.text, f"The recipe, recipe.yaml.{hidden}")]
    return Section(RECIPE, RECIPE_TITLE, [Fold("Show the recipe, and the command that repeats this page", blocks)])


def chosen(content: ReportContent, facts: RecipeFacts) -> str:
    """Return how the cohort was chosen: by how many criteria, from which release, by which recipe."""
    n = len(facts.steps) - 1
    how = f"by {n} criteria, applied in their order," if n > 1 else "by one criterion"
    n_all = facts.steps[0].n_patients
    of_whom = f"from the {'' if n_all is None else f'{n_all:,} '}patients of release {content.release_id}"
    said = f"The cohort was chosen {how} {of_whom}" if n else f"The cohort is all {of_whom.removeprefix('from the ')}"
    said += f" (recipe {facts.fingerprint[:FINGERPRINT_LETTERS]})."
    return " ".join(filter(None, (said, *asked.how_counted(facts), NOT_ADJUSTED, facts.warning)))
