"""The invented school of `manage.py seed_demo`.

Nobody in it exists; the same seed always makes the same school.
"""
