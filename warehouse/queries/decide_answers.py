"""Decides, on plain Python values, whether each answer is applied, superseded or refused, and why.

Every delivered version of a row begins a chain; the corrections in a site's sheets, in the order of the sheets' names,
extend it. An answer belongs to the chain that holds the cells it was given for. Only the chain of the current version
is written to the history; the others distinguish an answer that came too late from one whose key was edited. If an
entry was answered several times, the last answer counts.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from schemas.codes import ANSWERS_KNOWN
from schemas.exports import EXPORTS
from schemas.rule_book import is_own_id
from schemas.rules import RULES
from warehouse.intake.exceptions_file import why_not
from warehouse.queries.entry_id import entry_id, why_no_correction

Cells = tuple[str | None, ...]
"""A row's cells in the form in which they are compared, in the export's column order"""

EDITED = "Site, key, rule or column do not fit the entry: the sheet was edited, or the entry is none of this site's."
TOO_LATE = "The row has changed or was withdrawn since the sheet was written."
OVERRULED = "A later answer to the same entry replaces this one."
TWICE = "The sheet gives this entry two different answers."
OTHERWISE = "Another answer corrects the same cell to a different value."
CORRECTED_MEANWHILE = "Another answer has corrected this cell."
NO_CHANGE = "The corrected value equals the delivered value; if it is right, answer confirm."
REPEATED = "Repeats an earlier answer."


@dataclass(frozen=True)
class Answer:
    """One answered line. `compared` is the corrected value in the form in which cells are compared; `unread` says why
    it cannot be read in the language of the sheet; `closed` says that the question was closed before the sheet arrived,
    by whom and when; both are '' if that is not so.
    """

    load_no: int
    line: int
    delivery: str
    entry_id: str
    site: str
    export: str
    key: str
    rule_id: str
    column: str
    answer: str
    corrected: str
    compared: str
    answered_by: str
    answered_on: str
    unread: str = ""
    closed: str = ""

    @property
    def entry(self) -> tuple[str, ...]:
        """The entry that the line claims to answer."""
        return (self.entry_id, self.site, self.export, self.key, self.rule_id, self.column)

    @property
    def said(self) -> tuple[str, str]:
        """The answer and its corrected value."""
        return (self.answer, self.compared)


@dataclass
class Version:
    """One version in a chain; `replaced` are the cells that differ from the delivered row, as the site wrote them."""

    row_id: int
    cells: Cells
    replaced: dict[str, str] = field(default_factory=dict)


@dataclass
class Chain:
    """A delivered version (state current, open or old) and its corrections; `former` are cells that no longer apply.

    `heirs`: column -> the chain of the current version, if it inherited the cell from this version because no later
    delivery had the column. A correction of the cell here also corrects it there. `read_as`: the row's key in the
    registry if it was delivered under a merged number, else None.
    """

    export: str
    state: str
    versions: list[Version]
    former: list[Cells] = field(default_factory=list)
    heirs: dict[str, "Chain"] = field(default_factory=dict)
    read_as: str | None = None

    @property
    def tip(self) -> Version:
        """The newest version."""
        return self.versions[-1]


@dataclass
class Verdict:
    """What became of an answer. `chain` is None if the answer fits no row of the site."""

    status: str
    reason: str | None = None
    chain: Chain | None = None


def decide(answers: Sequence[Answer], chains: Iterable[tuple[str, str, Chain]], row_id_of) -> list[Verdict]:
    """Return the verdict on each answer, in the given order; corrections extend their chains.

    `answers` are ordered by sheet name and line, `chains` are (site, key, chain), and `row_id_of(answer)` is the row id
    of the version that a correction creates.
    """
    by_key: dict[tuple[str, str, str], list[Chain]] = defaultdict(list)
    for site, key, candidate in chains:
        by_key[site, candidate.export, key_of(candidate.export, key)].append(candidate)
    for listed in by_key.values():
        listed.sort(key=lambda one: one.state == "old")  # the same cells may have been delivered before
    wrong = [unfit(answer) or answer.closed or None for answer in answers]
    counts, twice = _that_count(answers, wrong)
    verdicts: list[Verdict] = []
    found_cells: list[Cells | None] = []
    for number, answer in enumerate(answers):
        of_key = by_key.get((answer.site, answer.export, key_of(answer.export, answer.key)), [])
        chain, cells = _find(answer, of_key)
        found_cells.append(cells)
        if chain is None or cells is None:
            verdicts.append(Verdict("refused", EDITED))
        elif wrong[number] == answer.closed and _says_it_again(number, answers, counts):
            verdicts.append(Verdict("repeated", REPEATED, chain))
        elif wrong[number] or number in twice:
            verdicts.append(Verdict("refused", wrong[number] or TWICE, chain))
        elif counts[answer.entry] != number:
            verdicts.append(_outvoted(answer, number > counts[answer.entry], chain, cells))
        elif answer.answer == "correct" and (heir := chain.heirs.get(answer.column)) is not None:
            verdicts.append(_correct(answer, heir, cells, row_id_of(answer)))
            _pass_on(answer, heir, cells, of_key)
        elif not _is_live(chain, answer) or all(version.cells != cells for version in chain.versions):
            verdicts.append(_too_late(answer, chain, cells))
            if answer.answer == "correct":
                chain.former.append(_with(answer, cells))
        elif answer.answer == "correct":
            verdicts.append(_correct(answer, chain, cells, row_id_of(answer)))
        else:
            verdicts.append(Verdict("applied", None, chain))
    _settle(answers, verdicts, found_cells, counts)
    return verdicts


def key_of(export: str, key: str) -> str:
    """Return the key for the lookup: case-insensitive for genotypes, since the entry id covers the exact cells."""
    return key.lower() if export == "genotypes" else key


def unfit(answer: Answer) -> str | None:
    """Return what is wrong with the answer by itself, as a sentence, or None."""
    if answer.export not in EXPORTS or not (answer.rule_id in RULES or is_own_id(answer.rule_id)):
        return EDITED
    export = EXPORTS[answer.export]
    if answer.column and answer.column not in export.column_names:
        return EDITED
    if answer.answer not in ANSWERS_KNOWN:
        return "The answer is none of those in the list of the cell."
    if not answer.answered_by:
        return "The answer is not signed: 'answered by' is empty."
    if answer.answered_on and answered_on(answer.answered_on) is None:
        return "'answered on' is not a date (YYYY-MM-DD)."
    if answer.answer == "correct":
        if not answer.corrected:
            return "The answer is 'correct', but no corrected value is given."
        if answer.unread:
            return answer.unread
        return why_no_correction(export, answer.rule_id, answer.column)
    if answer.corrected:
        return f"A corrected value is given, but the answer is '{answer.answer}'."
    if answer.answer == "confirm" and (reason := why_not(answer.rule_id)):
        return f"{answer.rule_id} cannot be confirmed: {reason}."
    return None


def answered_on(text: str) -> date | None:
    """Return the date in the cell, or None if it is not a date."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _that_count(answers: Sequence[Answer], wrong: list[str | None]) -> tuple[dict[tuple[str, ...], int], set[int]]:
    """Return the number of the answer that counts for each entry, and those of answers that contradict their own sheet.

    The last answer counts; if the last few agree, the first of these, so that a repeated sheet changes nothing.
    """
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, answer in enumerate(answers):
        if wrong[number] is None:
            groups[answer.entry].append(number)
    counts: dict[tuple[str, ...], int] = {}
    twice: set[int] = set()
    for entry, numbers in groups.items():
        for load_no in {answers[n].load_no for n in numbers}:
            same_sheet = [n for n in numbers if answers[n].load_no == load_no]
            if len({answers[n].said for n in same_sheet}) > 1:
                twice.update(same_sheet)
        heard = [n for n in numbers if n not in twice]
        while len(heard) > 1 and answers[heard[-2]].said == answers[heard[-1]].said:
            heard.pop()
        if heard:
            counts[entry] = heard[-1]
    return counts, twice


