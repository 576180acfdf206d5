"""A living demo store: a world of reports that is a pure function of its parameters, revealed as the clock passes.

dice -> arrivals, office, places, people, units -> reports -> life -> dirt -> world; fill and live write it.
It writes events as people would; it never computes a deadline or a KPI.
"""
