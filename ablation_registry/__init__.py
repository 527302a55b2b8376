"""The registry in Python, for analysts: open a release, choose a cohort, estimate.

    import ablation_registry as ar

    release = ar.open()
    cohort = release.cohort("ecog <= 1", exclude="kras = 'unknown'")
    cohort.kaplan_meier("LTPFS", by="kras")

docs/python.md shows everything. pandas, lifelines and matplotlib are imported only when they are needed.
"""

from typing import TYPE_CHECKING, Any

from ablation_registry.release import Release, open
from warehouse.storage.errors import QueryFailed, RegistryError

if TYPE_CHECKING:
    from ablation_registry.cohorts import Cohort, OutcomeWarning

__all__ = ["Cohort", "OutcomeWarning", "QueryFailed", "RegistryError", "Release", "open"]


def __getattr__(name: str) -> Any:
    """Import what belongs to cohorts when it is named."""
    if name in ("Cohort", "OutcomeWarning"):
        from ablation_registry import cohorts

        return getattr(cohorts, name)
    if name == "__version__":
        from warehouse.storage.source_code import code_version

        return code_version()
    raise AttributeError(f"module ablation_registry has no attribute {name}")
