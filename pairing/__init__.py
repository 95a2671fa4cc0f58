"""Pairing of colleges with streets: codes, the hall, service teams. Its tables come with the pairing stage."""
