"""Callbacks of pages/methods.py."""
