"""Sheets that the verdicts read and write."""
