"""Dying well: killed, out of room, read-only, the clock set back, the build database damaged."""
