"""Answers the requests of the pages: one function for each, all of them reading only."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from urllib.parse import parse_qsl, urlencode

import duckdb
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from explore.access import SEEN
from explore.catalogue import SCHEMAS, entries, entry_of, rows_of, searched, select_of
from explore.change import changed
from explore.control import Control, Logged
from explore.course import course_of, endpoint_in_words
from explore.course_picture import course_svg
from explore.fitting import refuse_unfit, why_unfit
from explore.grouped import with_cuts
from explore.leaving import MEDIA as MEDIA_OF_ROWS
from explore.leaving import leave
from explore.lesions import ROWS as LESIONS_ON_A_PAGE
from explore.lesions import key_at
from explore.opened import Reading, Releases
from explore.page import page_of
from explore.recipes import state_of_recipe, yaml_of
from explore.rendering import rendered, static
from explore.state import LESION_LIST, State, page_number, query_of, state_of
from schemas.disclosure import MODES, NONE, Mode
from warehouse.cohorts.attrition import choose
from warehouse.cohorts.recipe import parse_recipe
from warehouse.redaction.erasure_list import unfinished
from warehouse.releases.query import run
from warehouse.releases.query_errors import failed
from warehouse.storage.errors import QueryFailed, RegistryError, ReleaseDamaged, ReleaseUnknown
from workflows.report_facts import synthetic
from workflows.share_rows import RowsRefused

Answer = Callable[[Request], Response]
MEDIA = {"explore.css": "text/css", "explore.js": "text/javascript"}
LARGEST_RECIPE_BYTES = 200_000
WITHOUT = "without"
"""Names the columns that rows are downloaded without."""


def application(releases: Releases, mode: Mode = MODES[NONE]) -> Starlette:
    """Return the pages over the releases, without the guards that `registry explore` puts before them. What is
    downloaded leaves under `mode`.
    """
    control = Control(releases.home, mode, releases.timeout_seconds)

    def page(request: Request) -> Response:
        """Show a cohort."""
        state = state_of(request.query_params.multi_items())
        with _choosing(releases, state) as reading:
            shown = page_of(reading, state)
            about = _about(request, releases, reading, control)
            html = rendered("cohort.html", page=shown, state=state, about=about)
        return _seen(HTMLResponse(html), request, about)

    def change(request: Request) -> Response:
        """Do what a form asks, and go to the page that shows it."""
        state = changed(request.query_params.multi_items())
        if state.by:
            with _choosing(releases, state) as reading:
                try:
                    state = replace(state, by=with_cuts(reading.con, choose(reading.con, state.criteria), state))
                except QueryFailed:
                    reading.check()  # the page says why nobody is left
        return RedirectResponse(state.link(), 303)

    def lesion(request: Request) -> Response:
        """Show the course of the patient of a lesion of the cohort, named by its place in the list."""
        pairs = request.query_params.multi_items()
        state = state_of([pair for pair in pairs if pair[0] != "n"])
        place = max(1, page_number(request.query_params.get("n", "1")))
        with _choosing(releases, state) as reading:
            choice = choose(reading.con, state.criteria)
            key = key_at(reading.con, choice, place)
            if key is None:
                raise QueryFailed("The cohort has fewer lesions.", "Open one from the list.")
            course = course_of(reading.con, key[0], key[1])
            about = _about(request, releases, reading, control)
        html = rendered(
            "lesion.html",
            state=state,
            about=about,
            key=key,
            n=place,
            n_lesions=choice.n_lesions,
            course=course,
            picture=course_svg(
                course, f"Course of {key[0]} {key[1]}: the events of the table below, lesion by lesion."
            ),
            ended=endpoint_in_words,
            back=state.link(part=LESION_LIST, page=(place - 1) // LESIONS_ON_A_PAGE + 1),
            lesion_link=lambda n: f"{state.link('/lesion')}{'&' if query_of(state) else '?'}n={n}",
        )
        return _seen(HTMLResponse(html), request, about)

    def tables(request: Request) -> Response:
        """List the tables of the release, or those that a search finds."""
        asked = request.query_params.get("q", "").strip()
        with releases.read() as reading:
            shown = searched(reading.fact("catalogue", entries), asked)
            about = _about(request, releases, reading, control)
        by_schema = [(schema, list(own)) for schema, own in groupby(shown, key=lambda entry: entry.schema)]
        html = rendered("tables.html", about=about, asked=asked, shown=shown, by_schema=by_schema, schemas=SCHEMAS)
        return _seen(HTMLResponse(html), request, about)

    def table(request: Request) -> Response:
        """Show a table: its columns and rows; or hand it out as a file."""
        name = request.path_params["name"]
        kind = next((kind for kind in MEDIA_OF_ROWS if name.endswith(f".{kind}")), None)
        with releases.read() as reading:
            everything = reading.fact("catalogue", entries)
            entry = entry_of(everything, name.removesuffix(f".{kind}") if kind else name)
            if kind:
                control.table()
                answer = run(reading.con, select_of(entry), for_frames=kind == "parquet")
                return _file(reading, answer, entry.full_name, kind)
            rows = rows_of(reading.con, entry, page_number(request.query_params.get("page", "1")))
            about = _about(request, releases, reading, control)
        return _seen(HTMLResponse(rendered("table.html", about=about, entry=entry, rows=rows)), request, about)

    def rows(request: Request) -> Response:
        """Hand out what a page of a cohort shows, as a file; rows of patients or lesions without some columns."""
        pairs = request.query_params.multi_items()
        state = state_of([pair for pair in pairs if pair[0] != WITHOUT])
        without = [name for key, value in pairs if key == WITHOUT for name in value.split(",")]
        what, kind = request.path_params["what"], request.path_params["kind"]
        if kind not in MEDIA_OF_ROWS:
            raise QueryFailed("There is no such kind of file.", "Ask for csv or parquet.")
        with _choosing(releases, state) as reading, control.cohort(reading, state, what, without) as (answer, log):
            return _file(reading, answer, what, kind, log)

    def recipe(request: Request) -> Response:
        """Hand out the recipe of a page."""
        state = state_of(request.query_params.multi_items())
        text = yaml_of(state)
        if not mode.is_open:
            with _choosing(releases, state) as reading:
                text = control.recipe(reading, state)
        headers = {"content-disposition": 'attachment; filename="recipe.yaml"'}
        return Response(text, media_type="application/yaml", headers=headers)

    async def opened(request: Request) -> Response:
        """Show the cohort of a recipe that was pasted or chosen."""
        body = await request.body()
        if len(body) > LARGEST_RECIPE_BYTES:
            raise QueryFailed("That is too long for a recipe.", "Choose a recipe file, which is a page of text.")
        given = dict(parse_qsl(body.decode("utf-8", errors="replace")))
        return RedirectResponse(state_of_recipe(parse_recipe(given.get("recipe", ""))).link(), 303)

    def current(request: Request) -> Response:
        """Say which release is current."""
        return JSONResponse({"current": releases.current_id()})

    def file(request: Request) -> Response:
        """Hand out the style sheet or the script."""
        name = request.path_params["name"]
        if name not in MEDIA:
            return Response("There is no such file.", 404, media_type="text/plain")
        return Response(static(name), media_type=MEDIA[name], headers={"cache-control": "max-age=300"})

    return Starlette(
        routes=[
            Route("/", page),
            Route("/change", change),
            Route("/lesion", lesion),
            Route("/tables", tables),
            Route("/tables/{name}", table),
            Route("/files/{what}.{kind}", rows),
            Route("/recipe.yaml", recipe),
            Route("/open", opened, methods=["POST"]),
            Route("/current", current),
            Route("/static/{name}", file),
        ],
        exception_handlers={RegistryError: _said, duckdb.Error: _failed, Exception: _unexpected},
    )


@contextmanager
def _choosing(releases: Releases, state: State) -> Iterator[Reading]:
    """Open the release of the state; QueryFailed, in one sentence, if no cohort can be chosen from it."""
    with releases.read(state.release) as reading:
        refuse_unfit(reading.fact("unfit", why_unfit))
        yield reading


def _file(
    reading: Reading, answer: duckdb.DuckDBPyRelation | None, name: str, kind: str, log: Logged = None
) -> Response:
    """Return the rows as a file that names its release."""
    assert answer is not None  # a SELECT of a table has rows to give, or none
    file_name = f"{reading.release.release_id}_{name}.{kind}"
    headers = {"content-disposition": f'attachment; filename="{file_name}"'}
    parts = leave(answer, kind, reading.check, log)
    return StreamingResponse(parts, media_type=MEDIA_OF_ROWS[kind], headers=headers)


def _about(request: Request, releases: Releases, reading: Reading, control: Control) -> dict:
    """Return what every page says of its release, and whether it is another one than the browser saw last."""
    release_id, seen = reading.release.release_id, request.cookies.get(_seen_cookie(request))
    made_up = reading.fact("synthetic", synthetic)
    return {
        "release": release_id,
        "is_current": release_id == releases.current_id(),
        "is_new": bool(seen) and seen != release_id and "release" not in request.query_params,
        "synthetic": made_up,
        "notice": _erasure(releases),
        "disclosure": control.name,
        "hindrance": control.hindrance,
    }


def _erasure(releases: Releases) -> str:
    """Return the warning of an erasure that is not finished; '' if there is none, or a reader may not know of it."""
    return unfinished(releases.home) if os.access(releases.home.erasure, os.X_OK) else ""


def _seen_cookie(request: Request) -> str:
    """Return the cookie's name, which holds the port: a browser sends cookies to every port of a machine."""
    return f"{SEEN}-{request.url.port}"


