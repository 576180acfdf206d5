"""The provinces whose office hours are known, by code or by the short name that kpi/office_hours.yaml gives them."""

from kpi.calendar_data import load_province_names


class UnknownProvinceError(LookupError):
    """No office hours or text is known for that province."""


def province_code(name: str) -> str:
    """'94' or 'soctrang' -> '94'. Raises UnknownProvinceError naming those that are known."""
    provinces = load_province_names()
    for code, short in provinces.items():
        if name in (code, short):
            return code
    known = ", ".join(f"{code} {short}" for code, short in provinces.items())
    raise UnknownProvinceError(f"unknown province {name!r}; known: {known}")
