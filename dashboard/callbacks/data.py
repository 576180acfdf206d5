"""Callbacks of pages/data.py."""
