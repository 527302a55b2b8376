"""Groups the tables of a site into sources: tables of one folder that are read alike and have similar columns."""

import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import duckdb

from schemas.header_names import looks_personal
from warehouse.proposals.look import DECLARED, Look, Unread
from warehouse.proposals.titles import shown_title
from warehouse.proposals.units import split
from warehouse.proposals.words import normalised
from warehouse.readers.cells import trim_sql
from warehouse.readers.near_names import PERSONAL, shown
from warehouse.readers.rejecting import rejecting
from warehouse.sources.file_columns import plain
from warehouse.storage.errors import DeliveryRejected

SIMILAR = 0.5
"""Share of common column names from which two files are of one source."""
NO_TABLE = "No row of it names columns that are known, so nothing in it is proposed."


@dataclass(frozen=True)
class SiteSource:
    """A proposed source: its files' tables together. `table` is a temporary table of trimmed cells, c0, c1, ...

    `header` has the names of all its tables; c<i> is the cell of header[i], null where a file lacks the column.
    """

    name: str
    folder: str
    files: tuple[str, ...]
    looks: tuple[Look, ...]
    header: tuple[str, ...]
    table: str
    n_rows: int

    @property
    def first(self) -> Look:
        """Return one of its tables; all are read alike."""
        return next((look for look in self.looks if not look.encoding.is_ascii), self.looks[0])

    @property
    def is_declared(self) -> bool:
        """Return whether a contract declares the table and no file of it has come: its rows are values and examples."""
        return self.first.read_as == DECLARED

    @property
    def repeated(self) -> list[str]:
        """Return the names that occur more than once in the header of one of its tables: no mapping can name them."""
        found: dict[str, str] = {}
        for look in self.looks:
            names = [plain(name) for name in look.header if name.strip()]
            found |= {plain(n): n for n in look.header if names.count(plain(n)) > 1}
        return list(found.values())

    @property
    def forms(self) -> Mapping[str, tuple[str, str]]:
        """Return type and name of the form of each field of a whole Castor study; empty for other sources."""
        return {name: form for look in self.looks for name, form in look.forms.items()}

    @cached_property
    def wordings(self) -> list[str]:
        """Return the names of its columns without units, and their titles."""
        titles = (title for look in self.looks for title in look.source.titles.values())
        return [split(text).name for text in (*self.header, *titles)]

    def place(self, name: str) -> int:
        """Return the position of a column."""
        return [plain(one) for one in self.header].index(plain(name))

    def labels(self, name: str) -> dict[str, str]:
        """Return the value labels of a column in all its files, by code."""
        found: dict[str, str] = {}
        for look in self.looks:
            for place, one in enumerate(look.header):
                if plain(one) == plain(name):
                    found |= look.source.labels.get(place, {})
        return found

    def title(self, name: str) -> str:
        """Return what a file calls a column in words, '' if none does."""
        for look in self.looks:
            for place, one in enumerate(look.header):
                if plain(one) == plain(name) and (found := look.source.titles.get(place)):
                    return found
        return ""

    def called(self, name: str) -> str:
        """Return a column's name for a sentence, with its title if it has one that can be shown."""
        title = shown_title(self.title(name)) if shown(name) != PERSONAL else ""
        return f'{shown(name)} ("{title}")' if title and plain(title) != plain(name) else shown(name)


@dataclass
class _Group:
    looks: list[Look] = field(default_factory=list)

    def takes(self, look: Look) -> bool:
        one = self.looks[0]
        is_alike = (one.folder, one.kind, one.reading.delimiter, one.reading.sheet, one.reading.header_row) == (
            look.folder,
            look.kind,
            look.reading.delimiter,
            look.reading.sheet,
            look.reading.header_row,
        ) and bool(one.source.about) == bool(look.source.about)
        names = {o.encoding.name for o in (*self.looks, look) if not o.encoding.is_ascii and o.format == "csv"}
        return is_alike and len(names) < 2 and _similarity(one.header, look.header) >= SIMILAR


def _similarity(one: Iterable[str], other: Iterable[str]) -> float:
    a, b = ({plain(name) for name in names if name.strip()} for names in (one, other))
    return len(a & b) / len(a | b) if a | b else 0.0


