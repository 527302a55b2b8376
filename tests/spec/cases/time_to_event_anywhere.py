"""time_to_event: progression outside the liver and anywhere (DDFS, TTP, PFS)."""

from tests.spec.case import Case, Section

OUTSIDE = {"endpoint": "DDFS"}
ALL = {"endpoint": "DDFS TTP PFS"}

ANYWHERE = Section(
    "Progression outside the liver and anywhere: DDFS, TTP and PFS",
    "A body exam is any CT, MR or PET-CT after the day of the patient's first ablation, with or without contrast,"
    " because the exports do not say which part of the body it showed. Extrahepatic progression is what a row of "
    "a body exam reports (extrahepatic_progression = yes). For DDFS, extrahepatic progression or death is the "
    "event (1). For TTP, the first of LTP, a new liver lesion and extrahepatic progression is the event, and "
    "death competes (2). For PFS, any of these or death is the event. All are censored at the last body exam. "
    "Like TT_NEWLIVER, DDFS does not depend on LTP; TTP and PFS have no row if no lesion is evaluable.",
    (
        Case(
            "Extrahepatic progression ends all three; of several progressions the first counts",
            """
            imaging_followups
            exam_id | exam_date  | lesion_status | extrahepatic_progression
            E1      | 2020-02-01 | no_viable     | no
            E2      | 2020-07-01 | no_viable     | yes
            E3      | 2020-10-01 | ltp           | yes
            """,
            """
            endpoint | end_date   | days | event | event_description
            DDFS     | 2020-07-01 | 182  | 1     | extrahepatic progression
            TTP      | 2020-07-01 | 182  | 1     | extrahepatic progression
            PFS      | 2020-07-01 | 182  | 1     | extrahepatic progression
            """,
            ALL,
        ),
        Case(
            "LTP and a new liver lesion are progression in TTP and PFS, not in DDFS",
            """
            imaging_followups
            exam_date  | lesion_status | new_liver_lesion
            2020-02-01 | no_viable     | no
            2020-07-01 | no_viable     | yes
            2020-10-01 | ltp           | no
            """,
            """
            endpoint | end_date   | event | event_description
            DDFS     | 2020-10-01 | 0     | censored at the last CT, MR or PET-CT
            TTP      | 2020-07-01 | 1     | new liver lesion
            PFS      | 2020-07-01 | 1     | new liver lesion
            """,
            ALL,
        ),
        Case(
            "Several on one day: LTP is named first, then a new liver lesion, then disease outside the liver",
            """
            imaging_followups
            exam_date  | lesion_status | new_liver_lesion | extrahepatic_progression
            2020-02-01 | no_viable     | no               | no
            2020-07-01 | ltp           | yes              | yes
            """,
            """
            endpoint | end_date   | event | event_description
            DDFS     | 2020-07-01 | 1     | extrahepatic progression
            TTP      | 2020-07-01 | 1     | LTP
            PFS      | 2020-07-01 | 1     | LTP
            """,
            ALL,
        ),
        Case(
            "PET-CT and CT without contrast count for disease outside the liver, ultrasound does not",
            """
            imaging_followups
            exam_date  | modality | contrast_enhanced | lesion_status | extrahepatic_progression
            2020-02-01 | ct       | yes               | no_viable     | no
            2020-04-01 | us       | no                |               | yes
            2020-05-01 | ct       | no                |               | no
            2020-06-01 | pet_ct   | no                |               | unknown
            """,
            """
            endpoint | end_date   | event
            DDFS     | 2020-06-01 | 0
            TTP      | 2020-06-01 | 0
            PFS      | 2020-06-01 | 0
            """,
            ALL,
        ),
        Case(
            "Death without progression: event of DDFS and PFS, competing in TTP",
            """
            patients
            patient_id | vital_status | death_date
            P1         | dead         | 2021-01-01

            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            """,
            """
            endpoint | end_date   | event
            DDFS     | 2021-01-01 | 1
            TTP      | 2021-01-01 | 2
            PFS      | 2021-01-01 | 1
            """,
            ALL,
        ),
        Case(
            "Progression on the day of death is progression",
            """
            patients
            patient_id | vital_status | death_date
            P1         | dead         | 2020-07-01

            imaging_followups
            exam_date  | lesion_status | extrahepatic_progression
            2020-02-01 | no_viable     | no
            2020-07-01 | no_viable     | yes
            """,
            """
            endpoint | end_date   | event | event_description
            DDFS     | 2020-07-01 | 1     | extrahepatic progression
            TTP      | 2020-07-01 | 1     | extrahepatic progression
            PFS      | 2020-07-01 | 1     | extrahepatic progression
            """,
            ALL,
        ),
        Case(
            "No lesion evaluable: DDFS has a row, TTP and PFS have none",
            """
            imaging_followups
            exam_date  | lesion_status | extrahepatic_progression
            2020-02-01 | residual      | yes
            """,
            """
            endpoint | end_date   | event
            DDFS     | 2020-02-01 | 1
            """,
            ALL,
        ),
        Case(
            "No body exam at all: a row with no days",
            """
            imaging_followups
            exam_date  | modality
            2020-02-01 | us
            """,
            """
            end_date   | days | event | event_description
            2020-01-01 | 0    | 0     | censored at the start: no exam could have shown it
            """,
            OUTSIDE,
        ),
    ),
)

SECTIONS = (ANYWHERE,)
