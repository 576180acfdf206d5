"""Where reports come from: one contract (record.py), one module per kind of source."""
