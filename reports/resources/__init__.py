"""Sheets to export and import for verdicts."""
