"""`registry questions SITE --page`: serve the questions to one site on loopback, until interrupted."""

from orchestration.cli.loopback import serve_pages
from orchestration.cli.notices import say_unfinished_erasure
from warehouse.storage.home import Home
from warehouse.storage.home_format import check_format


def serve(home: Home, site: str, port: int, in_browser: bool) -> None:
    """Serve the page. RegistryError if there is no such site, nothing was refreshed, or the port is in use."""
    from explore.question_data import Questions

    check_format(home)
    say_unfinished_erasure(home)
    questions = Questions(home, site)
    questions.check()
    serve_pages(port, in_browser, lambda key: guarded_pages(questions, key, port))


def guarded_pages(questions, key: str, port: int):
    """Return the page, which answers only who has the key."""
    from explore.access import OnlyWithKey
    from explore.questions import application

    return OnlyWithKey(application(questions), key, port, "questions")
