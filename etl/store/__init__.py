"""The store contract, and a demo store that keeps it."""
