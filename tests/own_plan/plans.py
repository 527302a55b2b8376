"""Plans as tests state them: the example, and short ones in a few words."""

from __future__ import annotations

import hashlib

from schemas.home_file import HomeFile
from tests.structure.checkout import ROOT
from warehouse.cohorts.plan_form import Plan
from workflows.own_plan import ReadPlan, checked_file

EXAMPLE = ROOT / "examples" / "plan.toml"
MODEL = '[[models]]\nname = "m"\nendpoint = "TTLTP"\nformula = "kras"\n'
CURVES = '[[curves]]\nname = "c"\nendpoint = "OS"\nby = "kras"\n'


def file_of(text: str | None) -> HomeFile:
    """The text as a plan.toml that was read; None is one that is not UTF-8."""
    return HomeFile("plan.toml", hashlib.sha256((text or "").encode()).hexdigest(), text)


def read(text: str | None) -> ReadPlan:
    """The plan of a text, or why it is refused."""
    return checked_file(file_of(text))


def followed(text: str) -> Plan:
    """The plan of a text, which is not refused."""
    found = read(text)
    assert found.plan is not None, found.reason
    return found.plan


def model(**keys: str) -> str:
    """A plan with the one model `m` of TTLTP per patient, with these keys (TOML) instead or besides."""
    own = {"name": '"m"', "endpoint": '"TTLTP"', "formula": '"kras"'} | keys
    return "[[models]]\n" + "".join(f"{key} = {value}\n" for key, value in own.items())
