"""Reads from a study's table of samples what is no mutation: MSI, mismatch repair, mutational burden, HER2.

Names and words are those of public studies and of our own export. A cell that says nothing gives no row; one whose word
is not known gives none either and is counted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from schemas.genotype.markers import HER2, MMR, MSI, TMB
from warehouse.sources.molecular.genotype_rows import StateRows
from warehouse.storage.sql_files import sql_text

NO_RESULTS = {"indeterminate": "indeterminate", "equivocal": "indeterminate", "failed": "failed"}
NOTHING = ("", "na", "notavailable", "unknown", "notdone", "nottested", "donotreport")
"""Words, letters alone, that give no row: nobody knows, or nobody tested."""


@dataclass(frozen=True)
class State:
    """A state of a tumour: what `gene` calls it, the first of these columns that there is, and result by word.

    Words are letters alone, in lower case. Without any, the cell is a number, which is `measured`.
    """

    gene: str
    columns: Sequence[str]
    words: Mapping[str, str]


STATES = (
    State(
        MSI,
        ("MSI_STATUS", "MSI_TYPE"),
        {
            **dict.fromkeys(("msihigh", "msih", "instable", "unstable"), "msi_high"),
            **dict.fromkeys(("msilow", "msil"), "msi_low"),
            **dict.fromkeys(("mss", "stable", "microsatellitestable"), "mss"),
        },
    ),
    State(
        MMR,
        ("MMR_STATUS",),
        {
            **dict.fromkeys(("deficient", "dmmr", "mmrd", "mmrdeficient"), "deficient"),
            **dict.fromkeys(("proficient", "pmmr", "mmrp", "mmrproficient"), "proficient"),
        },
    ),
    State(HER2, ("HER2_AMPLIFICATION",), {"amplified": "amplified", "notamplified": "not_amplified"}),
    State(TMB, ("TMB_PER_MB", "TMB_NONSYNONYMOUS"), {}),
)


@dataclass(frozen=True)
class StateCells(StateRows):
    """What a column of the samples says of a state, null where it says nothing.

    `is_unknown` is SQL, true of a cell whose word is not known.
    """

    column: str
    is_unknown: str


def columns_of_states(has: Callable[[str], bool]) -> dict[str, State]:
    """Return the columns that are read, of those that the samples have, with their states."""
    found = {}
    for state in STATES:
        column = next((name for name in state.columns if has(name)), None)
        if column is not None:
            found[column] = state
    return found


def said_of(column: str, state: State, cell: str) -> StateCells:
    """Return what the column says; `cell` is its SQL."""
    word = f"regexp_replace(lower(coalesce({cell}, '')), '[^a-z]', '', 'g')"
    if not state.words:
        number = f"CASE WHEN isfinite(TRY_CAST({cell} AS DOUBLE)) THEN trim({cell}) END"
        is_unknown = f"({number} IS NULL AND {word} NOT IN {NOTHING})"
        result = f"CASE WHEN {number} IS NOT NULL THEN 'measured' END"
        return StateCells(state.gene, result, number, column, is_unknown)
    words = {**state.words, **NO_RESULTS}
    whens = " ".join(f"WHEN {sql_text(one)} THEN {sql_text(result)}" for one, result in words.items())
    is_unknown = f"({word} NOT IN {(*words, *NOTHING)})"
    return StateCells(state.gene, f"CASE {word} {whens} END", "NULL::VARCHAR", column, is_unknown)
