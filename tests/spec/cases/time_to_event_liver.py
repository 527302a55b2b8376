"""time_to_event: progression in the liver (TT_NEWLIVER, IHPFS)."""

from tests.spec.case import Case, Section

NEW = {"endpoint": "TT_NEWLIVER"}
BOTH = {"endpoint": "TT_NEWLIVER IHPFS"}

LIVER = Section(
    "Progression in the liver: TT_NEWLIVER and IHPFS",
    "A liver exam is a contrast-enhanced CT or MR after the day of the patient's first ablation, whatever it says"
    " about a lesion. A new liver lesion is one that a row of a liver exam reports (new_liver_lesion = yes, even "
    "if lesion_id is empty), or a distant finding: viable tumour more than 10 mm from the zone in a qualifying "
    "row. For TT_NEWLIVER, a new liver lesion is the event and death competes (2). For IHPFS, LTP, a new liver "
    "lesion or death is the event (1). Both are censored at the last liver exam. TT_NEWLIVER does not depend on "
    "LTP: every patient with a session has a row, censored at the start if there is no liver exam. IHPFS has no "
    "row if no lesion is evaluable.",
    (
        Case(
            "Reported in a row without a lesion: the event of both, on the day of the exam",
            """
            imaging_followups
            exam_id | exam_date  | lesion_id | lesion_status | new_liver_lesion
            E1      | 2020-02-01 | L1        | no_viable     | no
            E2      | 2020-07-01 | L1        | no_viable     |
            E2      | 2020-07-01 |           |               | yes
            """,
            """
            endpoint    | level   | end_date   | days | event | event_description
            TT_NEWLIVER | patient | 2020-07-01 | 182  | 1     | new liver lesion
            IHPFS       | patient | 2020-07-01 | 182  | 1     | new liver lesion
            """,
            BOTH,
        ),
        Case(
            "A distant finding is a new liver lesion, although it is not LTP",
            """
            imaging_followups
            exam_date  | lesion_status | distance_to_zone_mm
            2020-02-01 | no_viable     |
            2020-07-01 | viable        | 22
            """,
            """
            endpoint    | end_date   | event
            TT_NEWLIVER | 2020-07-01 | 1
            IHPFS       | 2020-07-01 | 1
            """,
            BOTH,
        ),
        Case(
            "LTP ends only IHPFS; TT_NEWLIVER continues to the last liver exam",
            """
            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            2020-07-01 | ltp
            2020-10-01 | equivocal
            """,
            """
            endpoint    | end_date   | event | event_description
            TT_NEWLIVER | 2020-10-01 | 0     | censored at the last liver exam
            IHPFS       | 2020-07-01 | 1     | LTP
            """,
            BOTH,
        ),
        Case(
            "Ultrasound, PET-CT and exams without contrast neither show a new liver lesion nor its absence",
            """
            imaging_followups
            exam_date  | modality | contrast_enhanced | lesion_status | new_liver_lesion
            2020-02-01 | ct       | yes               | no_viable     | no
            2020-04-01 | ceus     | yes               |               | yes
            2020-05-01 | ct       | no                |               | yes
            2020-06-01 | pet_ct   | yes               |               | yes
            """,
            """
            endpoint    | end_date   | event
            TT_NEWLIVER | 2020-02-01 | 0
            IHPFS       | 2020-02-01 | 0
            """,
            BOTH,
        ),
        Case(
            "An exam on or before the day of the first ablation shows what was already there",
            """
            imaging_followups
            exam_date  | lesion_id | lesion_status | new_liver_lesion
            2020-01-01 |           |               | yes
            2020-02-01 | L1        | no_viable     | unknown
            """,
            """
            endpoint    | end_date   | event
            TT_NEWLIVER | 2020-02-01 | 0
            IHPFS       | 2020-02-01 | 0
            """,
            BOTH,
        ),
        Case(
            "A lesion first ablated later is not an event by itself",
            """
            rfa_sessions
            session_id | session_date | lesion_id
            S1         | 2020-01-01   | L1
            S2         | 2020-05-01   | L2

            imaging_followups
            exam_date  | lesion_id | lesion_status
            2020-02-01 | L1        | no_viable
            2020-07-01 | L1        | no_viable
            """,
            """
            endpoint    | end_date   | event
            TT_NEWLIVER | 2020-07-01 | 0
            IHPFS       | 2020-07-01 | 0
            """,
            BOTH,
        ),
        Case(
            "Death without either: competing in TT_NEWLIVER, event of IHPFS",
            """
            patients
            patient_id | vital_status | death_date
            P1         | dead         | 2021-01-01

            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            """,
            """
            endpoint    | end_date   | event | event_description
            TT_NEWLIVER | 2021-01-01 | 2     | death without a new liver lesion
            IHPFS       | 2021-01-01 | 1     | death without progression in the liver
            """,
            BOTH,
        ),
        Case(
            "No lesion evaluable: TT_NEWLIVER has a row, IHPFS has none",
            """
            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | residual
            """,
            """
            endpoint    | end_date   | event
            TT_NEWLIVER | 2020-02-01 | 0
            """,
            BOTH,
        ),
        Case(
            "No liver exam at all: a row with no days",
            "",
            """
            end_date   | days | event | event_description
            2020-01-01 | 0    | 0     | censored at the start: no exam could have shown it
            """,
            NEW,
        ),
    ),
)

SECTIONS = (LIVER,)
