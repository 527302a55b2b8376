"""Makes HTML of what the pages show; everything is escaped but drawings."""

from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from analysis.report import labels
from analysis.report.numbers import release_time
from explore import change, grouped, model, words
from explore.histogram import histogram
from explore.state import PARTS, query_of
from schemas.thresholds import FEWEST_PATIENTS

PART_NAMES = {
    "curves": "Curves",
    "baseline": "Table 1",
    "model": "Model",
    "lesions": "Lesions",
    "save": "Save and share",
}
FIRST_OPEN = ("max_diameter_mm", "kras", "segment")
"""Columns whose bars are seen at once."""


@cache
def environment() -> Environment:
    """Return the templates with the words and links that they use."""
    found = Environment(
        loader=PackageLoader("explore"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals |= {
        "words": words,
        "change": change,
        "grouped": grouped,
        "model": model,
        "labels": labels,
        "query_of": query_of,
        "histogram": histogram,
        "FEWEST_PATIENTS": FEWEST_PATIENTS,
        "FIRST_OPEN": FIRST_OPEN,
        "PART_NAMES": {part: PART_NAMES[part] for part in PARTS},
        "release_time": release_time,
    }
    return found


def rendered(template: str, **values: Any) -> str:
    """Return a template's HTML."""
    return environment().get_template(template).render(**values)


@cache
def static(name: str) -> bytes:
    """Return a file of the page; the style sheet begins with the report's own. KeyError for a name of none."""
    if name == "explore.css":
        report = files("analysis.report").joinpath("style.css").read_bytes()
        return report + files("explore").joinpath("static/explore.css").read_bytes()
    if name not in ("explore.js", "questions.css"):
        raise KeyError(name)
    return files("explore").joinpath("static").joinpath(name).read_bytes()
