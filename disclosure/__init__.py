"""Disclosure control: what of the analyses may leave the hospital, and in which form (schemas/disclosure.py)."""
