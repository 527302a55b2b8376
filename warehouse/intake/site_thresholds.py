"""Reads a site's own thresholds and its run-in period from its site.toml:

    run_in = "4 quarters"

    [thresholds."LES-03-W"]
    max_pct = 5.0
    reason = "Register of large lesions"
    by = "A. Miller"
    until = 2027-06-30              # optional

A threshold says which share of the site's rows may break a rule before the rule counts as failed there. It lets no row
through: that is what `registry accept` does.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from schemas.rule_book import is_own_id
from schemas.rules import RULES
from schemas.site_rules import KNOWN_BY_SITE, KNOWN_RULE, NOT_ONE, SEPARATOR, threshold_names
from warehouse.readers.near_names import nearest, shown
from warehouse.storage.errors import RegistryError

THRESHOLDS, RUN_IN = "thresholds", "run_in"
FIELDS = ("max_pct", "reason", "by", "until")
QUARTERS = re.compile(r"([1-9]\d?) quarters?")
NO_RUN_IN = "none"
ALL_PCT = 100


@dataclass(frozen=True)
class SiteThreshold:
    """A threshold: at most `max_pct` percent of the site's rows may break the rule, why, who said so, until when.

    `aspect` is the question that it is for, of a rule that asks several. `until` is compared with extract dates.
    """

    rule_id: str
    aspect: str
    max_pct: float
    reason: str
    by: str
    until: date | None = None


def run_in_quarters(content: dict, site: str) -> int | None:
    """Return how many quarters the site's run-in lasts, 0 for none; None if the file does not say."""
    if RUN_IN not in content:
        return None
    said = content[RUN_IN]
    words = said.strip() if isinstance(said, str) else ""
    if words == NO_RUN_IN:
        return 0
    match = QUARTERS.fullmatch(words)
    if match is None:
        raise RegistryError(
            f"{site}/site.toml: {RUN_IN} is not a number of quarters.", f'Write it like "4 quarters", or "{NO_RUN_IN}".'
        )
    return int(match[1])


def site_thresholds(content: dict, site: str, is_strict: bool = True) -> tuple[SiteThreshold, ...]:
    """Return the thresholds. Raises RegistryError for one that is not valid; without `is_strict` it is passed over."""
    tables = content.get(THRESHOLDS, {})
    if not isinstance(tables, dict):
        if not is_strict:
            return ()
        raise RegistryError(f"{site}/site.toml: {THRESHOLDS} is not a table.", 'Write [thresholds."LES-03-W"].')
    found: list[SiteThreshold] = []
    for name, fields in tables.items():
        if is_strict:
            found.append(_threshold(name, fields, site))
        else:
            with suppress(RegistryError):
                found.append(_threshold(name, fields, site))
    places = [(one.rule_id, one.aspect) for one in found]
    if is_strict and (twice := [rule_id for rule_id, aspect in places if places.count((rule_id, aspect)) > 1]):
        raise RegistryError(f"{site}/site.toml: {twice[0]} has two thresholds.", "Remove one of them.")
    return tuple(found)


def _threshold(name: str, fields: object, site: str) -> SiteThreshold:
    place = f'{site}/site.toml: [{THRESHOLDS}."{shown(name)}"]'

    def wrong(what: str, cure: str) -> RegistryError:
        return RegistryError(f"{place} {what}.", cure)

    rule_id, aspect = _named(name, wrong)
    if not isinstance(fields, dict):
        raise wrong("is not a table", "Write max_pct, reason and by below it, each on its line.")
    if unknown := [key for key in fields if key not in FIELDS]:
        near = nearest(unknown[0], FIELDS)
        meant = f"; the nearest is {near}" if near else ""
        raise wrong(f"has the unknown key {shown(unknown[0])}{meant}", f"Use {', '.join(FIELDS)}.")
    for key in FIELDS[:3]:
        if key not in fields:
            raise wrong(f"lacks {key}", "State max_pct, reason and by.")
    most = fields["max_pct"]
    if isinstance(most, bool) or not isinstance(most, int | float) or not 0 <= most <= ALL_PCT:
        raise wrong("has a max_pct that is not a percentage", "Write a number from 0 to 100, like 5.0 for 5 %.")
    reason, by = (_words(fields[key], key, wrong) for key in ("reason", "by"))
    return SiteThreshold(rule_id, aspect, float(most), reason, by, _until(fields.get("until"), wrong))


Wrong = Callable[[str, str], RegistryError]


def _named(name: str, wrong: Wrong) -> tuple[str, str]:
    """Return rule and aspect that the name of a threshold stands for."""
    rule, _, asked = name.partition(SEPARATOR.strip())
    rule_id, aspect = rule.strip().upper(), asked.strip()
    known = threshold_names()
    if rule_id in NOT_ONE:
        raise wrong(f"cannot be: {NOT_ONE[rule_id]} is one too many", "Have the site correct the data.")
    if rule_id == KNOWN_RULE:
        aspects = {one.lower(): one for one in KNOWN_BY_SITE}
        if aspect.lower() in aspects:
            return rule_id, aspects[aspect.lower()]
        raise wrong("does not say which question it is for", f"Use one of {', '.join(known[-len(aspects) :])}.")
    if aspect:
        raise wrong("names a question of a rule that asks only one", f'Write [thresholds."{rule_id}"].')
    if rule_id in known or is_own_id(rule_id):  # an own rule may come and go; without it the threshold is unused
        return rule_id, ""
    if rule_id in RULES:
        is_gate = RULES[rule_id].severity == "gate"
        why = "is a gate, which has no threshold" if is_gate else "is not judged by site"
        raise wrong(f"cannot be: {rule_id} {why}", "Remove it.")
    near = nearest(rule_id, known)
    meant = f"; the nearest is {near}" if near else ""
    raise wrong(f"names no rule{meant}", "Use one of `registry rules`.")


def _words(found: object, key: str, wrong: Wrong) -> str:
    if not isinstance(found, str) or not found.strip():
        raise wrong(f"has a {key} that is not text, or empty", "Say why the site may have it, and who decided.")
    return found.strip()


def _until(found: object, wrong: Wrong) -> date | None:
    if isinstance(found, str):
        with suppress(ValueError):
            found = date.fromisoformat(found.strip())
    if found is not None and type(found) is not date:
        raise wrong("has an until that is not a date", "Write it like 2027-06-30, or leave it out.")
    return found
