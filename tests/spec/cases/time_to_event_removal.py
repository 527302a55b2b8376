"""time_to_event: TTLTP where a resection or a transplant removed the ablated area."""

from tests.spec.case import Case, Section

LESION = {"level": "lesion", "endpoint": "TTLTP LTPFS"}
BOTH_LEVELS = {"endpoint": "TTLTP"}
FREE = """
            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            2020-07-01 | no_viable
"""

REMOVAL = Section(
    "TTLTP where the treated area was removed",
    "A liver transplant removes every ablated area, a resection that of the lesion that it names: another competing "
    "event (3) in TTLTP if LTP was never seen, on the first day of the treatment, after the lesion's first ablation "
    "and before death. A resection that names no lesion may have been elsewhere in the liver and ends no clock; rule "
    "TRT-07 flags it. The patient's clock ends so when the last evaluable lesion's area is removed. LTPFS goes on: "
    "the patient may still die.",
    (
        Case(
            "Resection of the lesion's area competes in TTLTP; LTPFS goes on",
            f"""
            treatments
            kind      | start_date | lesion_id
            resection | 2020-09-01 | L1
{FREE}""",
            """
            endpoint | end_date   | days | event | event_description                    | source_table
            TTLTP    | 2020-09-01 | 244  | 3     | removal of the area without LTP      | clean.treatments
            LTPFS    | 2020-07-01 | 182  | 0     | censored at the last qualifying exam | clean.imaging_followups
            """,
            LESION,
        ),
        Case(
            "A transplant removes every area",
            f"""
            treatments
            kind       | start_date
            transplant | 2020-09-01
{FREE}""",
            """
            level   | end_date   | event | event_description
            lesion  | 2020-09-01 | 3     | removal of the area without LTP
            patient | 2020-09-01 | 3     | removal of all ablated areas without LTP
            """,
            BOTH_LEVELS,
        ),
        Case(
            "A resection that names no lesion ends no clock",
            f"""
            treatments
            kind      | start_date
            resection | 2020-09-01
{FREE}""",
            """
            level   | end_date   | event
            lesion  | 2020-07-01 | 0
            patient | 2020-07-01 | 0
            """,
            BOTH_LEVELS,
        ),
        Case(
            "LTP counts whenever it is seen, even where the area is said to be gone",
            """
            treatments
            kind      | start_date | lesion_id
            resection | 2020-09-01 | L1

            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            2020-12-01 | ltp
            """,
            """
            level   | end_date   | event
            lesion  | 2020-12-01 | 1
            patient | 2020-12-01 | 1
            """,
            BOTH_LEVELS,
        ),
        Case(
            "The patient's clock ends with the last area: one that stays keeps it running",
            """
            rfa_sessions
            session_id | lesion_id
            S1         | L1
            S1         | L2

            treatments
            kind      | start_date | lesion_id
            resection | 2020-09-01 | L1

            imaging_followups
            exam_date  | lesion_id | lesion_status
            2020-02-01 | L1        | no_viable
            2020-02-01 | L2        | no_viable
            2020-12-01 | L2        | no_viable
            """,
            """
            level   | lesion_id | end_date   | event
            lesion  | L1        | 2020-09-01 | 3
            lesion  | L2        | 2020-12-01 | 0
            patient |           | 2020-02-01 | 0
            """,
            BOTH_LEVELS,
        ),
        Case(
            "All areas removed, one after the other: on the later day",
            """
            rfa_sessions
            session_id | lesion_id
            S1         | L1
            S1         | L2

            treatments
            kind      | start_date | lesion_id
            resection | 2020-09-01 | L1
            resection | 2020-11-01 | L2

            imaging_followups
            exam_date  | lesion_id | lesion_status
            2020-02-01 | L1        | no_viable
            2020-02-01 | L2        | no_viable
            """,
            """
            level   | lesion_id | end_date   | event
            lesion  | L1        | 2020-09-01 | 3
            lesion  | L2        | 2020-11-01 | 3
            patient |           | 2020-11-01 | 3
            """,
            BOTH_LEVELS,
        ),
        Case(
            "On the day of death, and on the day of the ablation or before, it is no removal of the area",
            """
            patients
            patient_id | vital_status | death_date
            P1         | dead         | 2020-09-01

            treatments
            kind       | start_date | lesion_id
            resection  | 2020-01-01 | L1
            transplant | 2020-09-01 |

            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            """,
            """
            level   | end_date   | event | event_description
            lesion  | 2020-09-01 | 2     | death without LTP
            patient | 2020-09-01 | 2     | death without LTP
            """,
            BOTH_LEVELS,
        ),
    ),
)

SECTIONS = (REMOVAL,)
