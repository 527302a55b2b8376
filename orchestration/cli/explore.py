"""`registry explore`: serve the pages of a registry's releases on loopback, read-only, until interrupted."""

from orchestration.cli.loopback import serve_pages
from orchestration.cli.notices import say_unfinished_erasure
from schemas.disclosure import MODES, NONE, Mode
from warehouse.releases.release import find_release
from warehouse.storage.home import Home


def explore(home: Home, port: int, timeout_seconds: float, in_browser: bool, disclosure: str = NONE) -> None:
    """Serve the pages on `port` of loopback until Ctrl-C or SIGTERM; downloads leave under the mode of `disclosure`.

    ReleaseUnknown if nothing has been released, RegistryError if the port is in use.
    """
    find_release(home)
    say_unfinished_erasure(home)
    opened = []

    def pages(key: str):
        from explore.opened import Releases
        from explore.warm import warm

        opened.append(Releases(home, timeout_seconds))
        warm()
        return guarded_pages(opened[0], key, port, MODES[disclosure])

    try:
        serve_pages(port, in_browser, pages)
    finally:
        for releases in opened:
            releases.close()


def guarded_pages(releases, key: str, port: int, mode: Mode = MODES[NONE]):
    """Return the pages, which answer only who has the key."""
    from explore.access import OnlyWithKey
    from explore.routes import application

    return OnlyWithKey(application(releases, mode), key, port)
