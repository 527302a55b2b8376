"""Erasure: a patient leaves the registry and does not come back.

erased.py lists who was erased, as keyed hashes. keeping.py writes a delivered file again without their rows, which
intake.py does before a new file is archived and archived.py to files that are archived already. contribution.py counts
what the patient added to each delivery, released.py copies a release without the patient; build_database.py,
traces.py and run_history.py clean what else lies in the home, notes.py tells whom a note names. landing_files.py only
looks: landing/ is the site's. What follows what, and making reports again, is assets/erasing.py (docs/erasure.md).
"""
