"""Turns identifiers into pseudonyms and shifts dates on the way into the archive, with the registry's key.

What does not belong here: the key itself and what is made with it (storage/pseudonym_key.py), and erasing patients
(redaction/, erasure/)."""
