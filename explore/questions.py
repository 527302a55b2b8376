"""Answers the requests of the page of questions: two pages, and two forms that are sent by POST.

It is an application of its own beside `explore/routes.py`, which only reads and knows releases alone. The guards are
the same: the key, this host, and the page's own origin (docs/decisions/0047).
"""

from collections.abc import Callable
from datetime import date
from urllib.parse import parse_qsl, quote, unquote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from explore.question_data import Questions
from explore.rendering import rendered, static
from warehouse.queries.answer_file import Given
from warehouse.queries.handle_question import Wish
from warehouse.queries.threads import ACCEPTED, ANSWERED, CLOSED, RESOLVED, Thread
from warehouse.storage.errors import RefreshRunning, RegistryError

LARGEST_FORM_BYTES = 100_000
STYLES = ("explore.css", "questions.css")
NAME = "name"
"""Cookie with the name that was last signed with, so that nobody types it for every answer."""
SHOWN: dict[str, tuple[str, Callable[[Thread], bool]]] = {
    "open": ("Open", lambda one: one.is_open),
    "late": ("Late", lambda one: one.is_late),
    "answered": ("Answered", lambda one: one.state == ANSWERED),
    "closed": ("Closed", lambda one: one.state in CLOSED),
}
DONE = {"recorded": "Recorded.", "answered": "The answer waits in landing/; the next refresh decides on it."}


def application(questions: Questions) -> Starlette:
    """Return the pages, without the guards that `registry questions --page` puts before them."""

    def listing(request: Request) -> Response:
        """Show the questions of one kind, those due first at the top."""
        shown = request.query_params.get("show", "open")
        if shown not in SHOWN:
            raise RegistryError("There is no such list.", f"Ask for one of: {', '.join(SHOWN)}.")
        threads, waits = questions.listed()
        tabs = [(name, words, sum(map(chosen, threads))) for name, (words, chosen) in SHOWN.items()]
        listed = sorted(filter(SHOWN[shown][1], threads), key=lambda one: (one.due is None, one.due or date.max))
        html = rendered("questions.html", site=questions.site, shown=shown, tabs=tabs, listed=listed, waits=waits)
        return HTMLResponse(html)

    def one(request: Request) -> Response:
        """Show one question with its history and what can be done about it."""
        return _page(request, questions)

    def answer(request: Request, form: dict[str, str]) -> Response:
        """Write the site's answer as a sheet."""
        given = Given(form.get("answer", ""), form.get("corrected", ""), form.get("by", ""), form.get("comment", ""))
        questions.answer(_id(request), form.get("entry", ""), given)
        return _done(request, "answered" if given.is_answer else "recorded", given.by)

    def manage(request: Request, form: dict[str, str]) -> Response:
        """Record what a data manager does."""
        by = form.get("by", "")
        wish = Wish(
            assign=form["assign"] if "assign" in form and form["assign"] != form.get("assigned", "") else None,
            due=_day(form["due"]) if form.get("due", "") not in ("", form.get("due_before", "")) else None,
            say=form.get("say") or None,
            accepts=form.get("decide") == "accept",
            reopens=form.get("decide") == "reopen",
        )
        if not by:
            raise RegistryError("Nobody is named who does this.", "Write your name.")
        questions.wish(_id(request), wish, by)
        return _done(request, "recorded", by)

    def posted(act: Callable[[Request, dict[str, str]], Response]):
        """Return an endpoint that reads a form and shows the question again, with one sentence, if it is refused."""

        async def endpoint(request: Request) -> Response:
            form = await _form(request)
            try:
                return await run_in_threadpool(act, request, form)
            except RegistryError as error:
                return await run_in_threadpool(_page, request, questions, error, form)

        return endpoint

    return Starlette(
        routes=[
            Route("/", listing),
            Route("/question/{id}", one),
            Route("/question/{id}/answer", posted(answer), methods=["POST"]),
            Route("/question/{id}/manage", posted(manage), methods=["POST"]),
            Route("/static/{name}", _static),
        ],
        exception_handlers={RegistryError: _said, Exception: _unexpected},
    )


def _page(
    request: Request, questions: Questions, error: RegistryError | None = None, form: dict[str, str] | None = None
) -> Response:
    """Return the page of a question; after a refusal with the sentence, and what was typed still in the form."""
    found = questions.one(_id(request))
    html = rendered(
        "site_question.html",
        site=questions.site,
        question=found,
        thread=found.thread,
        name=unquote(request.cookies.get(_cookie(request), "")),
        typed=form or {},
        error=error,
        done=DONE.get(request.query_params.get("done", ""), ""),
        can_reopen=found.thread.state in (ANSWERED, ACCEPTED),
        can_accept=found.thread.state not in (ACCEPTED, RESOLVED),
    )
    return HTMLResponse(html, 400 if error else 200)


def _id(request: Request) -> str:
    return str(request.path_params["id"])


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of a form, trimmed. RegistryError if it is too long."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM_BYTES:
            raise RegistryError("The form is too long.", "Write less.")
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: value.replace("\r\n", "\n").strip() for name, value in pairs}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RegistryError(f"{text!r} is not a day.", "Write it like 2027-01-31.") from None


def _done(request: Request, what: str, by: str) -> Response:
    """Go back to the question, and keep the name for the next form."""
    answer = RedirectResponse(f"/question/{_id(request)}?done={what}", 303)
    answer.set_cookie(_cookie(request), quote(by), httponly=True, samesite="strict")
    return answer


def _cookie(request: Request) -> str:
    return f"{NAME}-{request.url.port}"


def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in STYLES:
        return Response("There is no such file.", 404)
    return Response(static(name), media_type="text/css", headers={"cache-control": "max-age=300"})


def _said(request: Request, error: Exception) -> Response:
    """Say in one sentence what is wrong, with its cure."""
    assert isinstance(error, RegistryError)
    status = 503 if isinstance(error, RefreshRunning) else 400
    return HTMLResponse(rendered("question_problem.html", problem=error.message, cure=error.cure), status)


def _unexpected(request: Request, error: Exception) -> Response:
    """Name the failure by its kind alone: its message may quote a cell."""
    said = f"Unexpected failure ({type(error).__name__})."
    return HTMLResponse(rendered("question_problem.html", problem=said, cure="Begin again from the list."), 500)
