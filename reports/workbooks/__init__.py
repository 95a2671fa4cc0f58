"""Sheets and workbooks of figures, a module per subject: the .xlsx exports of the portal."""
