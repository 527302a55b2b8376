"""Compares names of instruments and events, which raw exports write as unique names and label exports as labels."""

import re
from collections.abc import Iterable
from typing import NamedTuple

UNIQUE_EVENT = re.compile(r"(?P<stem>.+)_arm_(?P<arm>\d+)(?P<letter>[a-z]*)")
EVENT_LABEL = re.compile(r"(?P<stem>.+) \(Arm (?P<arm>\d+): .*\)", re.IGNORECASE)


class Event(NamedTuple):
    """An event by name: `stem` normalised; `arm` and `letter` '' where the name does not have them.

    REDCap adds the letter to the unique name of a second event whose name begins alike.
    """

    stem: str
    arm: str
    letter: str


def normalised(name: str) -> str:
    """Return a name with lower-case letters and digits, everything else as one underscore.

    >>> normalised("Blood Pressure (mm)"), normalised("blood_pressure_mm")
    ('blood_pressure_mm', 'blood_pressure_mm')
    """
    return re.sub(r"[\W_]+", "_", name.casefold()).strip("_")


def event_of(name: str) -> Event:
    """Return what an event's unique name or label says.

    >>> event_of("visit_1_arm_2"), event_of("Visit 1 (Arm 2: Drug B)"), event_of("Visit 1")
    (Event(stem='visit_1', arm='2', letter=''), Event(stem='visit_1', arm='2', letter=''), \
Event(stem='visit_1', arm='', letter=''))
    """
    if found := UNIQUE_EVENT.fullmatch(name.strip().lower()):
        return Event(normalised(found["stem"]), found["arm"], found["letter"])
    if found := EVENT_LABEL.fullmatch(name.strip()):
        return Event(normalised(found["stem"]), found["arm"], "")
    return Event(normalised(name), "", "")


def same_instruments(name: str, seen: Iterable[str]) -> list[str]:
    """Return which of the instruments seen in a file bear the name, as their unique name or label."""
    return [one for one in seen if normalised(one) == normalised(name)]


def same_events(name: str, seen: Iterable[str]) -> list[str]:
    """Return which of the events seen in a file bear the name; a label without its arm is meant in every arm.

    An event written as in the file is that one alone. Nothing is returned where several events of one arm would fit:
    unique names are cut to 18 letters, so that only the exact name tells which is meant.
    """
    listed = list(seen)
    if exact := [one for one in listed if one.strip().casefold() == name.strip().casefold()]:
        return exact
    wanted = event_of(name)
    found = [
        one
        for one in listed
        if (event := event_of(one)).stem == wanted.stem and (not event.arm or not wanted.arm or event.arm == wanted.arm)
    ]
    arms = [event_of(one).arm for one in found]
    has_letter = wanted.letter or any(event_of(one).letter for one in found)
    return [] if has_letter or len(set(arms)) < len(arms) else found
