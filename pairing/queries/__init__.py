"""Queries of pairing: places left, people who have joined, histories. This layer is above models."""
