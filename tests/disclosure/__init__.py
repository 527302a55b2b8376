"""Disclosure control: nothing small is recovered from what leaves."""
