"""Reads the course of a patient from a release, as `registry explain` prints it, in lanes that can be drawn."""

from dataclasses import dataclass
from datetime import date

import duckdb

from warehouse.releases.timeline import read

STATUSES = "SELECT delivery, line, lesion_status FROM clean.imaging_followups WHERE site = ? AND patient_id = ?"
LTP_DATES = "SELECT lesion_id, ltp_date FROM derived.lesion_ltp WHERE site = ? AND patient_id = ?"
TREATED, FREE, VIABLE, EQUIVOCAL, NOT_SEEN, LTP = "treated", "free", "viable", "equivocal", "not seen", "LTP"
NEW_TUMOUR, SPECIMEN, DEATH, CONTACT = "new tumour", "specimen", "death", "last contact"
TREATMENT = "other treatment"
OF_STATUS = {"no_viable": FREE, "viable": VIABLE, "ltp": VIABLE, "residual": VIABLE, "equivocal": EQUIVOCAL}
OF_KIND = {
    "session": TREATED,
    "specimen": SPECIMEN,
    "treatment": TREATMENT,
    "death": DEATH,
    "last contact": CONTACT,
}
PATIENT_LANE = "Patient"


@dataclass(frozen=True)
class Mark:
    """What is drawn at a day, and what is said of it."""

    day: date
    kind: str
    said: str


@dataclass(frozen=True)
class Lane:
    """A line of the picture: a lesion, or the patient."""

    name: str
    detail: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Course:
    """A patient's lanes, and the rows of `registry explain`: events, lesions, endpoints, set_aside, flagged."""

    lanes: tuple[Lane, ...]
    known: dict[str, list[dict]]


def course_of(con: duckdb.DuckDBPyConnection, site: str, patient_id: str) -> Course:
    """Return the course of a patient of the release; without lanes if it holds nothing of them."""
    known = read(con, site, patient_id)
    statuses = {row[:2]: row[2] for row in con.execute(STATUSES, [site, patient_id]).fetchall()}
    ltp_dates = dict(con.execute(LTP_DATES, [site, patient_id]).fetchall())
    marks: dict[str | None, list[Mark]] = {lesion["lesion_id"]: [] for lesion in known["lesions"]}
    marks[None] = []
    for event in known["events"]:
        if event["day"] is not None:
            lane = event["lesion_id"] if event["lesion_id"] in marks else None
            marks[lane].append(_mark(event, statuses.get((event["delivery"], event["line"]))))
    lanes = []
    for lesion in known["lesions"]:
        own = marks[lesion["lesion_id"]]
        if found := ltp_dates.get(lesion["lesion_id"]):
            own.append(Mark(found, LTP, "LTP"))
        lanes.append(Lane(lesion["lesion_id"], _verdict(lesion), tuple(own)))
    patient = Lane(PATIENT_LANE, "", tuple(marks[None]))
    return Course((*lanes, patient) if lanes or patient.marks else (), known)


def _mark(event: dict, status: str | None) -> Mark:
    said = f"{event['day']}: {event['kind']}{', ' + event['what'] if event['what'] else ''}".replace("_", " ")
    if event["kind"] != "exam":
        return Mark(event["day"], OF_KIND[event["kind"]], said)
    if event["lesion_id"] is None and event["what"] and ("new liver" in said or "progression" in said):
        return Mark(event["day"], NEW_TUMOUR, said)
    return Mark(event["day"], OF_STATUS.get(status or "", NOT_SEEN), said)


def _verdict(lesion: dict) -> str:
    if lesion["ltp"] is None:
        return "not evaluable"
    months = "" if lesion["ltpfs_months"] is None else f" at {lesion['ltpfs_months']:.1f} months"
    return f"LTP{months}" if lesion["ltp"] else f"no LTP, last seen{months}"


def in_words(value: object) -> str:
    """Return a cell of the timeline as text, nothing for a missing one."""
    return "" if value is None else str(value)


def endpoint_in_words(row: dict) -> str:
    """Return how an endpoint ended for the patient or lesion."""
    event = {0: "", 1: "Event: "}.get(row["event"], "Competing event: ")
    return f"{event}{row['event_description']}"


KIND_WORDS = {
    TREATED: "Ablation",
    FREE: "No viable tumour",
    VIABLE: "Viable tumour",
    EQUIVOCAL: "Equivocal",
    NOT_SEEN: "Not assessed",
    LTP: "LTP",
    NEW_TUMOUR: "New tumour elsewhere",
    SPECIMEN: "Specimen",
    TREATMENT: "Other treatment",
    DEATH: "Death",
    CONTACT: "Last contact",
}
"""Marks in the order of the key."""
