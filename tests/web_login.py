"""The web process's own login on a mart: tests serve pages with the rights that a deployment gives, not the owner's."""

from sqlalchemy.engine import make_url

from dashboard.demo import servers

PASSWORD = "web-login-of-tests"


def web_url(mart_url: str) -> str:
    """A libpq URL of the same mart as role ioc_web (the migrations made it)."""
    return servers.libpq(servers.set_login(make_url(mart_url), "ioc_web", PASSWORD))
