"""Erasure: removes a patient from the registry and keeps them out.

erasure_list.py lists who was erased, as keyed hashes. redact_file.py rewrites a delivered file without their rows:
screen_arrival.py does so before a new file is archived, erase_from_archive.py for files that are already archived.
patient_contribution.py counts what the patient added to each delivery, and erase_from_release.py copies a release
without the patient; erase_from_build.py, erase_other_traces.py and erase_from_run_history.py clean the rest of the
home, and names_in_note.py finds whom a note names. files_left_in_landing.py only looks: landing/ belongs to the site.
What does not belong here: the order of these steps, and remaking reports (workflows/erasure_steps.py
and remake_release.py, docs/erasure.md).
"""
