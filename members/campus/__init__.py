"""Campus sign-in: people enter with the account of their university, or with WeChat.

This package is above the rest of `members`; the core of `members` never imports it.
"""
