"""The province codes that the law's data speaks of, and the names by which they may be called."""

PROVINCES = {"94": "soctrang", "52": "binhdinh", "70": "binhphuoc"}
"""province_code (before 01/07/2025) -> short name on the command line."""


class UnknownProvinceError(LookupError):
    """No office hours or text is known for that province."""


def province_code(name: str) -> str:
    """'94' or 'soctrang' -> '94'. Raises UnknownProvinceError naming those that are known."""
    for code, short in PROVINCES.items():
        if name in (code, short):
            return code
    known = ", ".join(f"{code} {short}" for code, short in PROVINCES.items())
    raise UnknownProvinceError(f"unknown province {name!r}; known: {known}")
