"""Kinds of sheets, one class per kind: its columns, the reading of a cell and the writing of a row."""
