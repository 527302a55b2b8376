"""Pulls projects from REDCap servers and delivers what they give into landing/, as a hospital would."""
