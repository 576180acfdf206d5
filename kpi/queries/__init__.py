"""All SQL that the dashboard runs: pure functions that return SQLAlchemy selects; run.py executes them in a scope."""
