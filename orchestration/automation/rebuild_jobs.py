"""Jobs that a person starts from the interface to repair: from one layer on, or everything from the archive.

What belongs here: which assets each job makes and what its launchpad says. What does not: the nightly job
(jobs.py), and how an asset makes its tables anew. A layer is made anew together with all that comes after it,
so that a release shows one state; tables outside come from where they stand.
"""

import dagster as dg

from schemas.derived import DERIVED

FULL_REBUILD = "full_rebuild"
MADE_ANEW = {"config": {"anew": True}}

LAYERS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "rebuild_clean": (
        "clean",
        ("clean",),
        "Judge every row again and make all that follows: after a change of rules or of exceptions.",
    ),
    "rebuild_derived": (
        "derived",
        tuple(f"derived__{table}" for table in DERIVED),
        "Derive the endpoints of every patient again and make all that follows: after a change of definitions.",
    ),
    "rebuild_analyses": (
        "analysis",
        ("analysis",),
        "Make every analysis again, and the release: after a change of methods, or of a library.",
    ),
}
"""Job -> the group it begins with, the steps that it makes anew, and its description."""


def rebuild_jobs() -> list:
    """One job for each layer, and one that reads the whole archive again."""
    layers = [
        dg.define_asset_job(
            name,
            dg.AssetSelection.groups(group).downstream(),
            description=f"{words} A release is made only if its content is another.",
            config={"ops": dict.fromkeys(steps, MADE_ANEW)},
            executor_def=dg.in_process_executor,
        )
        for name, (group, steps, words) in LAYERS.items()
    ]
    full = dg.define_asset_job(
        FULL_REBUILD,
        dg.AssetSelection.all(),
        description="Read the whole archive again and make everything: what `registry refresh --full` does.",
        config={"ops": {"raw": {"config": {"full": True}}}},
        executor_def=dg.in_process_executor,
    )
    return [*layers, full]
