"""Reads the files of several sites and says which can be used: a site with a bad file is left out by name.

The first round of each site says of which release, under which mode and by which definitions it is; later rounds must
be of the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from warehouse.storage.errors import RegistryError
from workflows.federated.file_form import FileRefused, SiteFile, read_file
from workflows.federated.study import Study

PATTERN = "*.round-*.json"
SAME_VERSION = "Use the same version of the registry at all sites."


@dataclass(frozen=True)
class Gathered:
    """The files that can be used, by site and round, with their checksums; why others are left out, by site or by file;
    and of which files there was a second copy.
    """

    files: Mapping[str, Mapping[int, SiteFile]]
    checksums: Mapping[str, str]
    left_out: Mapping[str, str]
    copies: Sequence[str]


def gather(study: Study, folders: Iterable[Path]) -> Gathered:
    """Read every file of a study in the folders. RegistryError if a folder is missing or no site is left."""
    found: dict[str, dict[int, SiteFile]] = {}
    digests: dict[tuple[str, int], str] = {}
    checksums: dict[str, str] = {}
    left_out: dict[str, str] = {}
    copies: list[str] = []
    for path in _paths(folders):
        try:
            file, digest = read_file(path, SiteFile)
            _refuse_other_study(path, file, study)
        except FileRefused as refused:
            left_out.setdefault(path.name.split(".round-")[0], str(refused))
            continue
        place = (file.site, file.round)
        if place in digests:
            if digests[place] == digest:
                copies.append(path.name)
            else:
                said = f"Round {file.round} came twice and differs. Remove the file that does not hold."
                left_out.setdefault(file.site, said)
            continue
        digests[place] = digest
        checksums[path.name] = digest
        found.setdefault(file.site, {})[file.round] = file
    by_content: dict[str, str] = {}
    for site, rounds in found.items():
        why = _why_not(rounds)
        same = by_content.setdefault(rounds[min(rounds)].content_hash, site)
        if not why and same != site:
            why = f"It is the same release as {same}. Each registry takes part once: remove one of them."
        if why:
            left_out.setdefault(site, why)
    kept = {site: rounds for site, rounds in sorted(found.items()) if site not in left_out}
    if not kept:
        told = "; ".join(f"{site}: {why}" for site, why in left_out.items()) or "there are no files of sites"
        raise RegistryError(f"Nothing can be combined. {told}", "" if left_out else "Name the folders of the sites.")
    return Gathered(kept, checksums, left_out, copies)


def _paths(folders: Iterable[Path]) -> list[Path]:
    paths: dict[Path, None] = {}
    for folder in folders:
        if not folder.is_dir():
            raise RegistryError(f"{folder} is no folder.", "Name the folders into which the sites shared.")
        paths |= dict.fromkeys(path.resolve() for path in sorted(folder.glob(PATTERN)))
    return list(paths)


def _refuse_other_study(path: Path, file: SiteFile, study: Study) -> None:
    if file.study != study.sha256:
        raise FileRefused(
            f"{path.name} is of study {file.study[:8]}, and this is {study.sha256[:8]}.",
            "Let the site share by this study's file.",
        )
    if other := sorted(name for name, sha256 in study.definitions.items() if file.definitions.get(name) != sha256):
        raise FileRefused(f"{path.name} has {other[0]} by another definition than this version.", SAME_VERSION)
    curves, models = {item.name for item in study.curves}, {item.name for item in study.models}
    is_whole = file.round > 1 or (set(file.curves) == curves and set(file.models) == models)
    if not is_whole or not set(file.models) <= models:
        raise FileRefused(f"{path.name} does not hold the study's analyses.", "Ask for the file again.")


def _why_not(rounds: Mapping[int, SiteFile]) -> str:
    """Return why a site's files cannot be used together, or nothing."""
    if 1 not in rounds:
        return "Its first round is missing. Ask for it."
    first = rounds[1]
    for number, file in sorted(rounds.items()):
        if (file.release_id, file.content_hash) != (first.release_id, first.content_hash):
            return (
                f"Round {number} is of release {file.release_id}, the first of {first.release_id}. "
                "Let the site share the first round again, and then answer."
            )
        if file.mode != first.mode:
            return f"Round {number} left under {file.mode}, the first under {first.mode}. Ask for it again."
    return ""
