"""Alerts by e-mail and webhook about what needs a person's attention.

What belongs here: settings (settings.py), wording (message.py), sending (sending.py) and timing (triggers.py). An alert
holds counts and keys, never a patient's value. Alerts are off until alerts.toml turns them on; a failure to send one
never fails a refresh.
"""
