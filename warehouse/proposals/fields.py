"""Defines what is known of a source's columns beside their names: titles, options, and the dictionary that says so."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from warehouse.proposals.site_sources import SiteSource

OF_SEVERAL = 3
"""A prefix that this many fields have is that of their form: rfa_date, rfa_size, rfa_margin."""


@dataclass(frozen=True)
class StudyDictionary:
    """A file of a study's fields among the site's files; `kind` is redcap or castor.

    `is_beside`: it lies where site.toml can name it.
    """

    path: Path
    kind: str
    is_beside: bool


@dataclass(frozen=True)
class Fields:
    """A source whose header has field names, what else its fields are called, and the dictionary that is named."""

    source: SiteSource
    others: dict[str, tuple[str, ...]] = field(default_factory=dict)
    dictionary: str | None = None


def prefixes_of(names: Iterable[str]) -> Counter[str]:
    """Return how many fields begin with each prefix."""
    return Counter(name.partition("_")[0] for name in names if "_" in name)


def also_called(name: str, title: str, prefixes: Mapping[str, int], form: str = "") -> Iterator[str]:
    """Yield a field's title, what is behind a colon in it, and its name without a prefix that several fields have.

    That name may be short, so that words of its form come first: the date of the form Ablation is an ablation date.
    """
    for text in (title, name):
        if ":" in text:
            yield text.rpartition(":")[2]
    if title:
        yield title
    prefix, _, rest = name.partition("_")
    bare = rest if rest and prefixes.get(prefix, 0) >= OF_SEVERAL else ""
    words = re.findall(r"[^\W_]+", form)
    for at, to in combinations(range(len(words) + 1), 2):
        yield f"{' '.join(words[at:to])} {bare or name}"
    if bare:
        yield bare
