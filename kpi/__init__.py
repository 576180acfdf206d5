"""Rules, calendar, periods, KPI definitions, the mart's contract and every query on it."""
