"""The one reader of the environment. Every other module is handed a `Settings`."""

from functools import cached_property
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from kpi.clock import Clock

DAYS_PER_WEEK = 7


class Settings(BaseSettings):
    """Deployment settings, from variables that start with `IOC_`."""

    model_config = SettingsConfigDict(env_prefix="IOC_", extra="ignore")

    store_url: str | None = Field(None, description="PAHT store, a libpq URL of the read-only role")
    source_mapping: str | None = Field(
        None,
        description="another source than a store: a shipped mapping's name or a YAML file (docs/sources.md)",
    )
    source: str | None = Field(None, description="that source: a file, a folder, or a server's address")
    store_owner_url: str | None = Field(
        None, description="demo store only: a libpq URL of its owner, for the simulator"
    )
    mart_url: str | None = Field(
        None, description="KPI mart, a libpq URL of the ETL role (owner of the schema)"
    )
    web_url: str | None = Field(
        None, description="KPI mart, a libpq URL of the web role (row-level security)"
    )
    redis_url: str | None = Field(None, description="Redis or Valkey: cache, locks, push bus")
    province: str = Field("94", description="province_code of this deployment: 94 Sóc Trăng, 52, 70")
    clock_offset_weeks: int = Field(0, description="weeks that the product's clock stands behind the world's")
    secret_key: SecretStr = Field(
        SecretStr(""), description="signs sessions; the web process refuses to start without"
    )
    basemap_url: str = Field(
        "", description="XYZ tiles under the map, https://…/{z}/{x}/{y}.png; empty = own boundaries only"
    )
    basemap_credit: str = Field("", description="whose tiles they are, shown on the map")
    state_dir: Path = Field(Path(".demo"), description="embedded servers keep their files here")
    host: str = "127.0.0.1"
    port: int = 8050
    metrics_port: int = Field(0, description="port of the ETL's /metrics for Prometheus; 0 = none")
    log_level: str = "INFO"

    @cached_property
    def clock(self) -> Clock:
        """The clock that the whole process is handed."""
        return Clock(offset_days=self.clock_offset_weeks * DAYS_PER_WEEK)
