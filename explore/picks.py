"""What a reader has picked: values or a range of a column, or a condition in words of SQL; and its text in a link.

patients.kras:mutant|unknown      values
patients.ecog:0..1|~              a range, or no value at all (~)
sql:fit enough:ecog <= 1          a written condition with its name; sql.lesions: says which view it is over
"""

import math
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import quote, unquote

from explore import words
from explore.attributes import CHOICE, DATE, NUMBER, Attribute, LinkRefused, attribute_of
from schemas.cohort import COHORT
from warehouse.cohorts.criteria import LESIONS, VIEWS, Criterion
from warehouse.cohorts.terms import number
from warehouse.storage.sql_files import sql_text

MISSING, BETWEEN, OR = "~", "..", "|"
WRITTEN = "sql"
BEGIN_AGAIN = "Begin again from the first page."


@dataclass(frozen=True)
class Pick:
    """Rows whose column has one of the values, or lies in the range, or has no value if `missing`; left out instead of
    kept if not `is_kept`. Numbers and dates are texts in one form: 30, 2.5, 2019-01-31.
    """

    view: str
    column: str
    values: tuple[str, ...] = ()
    low: str = ""
    high: str = ""
    missing: bool = False
    is_kept: bool = True

    @property
    def attribute(self) -> Attribute:
        """Return the column with its words and kind."""
        return attribute_of(self.view, self.column)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is picked."""
        return not (self.values or self.low or self.high or self.missing)

    @property
    def name(self) -> str:
        """Return the criterion in words: 'KRAS: Mutant', 'Largest diameter, mm: under 30'."""
        parts = [words.value(self.column, one) for one in self.values]
        parts += [_range(self)] if self.low or self.high else []
        parts += [words.NO_VALUE.lower()] if self.missing else []
        return f"{self.attribute.label}: {' or '.join(parts)}"

    @property
    def where(self) -> str:
        """Return the predicate."""
        parts = [_among(self.attribute, self.values)] if self.values else []
        parts += [_between(self)] if self.low or self.high else []
        parts += [f"{self.column} IS NULL"] if self.missing else []
        return parts[0] if len(parts) == 1 else " OR ".join(f"({part})" if " AND " in part else part for part in parts)

    @property
    def criterion(self) -> Criterion:
        """Return it as a criterion of a cohort; the view is said only where the column does not tell it."""
        is_shared = self.view == LESIONS and any(c.name == self.column for c in COHORT["patients"].columns)
        return Criterion(self.name, self.where, self.is_kept, LESIONS if is_shared else None)

    @property
    def text(self) -> str:
        """Return it as a link says it."""
        parts = [_quoted(one) for one in self.values]
        parts += [f"{self.low}{BETWEEN}{self.high}"] if self.low or self.high else []
        parts += [MISSING] if self.missing else []
        return f"{self.view}.{self.column}:{OR.join(parts)}"


@dataclass(frozen=True)
class Written:
    """A condition that somebody wrote, with its name."""

    name: str
    where: str
    over: str | None = None
    is_kept: bool = True

    @property
    def criterion(self) -> Criterion:
        """Return it as a criterion of a cohort."""
        return Criterion(self.name, self.where, self.is_kept, self.over)

    @property
    def text(self) -> str:
        """Return it as a link says it."""
        return f"{WRITTEN}{'.' + self.over if self.over else ''}:{quote(self.name, safe=' ,.;<>=()/-')}:{self.where}"


Chosen = Pick | Written


def read(text: str, is_kept: bool) -> Chosen:
    """Read a pick from its text in a link. LinkRefused if it cannot be meant."""
    place, _, rest = text.partition(":")
    if place.split(".")[0] == WRITTEN:
        name, _, where = rest.partition(":")
        over = place.partition(".")[2] or None
        if not name.strip() or not where.strip() or over not in (None, *VIEWS):
            raise LinkRefused("A condition of the link lacks its name or its words.", BEGIN_AGAIN)
        return Written(unquote(name).strip(), where.strip(), over, is_kept)
    view, _, column = place.partition(".")
    attribute = attribute_of(view, column)
    pick = Pick(view, column, is_kept=is_kept)
    for part in rest.split(OR) if rest else ():
        if part == MISSING:
            pick = replace(pick, missing=True)
        elif BETWEEN in part and attribute.kind != CHOICE:
            low, _, high = part.partition(BETWEEN)
            pick = replace(pick, low=as_written(attribute, low), high=as_written(attribute, high))
        else:
            pick = replace(pick, values=(*pick.values, as_written(attribute, unquote(part))))
    if pick.is_empty:
        raise LinkRefused(f"The link picks nothing of {attribute.label}.", BEGIN_AGAIN)
    return pick


def as_written(attribute: Attribute, text: str) -> str:
    """Return a value or limit in its one form, '' for none. LinkRefused if the column cannot have it."""
    text = text.strip() if attribute.kind != CHOICE else text
    if not text:
        return ""
    try:
        if attribute.kind == NUMBER:
            value = float(text.replace(",", "."))
            if not math.isfinite(value):
                raise ValueError
            return number(value)
        if attribute.kind == DATE:
            return date.fromisoformat(text).isoformat()
    except ValueError:
        what = "a number, such as 30" if attribute.kind == NUMBER else "a date, such as 2019-01-31"
        raise LinkRefused(f"{attribute.label} is compared with something that is not {what}.", "Correct it.") from None
    if attribute.type == "BOOLEAN" and text not in ("true", "false"):
        raise LinkRefused(f"{attribute.label} is either true or false.", BEGIN_AGAIN)
    return text


def _quoted(value: str) -> str:
    return "%7E" if value == MISSING else value.replace("%", "%25").replace(OR, "%7C")


def _literal(attribute: Attribute, value: str) -> str:
    if attribute.kind == NUMBER:
        return value
    return f"DATE {sql_text(value)}" if attribute.kind == DATE else sql_text(value)


def _among(attribute: Attribute, values: tuple[str, ...]) -> str:
    if attribute.type == "BOOLEAN":
        own = {"true": attribute.name, "false": f"NOT {attribute.name}"}
        return own[values[0]] if len(set(values)) == 1 else f"{attribute.name} IS NOT NULL"
    literals = [_literal(attribute, value) for value in values]
    return f"{attribute.name} = {literals[0]}" if len(literals) == 1 else f"{attribute.name} IN ({', '.join(literals)})"


def _between(pick: Pick) -> str:
    attribute = pick.attribute
    upper = "<=" if attribute.is_whole else "<"
    limits = [f"{pick.column} >= {_literal(attribute, pick.low)}"] if pick.low else []
    limits += [f"{pick.column} {upper} {_literal(attribute, pick.high)}"] if pick.high else []
    return " AND ".join(limits)


def _range(pick: Pick) -> str:
    if pick.attribute.is_whole:
        if pick.low and pick.high:
            return pick.low if pick.low == pick.high else f"{pick.low} to {pick.high}"
        return f"{pick.low} or more" if pick.low else f"{pick.high} or less"
    if pick.low and pick.high:
        return f"{pick.low} to under {pick.high}"
    return f"{pick.low} or more" if pick.low else f"under {pick.high}"
