"""Takes the steps of an erasure in order; if it is interrupted, the next command that writes finishes it.

Every step can be repeated. The order: first the list, so that nothing comes back; then Dagster's storage and
exceptions.toml, while the name is known; the releases, while the archive still shows what the patient contributed to
them; the archive; the build database, which the next refresh fills from the archive; the lines that say under which
numbers the patient was delivered, since all of these are erased; and last the lake, which is written anew.
"""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from warehouse.archive import corrections
from warehouse.erasure import erase_from_release, erase_other_traces
from warehouse.erasure.erase_from_archive import ErasedFromArchive, erase_from_archive
from warehouse.erasure.erase_from_build import replace_build
from warehouse.erasure.erase_from_run_history import erase_from_run_history
from warehouse.erasure.erase_from_shared import erase_from_shared
from warehouse.erasure.erase_threads import erase_threads
from warehouse.erasure.patient_contribution import Contribution, contribution
from warehouse.lake.address import lake_address
from warehouse.lake.erase import erase_from_lake
from warehouse.lake.to_home import bring_home
from warehouse.pseudonyms import earlier
from warehouse.pulls.pull_folder import forget_unfinished
from warehouse.redaction.erasure_list import ErasedList, Erasure
from warehouse.releases import pins
from warehouse.releases.release import Release, current_release, list_releases, make_current
from warehouse.releases.retention import sweep
from warehouse.shards.exchange import close_orders
from warehouse.storage.home import Home
from workflows.erase_from_postgres import erase_from_server
from workflows.remake_release import remake_release

Say = Callable[[str], None]


@dataclass
class Done:
    """What an erasure did. `releases` are pairs of old and new id; `are_journals_kept` is False if the build database
    was damaged and discarded completely.
    """

    archive: ErasedFromArchive
    releases: list[tuple[str, str]] = field(default_factory=list)
    n_notes: int = 0
    n_questions: int = 0
    n_texts: int = 0
    are_journals_kept: bool = True


def finish_erasure(home: Home, say: Say) -> None:
    """Finish the interrupted erasure, if there is one. Call it under the refresh lock."""
    listed = ErasedList(home)
    if (erasure := listed.pending) is not None:
        carry_out(home, listed, erasure, set(), say)


def carry_out(home: Home, listed: ErasedList, erasure: Erasure, ids: set[str], say: Say) -> Done:
    """Take all steps; return what was done. `ids` is the patient's identifier, or empty if only its hash is known."""
    site = erasure.site

    def match(candidates: Iterable[str]) -> set[str]:
        found = set(candidates)
        exact = ids & found if ids else {c for c in found if listed.hash_of(site, c) == erasure.hmac}
        return exact | listed.among(site, found)  # as a file that is delivered again will be judged

    say("adding the patient to the erasure list")
    listed.add(erasure)
    numbers = corrections.same_person(corrections.read(home), site, match)
    ids = ids | numbers
    for _ in ("by the numbers", "by other forms of them"):
        ids = ids | earlier.names_of_patients(home, site, match)  # by which a new key, or an earlier one, knows them
        for number in sorted(ids):
            listed.add(replace(erasure, hmac=listed.hash_of(site, number)))
    erase_other_traces.clear_scratch(home)
    close_orders(home)
    forget_unfinished(home)
    erase_other_traces.clear_error_report(home)
    lake = lake_address()
    if lake is not None:
        bring_home(home, lake, say)  # releases that only the lake still has are made again like the others
    say("reading the archive")
    with contribution(home, site, match) as theirs:
        held = erase_from_release.holders(home, site, match, ids | theirs.ids)
        found = ids.union(theirs.ids, *(of_release for _, of_release in held))
        say("cleaning Dagster's storage and exceptions.toml")
        n_texts = erase_from_run_history(home, found) + erase_from_server(home, found)
        done = Done(ErasedFromArchive(0, 0, 0), n_texts=n_texts)
        done.n_notes = erase_other_traces.erase_exceptions(home, site, found, match)
        done.n_notes += erase_other_traces.erase_decisions(home, site, found)
        erase_from_shared(home, site, found)
        for release, of_release in held:
            say(f"making release {release.release_id} again")
            done.releases.append((release.release_id, _replace(home, release, site, of_release, theirs, say)))
    say("rewriting the archive")
    done.n_questions = erase_threads(home, site, found, match)
    done.archive = erase_from_archive(home, site, match)
    say("replacing the build database")
    done.are_journals_kept = replace_build(home, site, match)
    done.n_notes += erase_other_traces.erase_corrections(home, site, found, match)
    for folder in (*home.releases.glob(".building-*"), *home.releases.glob(".erased-*")):
        shutil.rmtree(folder)
    sweep(home)
    erase_other_traces.clear_scratch(home)
    if lake is not None:
        erase_from_lake(home, lake, say)
    say("finishing")
    earlier.forget(home, site, match)
    listed.end()
    return done


def _replace(home: Home, old: Release, site: str, ids: set[str], theirs: Contribution, say: Say) -> str:
    """Replace the release by one without the patients, and return the new id."""
    made = [r for r in list_releases(home) if r.manifest.get("erased_from") == old.release_id]
    new = made[0] if made else remake_release(home, old, site, ids, theirs)
    say(f"made {new.release_id}")
    current = current_release(home)
    if current is not None and current.release_id == old.release_id:
        make_current(home, new.release_id)
    pins.move(home, old.release_id, new.release_id)
    gone = home.releases / f".erased-{old.release_id}"
    old.folder.rename(gone)
    shutil.rmtree(gone)
    return new.release_id