def sources_of(
    con: duckdb.DuckDBPyConnection, looks: Sequence[Look], files: Mapping[str, Sequence[str]], prefix: str = "look"
) -> tuple[list[SiteSource], list[Unread]]:
    """Return the sources of a site, and the tables that cannot be read or whose columns are not known.

    `files` are the names of all files in each folder: a source names its own where there are others. The names of its
    temporary tables begin with `prefix`.
    """
    unread: list[Unread] = []
    groups: list[_Group] = []
    for look in looks:
        if look.n_known == 0 and look.kind == "table":
            unread.append(Unread(look.folder, _place(look), NO_TABLE))
            continue
        group = next((group for group in groups if group.takes(look)), None)
        if group is None:
            groups.append(group := _Group())
        group.looks.append(look)
    names: set[str] = set()
    sources = []
    for number, group in enumerate(groups):
        of_folder = [one for one in groups if one.looks[0].folder == group.looks[0].folder]
        others = [name for name in files[group.looks[0].folder] if name not in {look.file_name for look in group.looks}]
        try:
            with rejecting():
                source = _source(con, group.looks, f"{prefix}_{number}", others, len(of_folder) == 1, names)
        except DeliveryRejected as rejection:
            unread += [Unread(look.folder, _place(look), rejection.message) for look in group.looks]
            continue
        names.add(source.name)
        sources.append(source)
    return sources, unread


def _place(look: Look) -> str:
    return f"{look.file_name}, sheet {shown(look.reading.sheet)}" if look.reading.sheet else look.file_name


def _source(
    con: duckdb.DuckDBPyConnection, looks: list[Look], table: str, others: list[str], is_only: bool, taken: set[str]
) -> SiteSource:
    folder = looks[0].folder
    header = list({plain(name): name for look in looks for name in look.header if name.strip()}.values())
    selects = []
    for look in looks:
        places = {plain(name): place for place, name in reversed(list(enumerate(look.header)))}
        cells = [
            f"{trim_sql(f'c{places[plain(n)]}')} AS c{i}" if plain(n) in places else f"NULL::VARCHAR AS c{i}"
            for i, n in enumerate(header)
        ]
        selects.append(f"SELECT {', '.join(cells)} FROM {look.source.relation}")  # noqa: S608 (own names)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {' UNION ALL '.join(selects)}")
    counted = con.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
    file_names = [look.file_name for look in looks]
    own_files = () if is_only and not others else patterns(file_names, others)
    name = folder if is_only else free_name(f"{folder}_{_suffix(looks[0])}", taken)
    return SiteSource(name, folder, own_files, tuple(looks), tuple(header), table, counted[0] if counted else 0)


def _suffix(look: Look) -> str:
    """Return what tells a source from others of its folder: its sheet, or its file's name without dates."""
    words = normalised(look.reading.sheet or re.sub(r"\d+", " ", look.file_name.rsplit(".", 1)[0]))
    if looks_personal(look.file_name):
        words = []
    suffix = look.file_name.rsplit(".", 1)[-1].lower()
    return "_".join(words) if words and all(word.isascii() for word in words) else suffix


def free_name(name: str, taken: set[str]) -> str:
    """Return the name, with a number if it is taken."""
    number = 2
    chosen = name
    while chosen in taken:
        chosen, number = f"{name}_{number}", number + 1
    return chosen


def patterns(names: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """Return patterns that match the names and none of the others: by suffix, by name without digits, or each name.

    >>> patterns(["2024-01_pat.csv", "2024-02_pat.csv"], ["2024-01_img.csv"])
    ('*_pat.csv',)
    """
    others = [name for name in others if name not in names]
    by_suffix = tuple(sorted({f"*.{name.rsplit('.', 1)[-1]}" for name in names}))
    without_digits = tuple(sorted({_without_digits(name) for name in names}))
    for found in (by_suffix, without_digits):
        if not any(fnmatch.fnmatch(other.lower(), one.lower()) for other in others for one in found):
            return found
    return tuple(sorted({_escaped(name) for name in names}))


def _escaped(name: str) -> str:
    return re.sub(r"([\[*?])", r"[\1]", name)


def _without_digits(name: str) -> str:
    return re.sub(r"\d+(?:[-_.]?\d+)*", "*", _escaped(name))


def with_names(source: SiteSource, names: Sequence[str]) -> SiteSource:
    """Return the source with other names for its columns, in order: field names in place of a label export's labels."""
    return replace(source, header=tuple(names))
