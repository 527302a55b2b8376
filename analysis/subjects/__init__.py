"""Whom an analysis is about: patients, lesions, landmarks, and when follow-up ends."""
