"""Declares what a check of a site's files says: names, counts, rules and lines, never a cell."""

from collections.abc import Sequence
from dataclasses import dataclass, field

REFUSED = ("rejected", "waiting")
"""Status in meta.loads of a delivery of which no row would count until somebody acts."""
SET_ASIDE = "set_aside"
"""Status of a delivery that fails while it is loaded, or that somebody has set aside."""


@dataclass(frozen=True)
class HowRead:
    """How a file was opened, for the source of that name ('' for canonical columns).

    `columns` are the names in its header, none where it could not be read or its first line may be a row of data.
    `labelled` are the columns whose codes have labels in the file.
    """

    source: str
    format: str
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: int | None = None
    columns: Sequence[str] = ()
    labelled: Sequence[str] = ()


@dataclass(frozen=True)
class SetAside:
    """Rows (scope row) or cells (scope value) that one rule sets aside; `lines` are the first of `n_rows`."""

    scope: str
    rule_id: str
    column: str
    source_column: str
    block: str
    reason: str
    n_rows: int
    lines: Sequence[int]


@dataclass(frozen=True)
class NotProvided:
    """A canonical column that the file does not provide, and the column nearest to it that nothing reads, or ''."""

    column: str
    nearest: str


@dataclass(frozen=True)
class HeaderChange:
    """Columns that are new or gone since the delivery `since` of the same export."""

    since: str
    new: Sequence[str]
    gone: Sequence[str]


@dataclass(frozen=True)
class Answered:
    """Lines of an answered query sheet of which the same became: status, and the reason, '' where all is well."""

    status: str
    reason: str
    n_lines: int
    lines: Sequence[int]


@dataclass(frozen=True)
class Delivered:
    """What one file would be as one export: its row of meta.loads, and what its rows would break.

    `counts` has the rows that are new, changed, unchanged, duplicate and conflicting. `n_rows_set_aside` counts each
    row once, whatever number of rules it breaks. `answers` are those of a query sheet, empty for exports.
    """

    export: str
    delivery: str
    status: str
    reason: str
    rows_received: int
    counts: dict[str, int]
    keys_withdrawn: int
    left_out: dict[str, int]
    n_rows_set_aside: int = 0
    set_aside: Sequence[SetAside] = ()
    not_provided: Sequence[NotProvided] = ()
    header: HeaderChange | None = None
    answers: Sequence[Answered] = ()

    @property
    def counts_nowhere(self) -> bool:
        """Return whether the delivery has rows that add something, and every one of them would be set aside."""
        added = sum(self.counts[name] for name in ("new", "changed", "conflicting"))
        return 0 < added <= self.n_rows_set_aside and not self.counts["unchanged"]


@dataclass(frozen=True)
class CheckedFile:
    """One file. `is_known` says that the site has delivered it before, `is_dated` that its name has a date; `unread`
    are columns that nothing reads.
    """

    place: str
    is_known: bool
    is_dated: bool
    how: Sequence[HowRead]
    unread: Sequence[str]
    deliveries: Sequence[Delivered]


@dataclass(frozen=True)
class Orphans:
    """Rows of a delivery without the session that they belong to; `sentence` says why if it is nearly all of them."""

    export: str
    delivery: str
    n_rows: int
    n_patients: int
    lines: Sequence[int]
    sentence: str = ""


@dataclass(frozen=True)
class ThresholdEffect:
    """What a threshold of site.toml changes, in a sentence, and in numbers where the rule could be judged.

    `name` is the rule, with the question that it is for; `status` is that of the rule with the threshold,
    `status_without` with the rule's own.
    """

    name: str
    table: str
    max_pct: float
    sentence: str
    n_violations: int | None = None
    n_rows: int | None = None
    status: str = ""
    status_without: str = ""


@dataclass(frozen=True)
class Checked:
    """The answer of a check. `problems` are files that could not be taken, as place and sentence.

    `site_toml` says in a sentence which one is in force. `outranking` are files without a date in their name whose rows
    would count in place of those of files that arrive later, as place and sentence. `thresholds` says what those of
    site.toml change.
    """

    site: str
    site_toml: str
    problems: Sequence[tuple[str, str]] = ()
    files: Sequence[CheckedFile] = ()
    orphans: Sequence[Orphans] = field(default=())
    outranking: Sequence[tuple[str, str]] = ()
    thresholds: Sequence[ThresholdEffect] = ()

    @property
    def would_load(self) -> bool:
        """Return whether nothing is refused or waits, and each delivery with new rows has one that counts."""
        return not self.problems and not any(
            one.status in REFUSED or (one.status == SET_ASIDE and not file.is_known) or one.counts_nowhere
            for file in self.files
            for one in file.deliveries
        )
