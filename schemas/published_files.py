"""Says which files of published figures come with the code: those that a home can name in registry.toml.

They lie in examples/published, where `registry test-model` reads them as it reads anybody's.
"""

from pathlib import Path

FOLDER = "examples/published"
INDEX_STUDY = "index-study.toml"
"""The study that the demonstration is modelled on, whose figures analysis.replication compares."""
COMPARED = (INDEX_STUDY,)
"""The files that a release can be compared with each night."""


def path_of(name: str) -> Path:
    """Return where a file of published figures lies, in a checkout and in an installation."""
    return Path(__file__).parents[1] / FOLDER / name
