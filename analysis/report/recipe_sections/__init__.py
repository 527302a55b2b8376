"""The sections of a recipe's page, in reading order: who is in it, its endpoint, Table 1, its models, methods.

Nothing is here that the recipe did not ask for.
"""

from __future__ import annotations

from analysis.report.recipe_sections import asked, attrition, endpoint, methods, models
from analysis.report.sections import Build, characteristics

RECIPE_PARTS: tuple[tuple[str, tuple[Build, ...]], ...] = (
    ("", (attrition.build, asked.build)),
    ("Results", (endpoint.build, characteristics.build, models.build)),
    ("Methods", (methods.build, methods.build_recipe)),
)
