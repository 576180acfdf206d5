"""From any PAHT store into the KPI mart."""
