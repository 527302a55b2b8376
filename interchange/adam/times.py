"""ADTTE: one record for each subject, or lesion of a subject, and endpoint, with CNSR 0 for the event."""

from __future__ import annotations

import re
from dataclasses import replace

import duckdb

from interchange.adam.variables import KEYS, TREATMENT, Dataset, Variable
from warehouse.derived.endpoint_definitions import definitions
from warehouse.storage.errors import RegistryError
from warehouse.storage.sql_files import sql_text

CODES = {"LTPFS_STUDY": "LTPFSST", "TT_NEWLIVER": "TTNEWLIV"}
"""Endpoint -> PARAMCD where its name is too long; the code of a lesion's endpoint ends with L."""
LONGEST_CODE = 8
SOURCE = """
    CASE t.source_table WHEN 'clean.patients' THEN CASE t.event WHEN 0 THEN 'LAST_CONTACT_DATE' ELSE 'DEATH_DATE' END
    WHEN 'clean.imaging_followups' THEN 'EXAM_DATE' WHEN 'clean.rfa_sessions' THEN 'SESSION_DATE'
    WHEN 'clean.treatments' THEN 'START_DATE' WHEN 'derived.patient_progression' THEN 'FIRST_ABLATION_DATE' END
"""
CENSORED = """
    CASE WHEN t.event = 0 THEN regexp_replace(t.event_description, '^censored (at|when) (the )?', '')
    WHEN t.event > 1 THEN 'day of ' || t.event_description END
"""
CENSORING = {"0": "Event", "1": "Censored", "2": "Death as competing event", "3": "Other competing event"}
VARIABLES = (
    *KEYS,
    Variable("TRTP", "Planned Treatment", "text", f"'{TREATMENT}'", "one arm", is_filled=True),
    Variable("LESID", "Lesion Identifier", "text", "t.lesion_id", "lesion_id; empty where a patient is the subject"),
    Variable(
        "PARCAT1",
        "Parameter Category 1",
        "text",
        "upper(t.level)",
        "level",
        {"PATIENT": "Patient", "LESION": "Lesion"},
        True,
    ),
    Variable("PARAM", "Parameter", "text", "", "title of the endpoint's definition, with the unit", is_filled=True),
    Variable("PARAMCD", "Parameter Code", "text", "", "endpoint and level", is_filled=True),
    Variable("AVAL", "Analysis Value", "integer", "t.days", "ADT less STARTDT, in days", is_filled=True),
    Variable("STARTDT", "Time-to-Event Origin Date for Subject", "date", "t.start_date", "start_date", is_filled=True),
    Variable("ADT", "Analysis Date", "date", "t.end_date", "end_date", is_filled=True),
    Variable(
        "CNSR",
        "Censor",
        "integer",
        "CASE t.event WHEN 0 THEN 1 WHEN 1 THEN 0 ELSE t.event END",
        "event",
        CENSORING,
        True,
    ),
    Variable(
        "EVNTDESC", "Event or Censoring Description", "text", "t.event_description", "event_description", {}, True
    ),
    Variable("CNSDTDSC", "Censor Date Description", "text", CENSORED, "what happened on ADT where CNSR is not 0"),
    Variable("SRCDOM", "Source Data", "text", "upper(split_part(t.source_table, '.', 2))", "table that ADT comes from"),
    Variable("SRCVAR", "Source Variable", "text", SOURCE, "column that ADT comes from"),
    Variable("SRCKEY", "Source Record Key", "text", "t.source_key", "key of the row that ADT comes from"),
    Variable("DEFNAME", "Endpoint Definition and Version", "text", "t.definition", "definition", is_filled=True),
)


def adtte(con: duckdb.DuckDBPyConnection) -> Dataset:
    """Return ADTTE with a parameter for each endpoint and level of the release."""
    found = con.execute("SELECT DISTINCT endpoint, level FROM derived.time_to_event ORDER BY ALL").fetchall()
    codes = {pair: code_of(*pair) for pair in found}
    if len(set(codes.values())) < len(codes):
        raise RegistryError("Two endpoints would have the same parameter code.", "Give one of them another name.")
    titles = {(one.endpoint, one.level): one.header["title"] for one in definitions()}
    made = {
        "PARAMCD": _chosen({pair: codes[pair] for pair in found}),
        "PARAM": _chosen({pair: f"{titles.get(pair, pair[0])} (days)" for pair in found}),
    }
    meanings = {codes[pair]: f"{titles.get(pair, pair[0])} (days)" for pair in found}
    variables = tuple(
        replace(one, sql=made[one.name], codes=meanings if one.name == "PARAMCD" else {}) if one.name in made else one
        for one in VARIABLES
    )
    key = ("USUBJID", "PARAMCD", "LESID")
    order = ", ".join(one.sql for name in key for one in variables if one.name == name)
    rows = f"(SELECT * FROM derived.time_to_event t ORDER BY {order}) t"  # noqa: S608 (own text)
    return Dataset(
        *("ADTTE", "Time-to-Event Analysis Dataset", "BASIC DATA STRUCTURE"), variables, rows, key, is_in_order=True
    )


def code_of(endpoint: str, level: str) -> str:
    """Return the parameter's code: at most 8 letters, the last an L for lesions.

    >>> code_of("TTLTP", "patient"), code_of("TTLTP", "lesion"), code_of("TT_NEWLIVER", "patient")
    ('TTLTP', 'TTLTPL', 'TTNEWLIV')
    """
    end = "L" if level == "lesion" else ""
    code = CODES.get(endpoint, endpoint)
    if len(code) + len(end) > LONGEST_CODE:
        code = re.sub("_", "", code)[: LONGEST_CODE - len(end)]
    return code + end


def _chosen(values: dict[tuple[str, str], str]) -> str:
    """Return SQL that gives each (endpoint, level) its value."""
    cases = " ".join(
        f"WHEN {sql_text(f'{endpoint}|{level}')} THEN {sql_text(value)}" for (endpoint, level), value in values.items()
    )
    return f"CASE t.endpoint || '|' || t.level {cases} END" if cases else "NULL::VARCHAR"
