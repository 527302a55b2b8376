"""Define the repair jobs that a person starts in the interface: from one layer on, or everything from the archive.

A layer is recomputed together with everything downstream, so that a release shows one state. Tables upstream of it are
used as they are.
"""

import dagster as dg

from assets.shards.shard_asset import GROUP as SHARDS
from schemas.derived import DERIVED

FULL_REBUILD = "full_rebuild"
MADE_ANEW = {"config": {"anew": True}}

LAYERS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "rebuild_clean": (
        "clean",
        ("clean",),
        "Check every row again and recompute everything after it. Use it when rules or exceptions have changed.",
    ),
    "rebuild_derived": (
        "derived",
        tuple(f"derived__{table}" for table in DERIVED),
        "Recompute every patient's endpoints and everything after them. Use it when definitions have changed.",
    ),
    "rebuild_analyses": (
        "analysis",
        ("analysis",),
        "Recompute every analysis and the release. Use it when methods or a library have changed.",
    ),
}
"""Job -> the asset group it starts with, the steps that recompute every row, and its description."""


def rebuild_jobs() -> list:
    """Return one job per layer, and one that reads the whole archive again."""
    layers = [
        dg.define_asset_job(
            name,
            dg.AssetSelection.groups(group).downstream(),
            description=f"{words} A release is published only if its content has changed.",
            config={"ops": dict.fromkeys(steps, MADE_ANEW)},
            executor_def=dg.in_process_executor,
        )
        for name, (group, steps, words) in LAYERS.items()
    ]
    full = dg.define_asset_job(
        FULL_REBUILD,
        dg.AssetSelection.all() - dg.AssetSelection.groups(SHARDS),
        description="Read the whole archive again and recompute everything, like `registry refresh --full`.",
        config={"ops": {"raw": {"config": {"full": True}}}},
        executor_def=dg.in_process_executor,
    )
    return [*layers, full]