def _says_it_again(number: int, answers: Sequence[Answer], counts: dict[tuple[str, ...], int]) -> bool:
    """Return whether the question is closed, and the answer is the one before it that it was closed with."""
    answer = answers[number]
    first = counts.get(answer.entry, number)
    return bool(answer.closed) and first < number and answers[first].said == answer.said


def _find(answer: Answer, chains: list[Chain]) -> tuple[Chain | None, Cells | None]:
    """Return the chain and the cells that the answer's entry id was made from."""
    for chain in chains:
        for cells in (*(v.cells for v in reversed(chain.versions)), *chain.former):
            if entry_id(answer.export, answer.site, answer.rule_id, answer.column, cells) == answer.entry_id:
                return chain, cells
    return None, None


def _is_live(chain: Chain, answer: Answer) -> bool:
    return chain.state == "current" or (chain.state == "open" and answer.rule_id == "KEY-01")


def _place(answer: Answer) -> int:
    return EXPORTS[answer.export].column_names.index(answer.column)


def _with(answer: Answer, cells: Cells) -> Cells:
    place = _place(answer)
    return (*cells[:place], answer.compared, *cells[place + 1 :])


def _outvoted(answer: Answer, is_repeat: bool, chain: Chain, cells: Cells) -> Verdict:
    """Return the verdict on an answer that does not count: it repeats the one that does, or is overruled by it."""
    if is_repeat:
        return Verdict("repeated", REPEATED, chain)
    if answer.answer == "correct":
        chain.former.append(_with(answer, cells))
    return Verdict("superseded", OVERRULED, chain)


