"""Row scope: who may see which rows. The database enforces it; this module only says who is asking."""

from dataclasses import dataclass

from sqlalchemy import Select, TextClause, func, select, text

WEB_ROLE = "ioc_web"


@dataclass(frozen=True)
class Scope:
    """The rows that one session may see: a province, and within it perhaps one district or one unit.

    role: one of kpi.accounts.ROLES. communes: where districts have ended, the communes that lie in the former district;
    their reports that have no district are the scope's too. Policies in the mart's migrations read the settings
    ioc.province, ioc.role, ioc.district, ioc.communes, ioc.unit. An empty setting shows no row.
    """

    province_code: str
    role: str
    district_code: str = ""
    unit_code: str = ""
    communes: tuple[str, ...] = ()

    @property
    def handles_reports(self) -> bool:
        """Whether this role handles reports: sees citizens' words and exact places (of its own rows)."""
        return self.role in ("analyst", "district", "unit", "admin")

    def key(self) -> str:
        """Part of every cache key: two scopes never share a cached result."""
        return f"{self.province_code}/{self.role}/{self.district_code}/{self.unit_code}/{'+'.join(self.communes)}"


def enter_role() -> TextClause:
    """First statement of every web transaction: drop to the web role, whoever the login is."""
    return text(f"SET LOCAL ROLE {WEB_ROLE}")


def enter_scope(scope: Scope) -> Select:
    """Second statement of every web transaction: tell the policies who is asking."""
    settings = {
        "ioc.province": scope.province_code,
        "ioc.role": scope.role,
        "ioc.district": scope.district_code,
        "ioc.unit": scope.unit_code,
        "ioc.communes": ",".join(scope.communes),
    }
    return select(*[func.set_config(name, value, True) for name, value in settings.items()])
