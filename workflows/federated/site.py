"""Writes a site's file of a study: the first round, or the answer to a file of coefficients; and logs that it leaves.

Under a mode the first round is an output like any other: it is set against what left before, and its groups are kept
with the log. Later rounds are of the same groups; how many, and how many studies of the same patients, is limited.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from schemas.disclosure import FEDERATED_ROUNDS_MOST, FEDERATED_STUDIES_MOST, MODES, Mode
from warehouse.cohorts.criteria import Criterion
from warehouse.pseudonyms.earlier import as_first_named
from warehouse.releases import share_groups, share_log
from warehouse.releases.query import open_release
from warehouse.releases.release import Release, find_release
from warehouse.storage.errors import QueryFailed, RegistryError, ReleaseUnknown, ShareRefused
from warehouse.storage.home import PRIVATE_FOLDER, Home
from warehouse.storage.source_code import code_version
from workflows import disclosed
from workflows.federated.file_form import (
    CoefficientsFile,
    CurvesGiven,
    ModelGiven,
    SiteFile,
    coefficients_sha256,
    read_file,
    rendered,
    write_file,
)
from workflows.federated.given import (
    BY_DAY,
    NOT_MADE,
    curves_that_leave,
    exact_curves,
    exact_model,
    levels_that_leave,
    model_that_leaves,
)
from workflows.federated.rows import ModelRows, Subjects, rows_of_curves, rows_of_model
from workflows.federated.study import Study, is_within_sites
from workflows.share_sources import Source

if TYPE_CHECKING:
    from disclosure.assembled import Earlier
    from disclosure.federated_groups import StudyCounts, StudyPart
    from disclosure.levels import Level

WHAT = "federate"
PATIENT, LESION = "patient", "lesion"
BEGIN_AGAIN = "Begin again: share the first round, without --coefficients."


@dataclass(frozen=True)
class Written:
    """The file that was written, what it holds, and why analyses cannot be made here: told inside, not in the file."""

    path: Path
    file: SiteFile
    not_made: dict[str, str]


@dataclass(frozen=True)
class Made:
    """The rows of a study's analyses at a site, by name; and why others have none."""

    curves: dict[str, Subjects]
    models: dict[str, ModelRows]
    not_made: dict[str, str]


def share_first(
    home: Home,
    study: Study,
    site: str,
    mode: Mode,
    release_id: str | None,
    out: Path,
    criteria: Sequence[Criterion] = (),
) -> Written:
    """Write the first round. ShareRefused if nothing may leave of it."""
    release = find_release(home, release_id)
    made = _rows(release, study, criteria)
    file = SiteFile(site=_name(site, made), **_about(study, release, mode), round=1)
    if mode.is_open:
        curves = {name: exact_curves(one) for name, one in made.curves.items()}
        within = {model.name: is_within_sites(model) for model in study.models}
        models = {name: exact_model(one, None, is_within=within[name]) for name, one in made.models.items()}
        file = _with(file, study, curves, models)
        home.shared.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        with FileLock(home.shared / disclosed.LOCK):  # no counts are kept: later outputs are judged as if it stayed
            return _logged_and_written(home, out, file, made, share_groups.to_bytes({}))
    counted = {model.name for model in study.models if is_within_sites(model)}  # others give nothing that is counted
    leaving = Made(made.curves, {name: one for name, one in made.models.items() if name in counted}, {})
    parts, source = _source(leaving)
    _refuse_many_studies(home, study, source)
    with disclosed.leaving(home, None, source, mode) as left:
        file = _first_under(file, study, made, parts, left.shared, mode)
        return _logged_and_written(home, out, file, made, left.groups, len(left.shared.counts))


def share_answer(
    home: Home,
    study: Study,
    coefficients: Path,
    mode: Mode | None,
    release_id: str | None,
    out: Path,
    criteria: Sequence[Criterion] = (),
) -> Written:
    """Write the answer to a file of coefficients, of the release of the first round and under its mode. ShareRefused
    if there was none, it was of another release, or too many rounds were answered.
    """
    asked, _ = read_file(coefficients, CoefficientsFile)
    if asked.study != study.sha256:
        raise RegistryError(f"{coefficients.name} is of another study.", "Name the study that it was made for.")
    first = _first_round(home, study)
    law = MODES[first["mode"]]
    if mode is not None and mode.name != law.name:
        raise ShareRefused(f"The first round of this study left under {law.name}.", "Leave out --disclosure.")
    release = _same_release(home, first, release_id)
    made = _rows(release, study, criteria, asked.models)
    models = {
        model.name: _answer(model.name, asked, first, made, law, is_within=is_within_sites(model))
        for model in study.models
        if model.name in asked.models
    }
    about = _about(study, release, law)
    file = SiteFile(site=first["site"], **about, round=asked.round, models=models)
    with FileLock(home.shared / disclosed.LOCK):
        _refuse_many_rounds(home, study, law, coefficients_sha256(asked.models))
        groups = (home.shared / f"{first['id']}.groups").read_bytes()
        return _logged_and_written(home, out, file, made, groups, 0, coefficients_sha256(asked.models))


