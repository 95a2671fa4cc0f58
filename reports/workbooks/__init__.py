"""Sheets and workbooks of figures, a module per subject: what leaves the portal as .xlsx."""
