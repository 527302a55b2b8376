"""What a paper must say of a cohort, without any patient's value: texts and numbers that could be one are masked."""

from typing import TYPE_CHECKING

from warehouse.cohorts.attrition import Choice
from warehouse.cohorts.recipe import Recipe
from warehouse.cohorts.shown_recipe import shown_predicate, shown_words
from warehouse.releases.shown_sql import known_in
from warehouse.storage.source_code import code_version

if TYPE_CHECKING:
    from ablation_registry.release import Release


def citation(release: "Release", recipe: Recipe, choice: Choice) -> str:
    """Return release, content hash and version, each criterion with who was left after it, and a sentence to print."""
    known = known_in(release.connection)
    made = release.manifest["content_hash"]
    lines = [
        f"Release      {release.id}",
        f"Content hash {made}",
        f"Version      ablation-registry {code_version()}",
        f"Cohort       {choice.n_patients:,} patients, {choice.n_lesions:,} lesions; recipe {recipe.fingerprint[:16]}",
    ]
    for step in choice.steps[1:]:
        where = " ".join(shown_predicate(step.where, known).split())
        name = where if step.name == step.where else shown_words(step.name, known)
        word = "included" if step.is_kept else "excluded"
        said = where if name == where else f"{name}: {where}"
        lines.append(f"  {word} {said} ({step.n_patients:,} patients left)")
    if choice.outcomes:
        lines.append(f"Caution      chosen by an outcome ({', '.join(choice.outcomes)})")
    lines += [
        "To cite      "
        f"Ablation registry, release {release.id} (content hash {made[:16]}), analysed with ablation-registry "
        f"{code_version()}; cohort of {choice.n_patients:,} patients by the criteria above."
    ]
    return "\n".join(lines)
