"""Writes the Data Docs of a release: pages that show every expectation and what was observed.

Great Expectations renders the results of each suite; page, style and index are our own (pages/), because the library's
load styles and scripts from other servers. Ours load nothing, have no script, and open from the file system.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from warehouse.expectations.suites import SUITES
from warehouse.storage.connection import table_exists

FOLDER = "data_docs"
INDEX = "index.html"
STATUSES = ("passed", "failed", "not applicable", "error")
DECIMALS = 2
PACKAGE, PAGES = "warehouse.expectations", "pages"


def write_data_docs(con: duckdb.DuckDBPyConnection, folder: Path, release_id: str) -> None:
    """Create `folder` and write index.html and one page per suite into it.

    The pages show quality.expectations as last judged; a build that was never judged gets an index that says so.
    """
    expectations = _expectations(con)
    validations = dict(con.execute("SELECT suite, result FROM work.validations").fetchall()) if expectations else {}
    folder.mkdir(parents=True)
    for name, page in pages(release_id, expectations, validations).items():
        (folder / name).write_text(page, encoding="utf-8")


def pages(release_id: str, expectations: list[dict], validations: dict[str, str]) -> dict[str, str]:
    """Return the pages by file name, from the rows of quality.expectations and each suite's result as JSON."""
    facts = {"release_id": release_id, "statuses": STATUSES}
    suites: list[dict[str, Any]] = [
        {"name": suite, "prose": prose, "counts": _counts(e for e in expectations if e["suite"] == suite)}
        for suite, prose in SUITES.items()
        if expectations
    ]
    view = _view()
    written = {INDEX: view.env.get_template(INDEX).render(facts, suites=suites, expectations=expectations)}
    for suite in suites:
        unasked = [e for e in expectations if e["suite"] == suite["name"] and e["observed"] is None]
        document = _document(json.loads(validations[suite["name"]]))
        page = view.render(document, "suite.html", suite=suite, suites=suites, unasked=unasked, **facts)
        page = page.replace("<h5", "<h2").replace("</h5>", "</h2>")  # the library's headings skip levels
        written[f"{suite['name']}.html"] = page
    return written


def _expectations(con: duckdb.DuckDBPyConnection) -> list[dict]:
    """Return the rows of quality.expectations: errors first, then failed ones; within a status by suite."""
    if not table_exists(con, "quality", "expectations"):
        return []
    answer = con.execute("FROM quality.expectations ORDER BY table_name, expectation")
    names = [column[0] for column in answer.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
    order = ("error", "failed", "passed", "not applicable")
    suites = list(SUITES)
    return sorted(rows, key=lambda e: (order.index(e["status"]), suites.index(e["suite"])))


def _counts(expectations: Iterable[dict]) -> dict[str, int]:
    counts = dict.fromkeys(STATUSES, 0)
    for expectation in expectations:
        counts[expectation["status"]] += 1
    return counts


def _view():
    """Return the library's page view; it prefers our page templates and shows numbers with few digits."""
    from great_expectations.render.view import DefaultJinjaPageView
    from jinja2 import ChoiceLoader, PackageLoader

    view = DefaultJinjaPageView()
    assert view.env.loader is not None
    view.env.loader = ChoiceLoader([PackageLoader(PACKAGE, PAGES), view.env.loader])
    view.env.filters["number"] = _number
    return view


def _number(value: float | None) -> str:
    if value is None:
        return ""
    text = f"{value:,.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _document(validation: dict):
    """Return the library's rendering of a suite's result, one section per table, without the library's overview."""
    from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult
    from great_expectations.core.expectation_validation_result import expectationSuiteValidationResultSchema as schema
    from great_expectations.render import RenderedDocumentContent
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer

    if not validation["results"]:
        return RenderedDocumentContent(sections=[])
    for result in validation["results"]:
        config = result["expectation_config"]
        config["kwargs"]["column"] = config["meta"]["table"]  # the library makes one section per column
        result["result"]["observed_value"] = round(result["result"]["observed_value"], DECIMALS)
    loaded = schema.load(validation)
    assert isinstance(loaded, ExpectationSuiteValidationResult)
    document = ValidationResultsPageRenderer().render(loaded)
    document.sections = document.sections[1:]
    return document
