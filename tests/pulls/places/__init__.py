"""Tests of the places where hospitals leave files."""
