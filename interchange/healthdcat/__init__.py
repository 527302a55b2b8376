"""Describes a release for a catalogue of health data: HealthDCAT-AP, and what an EHDS quality label asks."""
