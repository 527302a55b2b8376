"""Tests of the room schemas."""
