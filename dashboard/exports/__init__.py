"""What leaves the house as files: the extract of a period and the yearly ranking, as .xlsx with a stamp."""
