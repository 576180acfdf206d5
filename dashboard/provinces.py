"""Name of the deployment's province as the header shows it, on the day of the product's clock."""

from datetime import date
from functools import cache

from geo.units import units_on


@cache
def province_name(province_code: str, on: date) -> str:
    """'Tỉnh Sóc Trăng'; the code itself for a deployment without administrative units (another city's file)."""
    found = units_on(on, level="province", province_code=province_code)
    return found[0].full_name if found else province_code
