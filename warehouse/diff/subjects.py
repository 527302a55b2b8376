"""Turns rows that differ into patients, lesions, sessions, exams, specimens and treatments: new, changed or gone."""

from warehouse.diff.pair import Pair
from warehouse.diff.rows import CHANGED_ROWS, ITEMS, LESIONS

ALWAYS = ("patients", "lesions", "sessions", "exams", "specimens")
THINGS = (*ALWAYS, "treatments")
"""What is listed; those not of ALWAYS only in registries of which any came or went."""
_EXPORT_OF = {
    "sessions": "rfa_sessions",
    "exams": "imaging_followups",
    "specimens": "genotypes",
    "treatments": "treatments",
}
FIRST_ROW = (
    "min(struct_pack(export := r.export, delivery := r.delivery, line := r.line)) FILTER (r.delivery IS NOT NULL)"
)
"""SQL of the row that leads to the thing in its delivery: the first row that differs."""


def find_subjects(pair: Pair) -> None:
    """Create changed_things: thing, site, patient_id, name, change, differs (columns), export, delivery, line, why."""
    parts = "\nUNION ALL BY NAME\n".join(
        _patients(pair) if thing == "patients" else _lesions() if thing == "lesions" else _items(pair, thing)
        for thing in THINGS
        if thing in ALWAYS or pair.columns(f"clean.{_EXPORT_OF[thing]}")
    )
    pair.con.execute(f"CREATE OR REPLACE TEMP TABLE changed_things AS {parts}")


def counts(pair: Pair) -> list[dict]:
    """Rows of thing, new, changed, withdrawn: one per kind, in the order of THINGS; none for a kind that few registries
    have and of which nothing changed.
    """
    found = {
        row.pop("thing"): row
        for row in pair.rows(
            "SELECT thing, count(*) FILTER (change = 'new') AS new, count(*) FILTER (change = 'changed') AS changed, "
            "count(*) FILTER (change = 'withdrawn') AS withdrawn FROM changed_things GROUP BY thing"
        )
    }
    none = {"new": 0, "changed": 0, "withdrawn": 0}
    return [{"thing": thing, **found.get(thing, none)} for thing in THINGS if thing in ALWAYS or thing in found]


def listed(pair: Pair, thing: str, limit: int) -> list[dict]:
    """The first `limit` things of that kind: site, patient_id, name, change, differs, export, delivery, line, why."""
    return pair.rows(
        f"SELECT * EXCLUDE (thing) FROM changed_things WHERE thing = '{thing}' "  # noqa: S608 (of THINGS)
        f"ORDER BY list_position(['new', 'changed', 'withdrawn'], change), site, patient_id, name LIMIT {int(limit)}"
    )


def _patients(pair: Pair) -> str:
    """SQL of the patients; a patient changed if any accepted row of theirs is new, changed or gone."""
    return f"""
        SELECT 'patients' AS thing, site, patient_id, '' AS name, {_change(pair, "patients", "patient_id")} AS change,
               list_sort(list_distinct(list(export))) AS differs, {_where()}, min(r.why) AS why
        FROM {CHANGED_ROWS} r WHERE export <> '{LESIONS}' GROUP BY site, patient_id
    """  # noqa: S608 (own text)


def _lesions() -> str:
    return (
        "SELECT 'lesions' AS thing, site, patient_id, lesion_id AS name, change, columns AS differs, "  # noqa: S608
        f"'rfa_sessions' AS export, delivery, line, why FROM {CHANGED_ROWS} WHERE export = '{LESIONS}'"
    )


def _items(pair: Pair, thing: str) -> str:
    """SQL of sessions, exams, specimens or treatments; one changed if it has rows on both sides, whichever differ."""
    export = _EXPORT_OF[thing]
    change = _change(pair, export, "patient_id", ITEMS[export])
    return f"""
        SELECT '{thing}' AS thing, site, patient_id, item AS name, {change} AS change,
               list_sort(list_distinct(flatten(list(columns)))) AS differs, {_where()}, min(r.why) AS why
        FROM {CHANGED_ROWS} r WHERE export = '{export}' GROUP BY site, patient_id, item
    """  # noqa: S608 (own text)


def _change(pair: Pair, table: str, *key: str) -> str:
    """SQL of new, changed or withdrawn, depending on whether the table held the key before and holds it after."""
    same = " AND ".join(f"c.{name} = r.{'item' if name in ITEMS.values() else name}" for name in ("site", *key))
    there = f"EXISTS (SELECT 1 FROM {{}}.clean.{table} c WHERE {same})"  # noqa: S608 (own names)
    return (
        f"CASE WHEN NOT {there.format(pair.before)} THEN 'new' "
        f"WHEN NOT {there.format(pair.after)} THEN 'withdrawn' ELSE 'changed' END"
    )


def _where() -> str:
    return ", ".join(f"struct_extract({FIRST_ROW}, '{name}') AS {name}" for name in ("export", "delivery", "line"))