def _answer(
    name: str, asked: CoefficientsFile, first: dict[str, Any], made: Made, mode: Mode, *, is_within: bool
) -> ModelGiven:
    if name not in made.models or name not in first["models"]:
        return ModelGiven(refused=NOT_MADE)
    rows = made.models[name]
    if mode.is_open:
        return exact_model(rows, asked.models[name], is_within=is_within)
    return model_that_leaves(rows, asked.models[name], mode)


def _rows(
    release: Release, study: Study, criteria: Sequence[Criterion], models_alone: Collection[str] | None = None
) -> Made:
    """Return the rows of all analyses, or of some models alone."""
    curves: dict[str, Subjects] = {}
    models: dict[str, ModelRows] = {}
    not_made: dict[str, str] = {}
    with open_release(release) as con:
        for item in study.curves if models_alone is None else ():
            try:
                curves[item.name] = rows_of_curves(con, study.plan, item, criteria)
            except QueryFailed as failed:
                not_made[f"curves {item.name}"] = str(failed)
        for model in study.models:
            if models_alone is not None and model.name not in models_alone:
                continue
            try:
                models[model.name] = rows_of_model(con, study.plan, model, criteria)
            except QueryFailed as failed:
                not_made[f"model {model.name}"] = str(failed)
    if not curves and not models:
        raise RegistryError(next(iter(not_made.values())), "So nothing of this study can be made here.")
    return Made(curves, models, not_made)


def _about(study: Study, release: Release, mode: Mode) -> dict[str, Any]:
    return {
        "study": study.sha256,
        "release_id": release.release_id,
        "content_hash": release.manifest["content_hash"],
        "mode": mode.name,
        "made_by": code_version(),
        "definitions": study.definitions,
    }


def _name(site: str, made: Made) -> str:
    """Return what the site is called: as asked, or by the code of its only site."""
    if site:
        return site
    subjects = [*made.curves.values(), *(one.subjects for one in made.models.values())]
    codes = {key[0] for one in subjects for key in one.keys}
    if len(codes) == 1:
        return codes.pop().lower()
    raise RegistryError(f"The release holds {len(codes)} sites.", "Say with --site what this registry is called.")


def _with(
    file: SiteFile, study: Study, curves: dict[str, CurvesGiven], models: dict[str, ModelGiven], **more: Any
) -> SiteFile:
    """Return the file with its analyses, and with the word that some cannot be made here."""
    all_curves = {item.name: curves.get(item.name, CurvesGiven(refused=NOT_MADE)) for item in study.curves}
    all_models = {item.name: models.get(item.name, ModelGiven(refused=NOT_MADE)) for item in study.models}
    return file.model_copy(update={"curves": all_curves, "models": all_models, **more})


def _source(made: Made) -> "tuple[dict[str, StudyPart], Source[None, StudyCounts]]":
    """Return the analyses as groups among the site's subjects, and what `disclosed.leaving` needs of them."""
    import numpy as np

    from disclosure.federated_groups import StudyPart, groups_of_study, study_counts
    from disclosure.levels import Level, whole_key

    named = {f"curves {name}": one for name, one in made.curves.items()}
    named |= {f"model {name}": one.subjects for name, one in made.models.items()}
    seen: dict[str, set[tuple[str, ...]]] = {PATIENT: set()}
    for one in named.values():
        seen.setdefault(one.level, set()).update(one.keys)
        seen[PATIENT] |= {key[:2] for key in one.keys}
    keys = {level: sorted(found) for level, found in seen.items()}
    number = {level: {key: place for place, key in enumerate(found)} for level, found in keys.items()}
    levels = {level: Level(len(found)) for level, found in keys.items()}
    for level, own in levels.items():
        own.add(whole_key(level), np.ones(own.n_subjects, dtype=bool))
    parts = {}
    for name, one in named.items():
        places = np.array([number[one.level][key] for key in one.keys], dtype=int)
        competes = one.competes and name.startswith("curves ")
        groups = one.groups
        parts[name] = StudyPart(name, one.endpoint, one.level, competes, places, one.days, one.event, groups)

    def make(
        _: None, law: Mode, found: "Mapping[str, Level]", earlier: "Mapping[str, Iterable[Earlier]]"
    ) -> "StudyCounts":
        return study_counts(law, found, earlier)

    return parts, Source(groups_of_study(levels, parts.values()), keys, make, tuple(levels))


