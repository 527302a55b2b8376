"""Writes the Data Docs of a release: pages that show every expectation, what was observed, and how it was before.

Great Expectations renders the results of each suite; page, style, index and history are our own (pages/), because the
library's load styles and scripts from other servers. Ours load nothing, have no script, and open from the file system.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from schemas.thresholds import JUDGED_ROWS_MAX
from warehouse.expectations import history
from warehouse.expectations.suite_form import suites_in_force
from warehouse.expectations.suites import SUITES
from warehouse.releases.release import Release
from warehouse.storage.connection import table_exists
from warehouse.storage.suite_table import suites_of

FOLDER = "data_docs"
INDEX, HISTORY = "index.html", "history.html"
STATUSES = ("passed", "failed", "not applicable", "error")
DECIMALS = 2
SHOWN_AS = "expect_column_max_to_be_between"
"""What the library shows is the sentence, the status and one number, for whichever type. It makes one section a column,
for which the table stands here, and some types have none."""
PACKAGE, PAGES = "warehouse.expectations", "pages"


def write_data_docs(
    con: duckdb.DuckDBPyConnection, folder: Path, release_id: str, before: Release | None = None
) -> None:
    """Create `folder` and write the index, the history and one page per suite into it. `before` is the release whose
    history goes on.

    The pages show quality.expectations as last judged; a build that was never judged gets an index that says so.
    """
    expectations = _expectations(con)
    folder.mkdir(parents=True)
    view, facts = _view(), {"release_id": release_id, "statuses": STATUSES, "rows_max": JUDGED_ROWS_MAX}
    files = suites_of(con)
    prose = (SUITES if expectations else {}) | {suite.name: suite.prose for suite in suites_in_force(files)}
    suites = [_suite(name, said, expectations) for name, said in prose.items()]
    facts |= {"suites": suites, "has_history": bool(expectations)}
    index = view.env.get_template(INDEX)
    refused = [one for one in files if one.reason]
    written = {INDEX: index.render(facts, expectations=expectations, refused=refused)}
    if expectations:
        runs = history.runs_with(before.folder / FOLDER if before else None, release_id, expectations)
        shown = history.table_of(runs, prose)
        written[history.FILE] = history.as_text(runs)
        written[HISTORY] = view.env.get_template(HISTORY).render(facts, most=history.MOST_RUNS, **shown)
        validations = dict(con.execute("SELECT suite, result FROM work.validations").fetchall())
        for suite in suites:
            written[f"{suite['name']}.html"] = _page(view, suite, expectations, validations[suite["name"]], facts)
    for name, page in written.items():
        (folder / name).write_text(page, encoding="utf-8")


def _suite(name: str, prose: str, expectations: list[dict]) -> dict[str, Any]:
    own = [e for e in expectations if e["suite"] == name]
    on = [e["judged_on"] for e in own]
    parts = [f"{on.count(what)} judged on {what}" for what in ("rows", "aggregates") if what in on]
    return {"name": name, "prose": prose, "counts": _counts(own), "judged_on": f"{', '.join(parts)}." if parts else ""}


def _page(view: Any, suite: dict, expectations: list[dict], validation: str, facts: dict) -> str:
    result = json.loads(validation)
    unasked = [e for e in expectations if e["suite"] == suite["name"] and e["judged_on"] is None]
    page = view.render(_document(result), "suite.html", suite=suite, unasked=unasked, **facts)
    return page.replace("<h5", "<h2").replace("</h5>", "</h2>")  # the library's headings skip levels


def _expectations(con: duckdb.DuckDBPyConnection) -> list[dict]:
    """Return the rows of quality.expectations: errors first, then failed ones; within a status by suite."""
    if not table_exists(con, "quality", "expectations"):
        return []
    answer = con.execute("FROM quality.expectations ORDER BY table_name, expectation")
    names = [column[0] for column in answer.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
    order = ("error", "failed", "passed", "not applicable")
    suites = {suite: number for number, suite in enumerate(SUITES)}
    return sorted(rows, key=lambda e: (order.index(e["status"]), suites.get(e["suite"], len(suites)), e["suite"]))


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
        config |= {"type": SHOWN_AS, "kwargs": {"column": config["meta"]["table"], "min_value": 0}}
        if "observed_value" in result["result"]:
            result["result"]["observed_value"] = round(result["result"]["observed_value"], DECIMALS)
    loaded = schema.load(validation)
    assert isinstance(loaded, ExpectationSuiteValidationResult)
    document = ValidationResultsPageRenderer().render(loaded)
    document.sections = document.sections[1:]
    return document
