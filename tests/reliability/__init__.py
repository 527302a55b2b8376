"""Tests of failing safely: killed, out of space, read-only, clock set back, build database damaged."""
