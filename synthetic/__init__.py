"""Generates synthetic patients: the demonstration study, registries of any size, planted defects. Nobody is real."""