def _seen(answer: Response, request: Request, about: dict) -> Response:
    if about["is_current"]:
        answer.set_cookie(_seen_cookie(request), about["release"], httponly=True, samesite="lax")
    return answer


def _failed(request: Request, error: Exception) -> Response:
    """Say in one sentence, without cells, why a query failed."""
    assert isinstance(error, duckdb.Error)
    return _said(request, failed(error))


def _unexpected(request: Request, error: Exception) -> Response:
    """Name the failure by its kind alone: its message may quote a cell."""
    unexpected = RegistryError(f"Unexpected failure ({type(error).__name__}).", "Begin again from the first page.")
    return _said(request, unexpected, 500)


def _said(request: Request, error: Exception, status: int = 400) -> Response:
    """Say in one sentence what is wrong, with its cure."""
    assert isinstance(error, RegistryError)
    is_gone = isinstance(error, ReleaseUnknown | ReleaseDamaged)
    try:
        state = replace(state_of(request.query_params.multi_items()), release=None)
    except RegistryError:
        state = State()
    html = rendered(
        "problem.html",
        problem=error.message,
        cure=error.cure,
        state=state,
        is_gone=is_gone,
        rest=_rest(request, error),
    )
    return HTMLResponse(html, 404 if is_gone else status)


def _rest(request: Request, error: Exception) -> str:
    """Return the link to the same rows without the columns that identify; '' for another problem."""
    if not isinstance(error, RowsRefused) or not error.columns:
        return ""
    pairs = request.query_params.multi_items()
    gone = [value for key, value in pairs if key == WITHOUT] + list(error.columns)
    own = [pair for pair in pairs if pair[0] != WITHOUT]
    return f"{request.url.path}?{urlencode([*own, (WITHOUT, ','.join(gone))])}"