def _too_late(answer: Answer, chain: Chain, cells: Cells) -> Verdict:
    """Return the verdict on an answer to cells that have changed since, by a later answer or by a new delivery."""
    is_by_answer = _is_live(chain, answer) and cells in chain.former
    return Verdict("superseded", OVERRULED, chain) if is_by_answer else Verdict("refused", TOO_LATE, chain)


def _correct(answer: Answer, chain: Chain, cells: Cells, row_id: int) -> Verdict:
    place, tip = _place(answer), chain.tip
    if answer.compared == cells[place]:
        return Verdict("refused", NO_CHANGE, chain)
    if tip.cells[place] == answer.compared:
        return Verdict("applied", REPEATED, chain)
    if tip.cells[place] != cells[place]:
        return Verdict("refused", OTHERWISE, chain)
    replaced = tip.replaced | {answer.column: answer.corrected}
    chain.versions.append(Version(row_id, _with(answer, tip.cells), replaced))
    return Verdict("applied", None, chain)


def _pass_on(answer: Answer, heir: Chain, cells: Cells, chains: list[Chain]) -> None:
    """Record the corrected cells of the versions in between, so that later answers to them are recognised."""
    place = _place(answer)
    for chain in chains:
        if chain.heirs.get(answer.column) is heir:
            known = (*(version.cells for version in chain.versions), *chain.former)
            chain.former += [_with(answer, one) for one in known if one[place] == cells[place]]


def _settle(
    answers: Sequence[Answer],
    verdicts: list[Verdict],
    found: list[Cells | None],
    counts: dict[tuple[str, ...], int],
) -> None:
    """Settle what depends on all corrections: whether confirmed cells still apply, and the status of repetitions."""
    for answer, verdict, cells in zip(answers, verdicts, found, strict=True):
        if verdict.status != "applied" or answer.answer == "correct" or not answer.column:
            continue
        assert verdict.chain is not None and cells is not None
        if verdict.chain.tip.cells[_place(answer)] != cells[_place(answer)]:
            verdict.status, verdict.reason = "superseded", CORRECTED_MEANWHILE
    for answer, verdict in zip(answers, verdicts, strict=True):
        if verdict.status == "repeated":
            first = verdicts[counts[answer.entry]]
            verdict.status = first.status
            verdict.reason = first.reason or REPEATED
