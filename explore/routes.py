"""Answers the requests of the pages: one function for each, all of them reading only."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from explore.access import SEEN
from explore.change import changed
from explore.grouped import with_cuts
from explore.opened import Releases
from explore.page import page_of
from explore.recipes import state_of_recipe, yaml_of
from explore.rendering import rendered, static
from explore.state import State, state_of
from warehouse.cohorts.attrition import choose
from warehouse.cohorts.recipe import parse_recipe
from warehouse.storage.errors import QueryFailed, RegistryError, ReleaseDamaged, ReleaseUnknown
from workflows.report_facts import synthetic

Answer = Callable[[Request], Response]
MEDIA = {"explore.css": "text/css", "explore.js": "text/javascript"}
LARGEST_RECIPE_BYTES = 200_000


def application(releases: Releases) -> Starlette:
    """Return the pages over the releases, without the guards that `registry explore` puts before them."""

    def page(request: Request) -> Response:
        """Show a cohort."""
        state = state_of(request.query_params.multi_items())
        with releases.read(state.release) as reading:
            shown = page_of(reading, state)
            about = _about(request, releases, reading)
            html = rendered("cohort.html", page=shown, state=state, about=about)
        return _seen(HTMLResponse(html), about)

    def change(request: Request) -> Response:
        """Do what a form asks, and go to the page that shows it."""
        state = changed(request.query_params.multi_items())
        if state.by:
            with releases.read(state.release) as reading:
                try:
                    state = replace(state, by=with_cuts(reading.con, choose(reading.con, state.criteria), state))
                except QueryFailed:
                    reading.check()  # the page says why nobody is left
        return RedirectResponse(state.link(), 303)

    def recipe(request: Request) -> Response:
        """Hand out the recipe of a page."""
        text = yaml_of(state_of(request.query_params.multi_items()))
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
            Route("/recipe.yaml", recipe),
            Route("/open", opened, methods=["POST"]),
            Route("/current", current),
            Route("/static/{name}", file),
        ],
        exception_handlers={RegistryError: _said},
    )


def _about(request: Request, releases: Releases, reading) -> dict:
    """Return what every page says of its release, and whether it is another one than the browser saw last."""
    release_id, seen = reading.release.release_id, request.cookies.get(SEEN)
    made_up = reading.fact("synthetic", synthetic)
    return {
        "release": release_id,
        "is_current": release_id == releases.current_id(),
        "is_new": bool(seen) and seen != release_id and "release" not in request.query_params,
        "synthetic": made_up,
    }


def _seen(answer: Response, about: dict) -> Response:
    if about["is_current"]:
        answer.set_cookie(SEEN, about["release"], httponly=True, samesite="lax")
    return answer


def _said(request: Request, error: Exception) -> Response:
    """Say in one sentence what is wrong, with its cure."""
    assert isinstance(error, RegistryError)
    is_gone = isinstance(error, ReleaseUnknown | ReleaseDamaged)
    try:
        state = replace(state_of(request.query_params.multi_items()), release=None)
    except RegistryError:
        state = State()
    html = rendered("problem.html", problem=error.message, cure=error.cure, state=state, is_gone=is_gone)
    return HTMLResponse(html, 404 if is_gone else 400)
