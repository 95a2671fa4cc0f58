"""Pairing of colleges with streets: codes, the hall, service teams."""
