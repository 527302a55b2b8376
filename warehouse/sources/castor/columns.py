"""Names the columns that Castor itself adds to an export, in both generations of its words.

Until about 2021 a participant was a record, a site an institute and repeating data a report. Headers as in "Export data
formats" (castor.kayako.com/article/658; newer: helpdesk.castoredc.com, Export data formats in CDMS; both read
2026-11-29), with the spellings of exports that public programs read.
"""

import re

RECORD, STATUS, SITE, CREATED = "Participant Id", "Participant Status", "Site Abbreviation", "Participant Creation Date"
FORM_CREATED, CUSTOM, PARENT = "Repeating Data Creation Date", "Repeating data Name Custom", "Repeating data Parent"
SURVEY, SURVEY_PARENT = "Survey Instance Id", "Survey Parent"
FORM_TYPE, FORM_NAME = "Form Type", "Form Name"
"""Columns of the one table that a whole study is read as (export_zip.py, api_answers.py)."""
STUDY_TYPE, REPORT_TYPE, SURVEY_TYPE = "Study", "Report", "Survey"
OWN_COLUMNS: dict[str, tuple[str, ...]] = {
    RECORD: ("participant id", "record id", "castor participant id", "castor record id"),
    STATUS: ("participant status", "record status"),
    SITE: ("site abbreviation", "institute abbreviation", "site", "institute"),
    CREATED: ("participant creation date", "record creation date"),
    "Randomization Id": ("randomization id",),
    "Randomization Group": ("randomization group",),
    "Randomized On": ("randomized on",),
    FORM_CREATED: ("repeating data creation date", "report creation date"),
    CUSTOM: ("repeating data name custom", "report name custom", "report name"),
    PARENT: ("repeating data parent", "report parent"),
    SURVEY: ("survey instance id",),
    "Survey Creation Date": ("survey creation date",),
    "Survey Sent Date": ("survey sent date",),
    "Survey Progress": ("survey progress",),
    "Survey Completed On": ("survey completed on",),
    SURVEY_PARENT: ("survey parent",),
    "Survey Package Name": ("survey package name",),
    "Survey Package Id": ("survey package id",),
    FORM_TYPE: ("form type",),
    FORM_NAME: ("form name",),
}
"""Our name of one of Castor's own columns -> its names in exports, in lower case with single blanks."""
OF_STUDY = (STATUS, SITE, CREATED, "Randomization Id", "Randomization Group", "Randomized On")
"""Own columns that say something of the participant."""
CHECKBOX = "#"
"""Stands between a checkbox field and one of its options: drugs#FOLFOX."""
NOT_IN_OPTIONS = re.compile(r"[\W_]+")


def own_column(name: str) -> str | None:
    """Return our name of one of Castor's own columns, whatever its generation; None for a field.

    >>> own_column("Record Id"), own_column("Castor Participant ID "), own_column("rfa_date")
    ('Participant Id', 'Participant Id', None)
    """
    plain = " ".join(name.lower().split())
    return next((own for own, names in OWN_COLUMNS.items() if plain in names), None)


def option_key(option: str) -> str:
    """Return the option of a checkbox column as it is compared: headers lose its punctuation.

    Castor drops `, . / - ' " ; :` and others from options in headers, or keeps them ("Formats for data import in CDMS",
    helpdesk.castoredc.com, read 2026-11-29), so letters and digits alone count.

    >>> option_key("5-FU / LV (bolus)")
    '5fulvbolus'
    """
    return NOT_IN_OPTIONS.sub("", option).casefold()


def normalised(name: str) -> str:
    """Return the name of a form as it is compared: file names have _ for blanks and other signs.

    >>> normalised("RFA session (liver)") == normalised("rfa_session_liver")
    True
    """
    return NOT_IN_OPTIONS.sub(" ", name).strip().casefold()
