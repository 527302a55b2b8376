"""Pulls every source with an API, a database or a place of files, or those of one site.

What fails at one leaves others as they are.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from filelock import FileLock, Timeout

from warehouse.intake.landing import read_site_file, site_folders
from warehouse.intake.site_config import SiteConfig
from warehouse.pulls.api_token import client_of, token_of
from warehouse.pulls.castor_api import CastorApi, Credentials
from warehouse.pulls.castor_pull import CastorPull
from warehouse.pulls.databases.sql_pull import SqlPull
from warehouse.pulls.places.open_place import open_place
from warehouse.pulls.places.place_pull import PlacePull
from warehouse.pulls.places.same_place import fetched_twice
from warehouse.pulls.pull import Pull
from warehouse.pulls.pull_folder import PullFolder, folder_of, problems_of_pulls
from warehouse.pulls.redcap_api import RedcapApi
from warehouse.pulls.targets import Options, Pulled, Target, target_of
from warehouse.sources.sql_source import SQL
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import PRIVATE_FILE, PRIVATE_FOLDER, Home
from warehouse.storage.home_format import check_format

Say = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """How one source's pull ended: what was delivered, or a problem, or both where some files of a place wait.

    `is_new` says that the problem was not known.
    """

    place: str
    pulled: Pulled | None = None
    problem: str = ""
    is_new: bool = False


def pulled_sources(home: Home) -> list[tuple[str, str]]:
    """Return the sources that can be pulled, as (site, source); those of an invalid site.toml are not among them."""
    return [(site, source) for site, source, _ in _addresses(home)]


def _addresses(home: Home) -> list[tuple[str, str, str]]:
    """Return site, source and address of what can be pulled."""
    found = []
    for site, config in _configs(home):
        if not isinstance(config, RegistryError) and config.mapping is not None:
            sources = config.mapping.sources.items()
            found += [(site, name, source.asked_at) for name, source in sources if source.asked_at]
    return found


def problems_now(home: Home) -> list[tuple[str, str]]:
    """Return why the last pull of a source failed, as (site/source, sentence), unless it is pulled no more.

    What an invalid site.toml pulls is not known, so its sources' problems stay.
    """
    found = problems_of_pulls(home)
    if not found:
        return []
    configs = dict(_configs(home))
    unknown = {site for site, config in configs.items() if isinstance(config, RegistryError)}
    pulled = {f"{site}/{source}" for site, source in pulled_sources(home)}
    return [(place, said) for place, said in found if place in pulled or place.partition("/")[0] in unknown]


def pull_sites(
    home: Home,
    site: str | None = None,
    options: Options = Options(),  # noqa: B008 (frozen)
    say: Say = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
    now: datetime | None = None,
) -> list[Outcome]:
    """Pull the sources of a site, or of all, one after the other.

    Raises RegistryError if the site has none, or another pull is running.
    """
    check_format(home)
    with _alone(home):
        outcomes = []
        for name, config in _configs(home):
            if site is not None and name != site:
                continue
            if isinstance(config, RegistryError):
                if site is not None:
                    raise config
                continue  # intake reports it
            sources = config.mapping.sources if config.mapping is not None else {}
            for source, settings in sources.items():
                if settings.asked_at:
                    outcomes.append(_one(home, config, name, source, options, say, sleep, now or datetime.now(UTC)))
    if site is not None and not outcomes:
        raise RegistryError(
            f"{site} has no source with an API or a place of files, and none of kind sql.",
            "Add api or place to a source in its site.toml, or a source of kind sql (docs/sources/README.md).",
        )
    return outcomes


def _one(
    home: Home, config: SiteConfig, site: str, source: str, options: Options, say: Say, sleep, now: datetime
) -> Outcome:
    place = f"{site}/{source}"
    kept = PullFolder(home, site, source)
    known = kept.state.problem
    try:
        target = target_of(config, site, source)
        address = target.source.asked_at
        if kept.state.address not in ("", address) and not options.accepts_address:
            raise RegistryError(
                "site.toml names another address than the one that was pulled from, and no secret was sent there.",
                f"If it is the new address, run `registry pull {site} --accept-address`.",
            )
        pulled = _pulled(home, target, options, sleep, now, lambda step: say(f"pulling {place}: {step}"))
        return Outcome(place, pulled, pulled.problem, pulled.problem not in ("", known))
    except (RegistryError, OSError) as error:
        problem = str(error) if isinstance(error, RegistryError) else f"A file cannot be written ({error.strerror})."
    PullFolder(home, site, source).note(problem=problem)
    return Outcome(place, None, problem, problem != known)


def _pulled(
    home: Home, target: Target, options: Options, sleep: Callable[[float], None], now: datetime, say: Say
) -> Pulled:
    address = target.source.asked_at
    if target.source.place is not None:
        with closing(open_place(home, target)) as place:
            pulled = PlacePull(home, target, place, now, say, sleep, options.is_whole).run()
        return replace(pulled, remarks=(*pulled.remarks, *fetched_twice(home, target, _addresses(home))))
    if target.source.kind == SQL:
        return SqlPull(home, target, now, say).run()
    if target.source.kind != "castor":
        return Pull(
            home, target, RedcapApi(address, token_of(home, target.site, target.name), sleep), options, now, say
        ).run()
    client = CastorApi(address, Credentials(*client_of(home, target.site, target.name)), sleep)
    with closing(client):
        return CastorPull(home, target, client, now, say).run()


def _configs(home: Home) -> Iterator[tuple[str, SiteConfig | RegistryError]]:
    for folder in site_folders(home, []):
        try:
            config = read_site_file(folder)
        except RegistryError as error:
            yield folder.name, error
        else:
            if config is not None:
                yield folder.name, config


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    folder_of(home).mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    try:
        with FileLock(folder_of(home) / "pull.lock", timeout=0, mode=PRIVATE_FILE):
            yield
    except Timeout:
        raise RegistryError("Another pull is running.", "Wait until it ends.") from None
