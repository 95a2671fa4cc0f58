"""What a sheet is, a class per kind: its columns, how a cell is read and how a row is written."""
