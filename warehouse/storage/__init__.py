"""Provides what every other part of the warehouse needs: home, connection, lock, durable files, hashes, errors.

What does not belong here: anything about what an export contains or how a release is made."""
