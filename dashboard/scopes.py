"""What a session may see, in words: for the sentence of a refusal and for the header on a phone."""

from dashboard import runtime
from dashboard.access import Session
from dashboard.provinces import province_name


def scope_words(session: Session) -> str:
    """'TP Sóc Trăng' for a district IOC, the display name for a unit, the province for the others."""
    scope = session.scope
    if scope.district_code or scope.unit_code:
        return session.display_name
    return province_name(scope.province_code, runtime.current().clock.today())
