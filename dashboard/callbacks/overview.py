"""Callbacks of pages/overview.py."""
