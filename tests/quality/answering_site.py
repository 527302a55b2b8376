"""A site for the tests of answers: what it delivered, and how to see what became of its rows."""

from tests.quality.site_at_work import Site

GOOD = "P1,S1,2023-05-02,L1,18,5,60"
TOO_LARGE = "P2,S1,2023-05-03,L2,220,5,60"
TOO_STRONG = "P3,S1,2023-05-04,L3,20,5,900"
NO_SEGMENT = "P4,S1,2023-05-05,L4,20,12,60"
EXAM = "P2,E1,2023-08-01,ct,yes,L2,no_viable"
GENOTYPE = "P2,T1,primary,KRAS,wild_type,,ngs"


def row_of(site: Site, patient: str) -> list[tuple]:
    """Diameter, power, delivery and line of the patient's clean session."""
    return site.ask(
        f"SELECT max_diameter_mm, power_w, delivery, line FROM clean.rfa_sessions WHERE patient_id = '{patient}'"
    )


def counted(site: Site) -> list[tuple]:
    """Status, rows received and changed of the answered sheets."""
    return site.ask("SELECT status, rows_received, changed FROM meta.loads WHERE export = 'answers' ORDER BY delivery")
