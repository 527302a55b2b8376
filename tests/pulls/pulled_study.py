"""Delivers the study of tests/sources/ by pulling it from a project on a server."""

from datetime import UTC, datetime
from pathlib import Path

from tests.pulls.redcap_server import TOKEN, Redcap, serving
from warehouse.pulls.pull_sites import pull_sites
from warehouse.storage.home import Home


def pull_into(site_folder: Path, site_toml: str, project_folder: Path, extract: str) -> str:
    """Serve the project that is written in a folder, pull it into the site's folder, and return the site.toml."""
    home, site = Home(site_folder.parents[1]), site_folder.name
    token = home.root / "tokens" / site / "redcap"
    token.parent.mkdir(parents=True, exist_ok=True)
    token.touch(mode=0o600)
    token.write_text(TOKEN)
    (data,) = (project_folder / "redcap").glob("*.csv")
    dictionary = (project_folder / "dictionary.csv").read_text(encoding="utf-8")
    with serving(Redcap(dictionary, data.read_text(encoding="utf-8"))) as project:
        site_toml = site_toml.replace('kind = "redcap"\n', f'kind = "redcap"\napi = "{project.address}"\n')
        site_folder.mkdir(parents=True, exist_ok=True)
        (site_folder / "site.toml").write_text(site_toml, encoding="utf-8")
        (outcome,) = pull_sites(home, site, now=datetime.fromisoformat(extract).replace(tzinfo=UTC))
    assert outcome.problem == ""
    return site_toml
