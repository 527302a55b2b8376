"""Masks a SELECT so that it can be shown to others without any identifier of a patient, lesion or exam.

DuckDB itself splits the SQL into words, and a word is shown only if it is known to identify nobody: keywords, names of
the catalogue and of functions, the contract's codes, the release's sites, thresholds. Comments are left out. Nothing is
lost: the owner's file beside the cohort's folder holds the complete SELECT (workflows/analyse_cohort.py).
"""

import re
from dataclasses import dataclass, field
from functools import cache

import duckdb

HIDDEN_TEXT, HIDDEN_PATIENT, HIDDEN_NUMBER = "'(hidden)'", "'(a patient)'", "(a number)"
THRESHOLD_OPERATORS = ("<", "<=", ">", ">=", "between")
EQUAL = ("=", "==", "<>", "!=")
SINGLE_DIGIT = re.compile(r"\d")
THRESHOLD = re.compile(r"\d{1,3}(\.\d)?")
"""A number after an operator: 30, 365, 2.5. Longer ones are somebody's exact values, or identifiers."""
NEVER_A_THRESHOLD = ("birth_year",)
YEARS, YEAR = ("ablation_year",), re.compile(r"(?:19|20)\d\d")
"""Columns of calendar years whose bounds are shown."""
SYMBOLS = re.compile(r"[^\w\s\"'$]+")
COMMENT = re.compile(r"--|/\*")
PLAIN_TEXT = re.compile(r"'((?:[^']|'')*)'\s*(?:--.*|/\*.*)?", re.DOTALL)
WORD = re.compile(r"\w+")
NAME = re.compile(r'"(?:[^"]|"")*"|\w+')
NUMBER = re.compile(r"[\w.]+")


@dataclass(frozen=True)
class Known:
    """What may be shown, in lower case: `names` of the catalogue and functions, `texts` such as codes and sites,
    `numbers` (columns that hold numbers). `patients` are identifiers, used only to word what replaces them.
    """

    names: frozenset[str]
    texts: frozenset[str]
    numbers: frozenset[str]
    patients: frozenset[str] = field(default=frozenset(), repr=False)


def shown(sql: str, known: Known) -> str:
    """Return the SQL on one line, with a placeholder for everything that is not known to identify nobody.

    >>> known = Known(frozenset({"t", "patient_id", "ecog"}), frozenset({"mutant"}), frozenset({"ecog"}))
    >>> shown("FROM t WHERE patient_id LIKE '%P-17' AND ecog < 2 -- Miller", known)
    "FROM t WHERE patient_id LIKE '(hidden)' AND ecog < 2"
    """
    data = sql.encode()
    places = duckdb.tokenize(sql)
    ends = [*(place for place, _ in places[1:]), len(data)]
    out: list[str] = []
    before: list[str] = []
    names: dict[str, str] = {}
    for (place, kind), end in zip(places, ends, strict=True):
        cut = data[place:end].decode(errors="replace")
        word = _shown(cut, kind.name, before, known, names)
        is_apart = data[max(place - 1, 0) : place].isspace()
        out.append(f" {word}" if out and word and is_apart else word)
        before.append(_own(cut, kind.name).lower())
    return "".join(out).strip()


def _shown(cut: str, kind: str, before: list[str], known: Known, names: dict[str, str]) -> str:
    own = _own(cut, kind)
    if kind in ("keyword", "operator"):
        return own
    if kind == "identifier":
        name = own.strip('"').lower()
        return own if name in known.names else names.setdefault(name, f"name_{len(names) + 1}")
    if kind == "numeric_const":
        return own if _is_threshold(own, before, known) else HIDDEN_NUMBER
    return _shown_text(cut, known) if kind == "string_const" else ""


def _shown_text(cut: str, known: Known) -> str:
    """Return the text if it is known. Dollar quotes, escapes and texts in several parts are never shown."""
    plain = PLAIN_TEXT.fullmatch(cut)
    text = plain[1].replace("''", "'") if plain else ""
    if text in known.patients:
        return HIDDEN_PATIENT
    return f"'{text}'" if text.lower() in known.texts else HIDDEN_TEXT


def _own(cut: str, kind: str) -> str:
    """The token itself, without the blanks and comments after it; '' for a text."""
    if kind == "string_const":
        return ""
    pattern = {"operator": SYMBOLS, "identifier": NAME, "numeric_const": NUMBER}.get(kind, WORD)
    found = pattern.match(COMMENT.split(cut)[0] if kind == "operator" else cut)
    return found[0] if found else ""


def _is_threshold(number: str, before: list[str], known: Known) -> bool:
    """Whether the number is a bound on a numeric column and not somebody's exact value."""
    if before[-1:] == ["and"] and before[-3:-2] == ["between"]:
        before = before[:-2]
    operator, column = before[-1:], before[-2:-1]
    if operator in ([","], ["("]):
        place = len(before) - 1
        while place > 0 and (before[place] == "," or SINGLE_DIGIT.fullmatch(before[place])):
            place -= 1
        is_list = before[place - 1 : place + 1] == ["in", "("]
        operator, column = ["="], before[place - 2 : place - 1] if is_list else []
    name = column[0].strip('"') if column else ""
    if name not in known.numbers or name in NEVER_A_THRESHOLD:
        return False
    if operator[0] in THRESHOLD_OPERATORS:
        return (YEAR if name in YEARS else THRESHOLD).fullmatch(number) is not None
    return operator[0] in EQUAL and SINGLE_DIGIT.fullmatch(number) is not None


@cache
def codes() -> frozenset[str]:
    """The words of the contract's code lists, in lower case; not `4a` or `2`, which could be somebody's identifier."""
    from schemas.exports import EXPORTS

    listed = {code for export in EXPORTS.values() for column in export.columns for code in column.codes}
    flags = {"yes", "no", "unknown"}
    genotype = {"mutant", "wild_type", "unknown", "vus", "kras", "nras", "braf", "ras"}
    words = (word.lower() for word in listed | flags | genotype | {"lesion", "patient"})
    return frozenset(word for word in words if sum(letter.isalpha() for letter in word) > 1)


def known_in(con: duckdb.DuckDBPyConnection) -> Known:
    """Collect what may be shown from the release that is open on `con`."""
    from warehouse.releases.query import names_in

    numbers = con.execute(
        "SELECT DISTINCT lower(column_name) FROM duckdb_columns() WHERE NOT internal AND regexp_matches(data_type, "
        "'INT|DOUBLE|FLOAT|DECIMAL')"
    ).fetchall()
    texts = set(codes())
    for sql in (
        "SELECT DISTINCT lower(site) FROM derived.patient_ltpfs",
        "SELECT DISTINCT lower(endpoint) FROM derived.time_to_event",
    ):
        try:
            texts |= {text for (text,) in con.execute(sql).fetchall()}
        except duckdb.CatalogException:
            continue
    patients = {row[0] for row in con.execute("SELECT DISTINCT patient_id FROM derived.patient_ltpfs").fetchall()}
    types = {"date", "varchar", "integer", "bigint", "double", "boolean", "text", "int"}
    names, columns = frozenset(names_in(con) | types), frozenset(name for (name,) in numbers)
    return Known(names, frozenset(texts), columns, frozenset(patients))