def _first_under(
    file: SiteFile, study: Study, made: Made, parts: "dict[str, StudyPart]", shared: "StudyCounts", mode: Mode
) -> SiteFile:
    """Return the first round as it leaves under a mode."""
    from disclosure.federated_groups import why_no_model

    counts, levels = shared.counts, shared.levels
    curves = {name: curves_that_leave(parts[f"curves {name}"], counts, levels, mode) for name in made.curves}
    models = {}
    for model in study.models:
        if model.name not in made.models:
            continue
        if not is_within_sites(model):
            models[model.name] = ModelGiven(refused=BY_DAY)
            continue
        rows, part = made.models[model.name], parts[f"model {model.name}"]
        why = why_no_model(part, counts, levels, len(rows.columns))
        given = ModelGiven(refused=why) if why else model_that_leaves(rows, None, mode)
        if not given.refused:
            found = {"n": part.counted(counts), "n_events": part.counted(counts, 1)}
            given = given.model_copy(update=found | {"levels": levels_that_leave(part, counts, levels)})
        models[model.name] = given
    n_suppressed = shared.n_cells - len(counts)
    return _with(file, study, curves, models, n_cells=shared.n_cells, n_suppressed=n_suppressed)


def _logged_and_written(
    home: Home, out: Path, file: SiteFile, made: Made, groups: bytes, n_counts: int = 0, asked: str = ""
) -> Written:
    """Write the line of the log, and then the file."""
    text, digest = rendered(file)
    about = {"what": WHAT, "release_id": file.release_id, "mode": file.mode, "counts_that_left": n_counts}
    about |= {"study_sha256": file.study, "site": file.site, "round": file.round, "asked_sha256": asked}
    about |= {"content_hash": file.content_hash, "file_sha256": digest}
    about |= {"models": [name for name, one in file.models.items() if not one.refused]}
    share_log.add(home, about, groups)
    path = out / f"{file.site}.round-{file.round}.json"
    write_file(path, text)
    return Written(path, file, made.not_made)


def _lines(home: Home) -> list[dict[str, Any]]:
    """Return the lines of the log that are of studies of several sites, oldest first."""
    return [one.line for one in share_log.outputs(home) if one.line["what"] == WHAT]


def _first_round(home: Home, study: Study) -> dict[str, Any]:
    own = [line for line in _lines(home) if line["study_sha256"] == study.sha256 and line["round"] == 1]
    if not own:
        raise ShareRefused("The first round of this study was not shared from this home.", BEGIN_AGAIN)
    return own[-1]


def _same_release(home: Home, first: dict[str, Any], release_id: str | None) -> Release:
    """Return the release of the first round, unchanged. ShareRefused if another is named, or it is gone or changed."""
    wanted = first["release_id"]
    try:
        release = find_release(home, release_id or wanted)
    except ReleaseUnknown:
        if release_id:
            raise
        raise ShareRefused(f"Release {wanted}, of which the first round was, is gone.", BEGIN_AGAIN) from None
    if release.release_id != wanted:
        raise ShareRefused(f"The first round was of release {wanted}.", "Leave out --release, or begin again.")
    if release.manifest["content_hash"] != first["content_hash"]:
        raise ShareRefused(f"Release {wanted} was rewritten since the first round, as an erasure does.", BEGIN_AGAIN)
    return release


def _refuse_many_rounds(home: Home, study: Study, mode: Mode, asked: str) -> None:
    own = [line for line in _lines(home) if line["study_sha256"] == study.sha256 and line["mode"] != "none"]
    answered = {line["asked_sha256"] for line in own if line["round"] > 1} | {asked}
    if not mode.is_open and len(answered) >= FEDERATED_ROUNDS_MOST:
        raise ShareRefused(
            f"{FEDERATED_ROUNDS_MOST} rounds of this study were answered: more would tell of single patients.",
            "Combine what there is, or leave out the terms that find no maximum.",
        )


def _refuse_many_studies(home: Home, study: Study, source: Source) -> None:
    """Raise ShareRefused if many studies with models were shared of more than half of these patients."""
    own = as_first_named(home)(source.keys[PATIENT])
    today = {one.tobytes() for one in share_groups.hashes(share_groups.key_of(home), PATIENT, own)}
    others = set()
    for one in share_log.outputs(home):
        line = one.line
        if line["what"] != WHAT or line["mode"] == "none" or not line["models"] or line["study_sha256"] == study.sha256:
            continue
        of_study = share_groups.from_bytes(one.groups.read_bytes())[PATIENT].subjects
        if sum(row.tobytes() in today for row in of_study) > len(today) / 2:
            others.add(line["study_sha256"])
    if study.models and len(others) >= FEDERATED_STUDIES_MOST:
        raise ShareRefused(
            f"{FEDERATED_STUDIES_MOST} studies with models of these patients were shared: more would tell of one.",
            "Share curves alone, or wait until most patients are others.",
        )
