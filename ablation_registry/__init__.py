"""The registry in Python, for analysts: open a release, choose a cohort, estimate.

    import ablation_registry as ar

    release = ar.open()
    cohort = release.cohort("ecog <= 1", exclude="kras = 'unknown'")
    cohort.kaplan_meier("LTPFS", by="kras")

docs/python.md shows everything. pandas, lifelines and matplotlib are imported only when they are needed.
"""

from ablation_registry.release import Release, open
from warehouse.storage.errors import QueryFailed, RegistryError

__all__ = ["QueryFailed", "RegistryError", "Release", "open"]
