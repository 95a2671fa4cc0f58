"""Projects, activities, attendance and the ledger of hours. Its tables come after pairing."""
