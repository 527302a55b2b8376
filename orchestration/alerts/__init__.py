"""Alerts: what a person is told of without asking, by e-mail and webhook.

What belongs here: settings (settings.py), words (message.py), sending (sending.py) and when (triggers.py). Counts and
keys only, never a patient's value. Off until alerts.toml says otherwise; a failure to send never fails a refresh.
"""
