"""Every command of the upgrade in docs/deploy.md works on the services' home, as the services' user."""

from tests.deploy.test_units import DATA, INSTALLED, unit
from tests.orchestration.command import CHECKOUT

HOME = f"--home {DATA}"


def lines() -> list[str]:
    """The block's lines."""
    page = (CHECKOUT / "docs" / "deploy.md").read_text(encoding="utf-8")
    return page[page.index("## Upgrade") :].split("```")[1].strip().splitlines()


def test_commands_name_the_home_and_its_user() -> None:
    """`registry` and `dagster` run as the units' user on the units' home; without those words they use another."""
    service, environment = unit("daemon")
    ours = [line for line in lines() if ".venv/bin/" in line]
    assert len(ours) == 2
    for line in ours:
        assert line.startswith(f"sudo -u {service['User']} ")
        dagster_home = f"DAGSTER_HOME={environment['DAGSTER_HOME']} "
        assert dagster_home in line if "/dagster " in line else line.endswith(f"/registry refresh {HOME}")


def test_a_run_under_way_is_waited_for() -> None:
    """The services stop under the refresh lock, before the code changes, and start when the refresh is done."""
    stop, change, *_, refresh, start = lines()
    assert stop == f"flock --exclusive {DATA}/warehouse/refresh.lock systemctl stop registry-daemon registry-web"
    assert change.startswith(f"cd {INSTALLED} && ") and refresh.endswith(f"refresh {HOME}")
    assert start == "systemctl start registry-web registry-daemon"
