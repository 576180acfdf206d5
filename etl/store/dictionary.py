"""docs/data-dictionary-store.md, written from the comments of contract_v1.sql: `ioc store dictionary`."""

from etl.store.contract import SCHEMA, views

_HEAD = f"""# Data dictionary: store contract v1

What a PAHT store shows the dashboard: read-only views in schema `{SCHEMA}`. Written by `ioc store dictionary` from
`etl/store/contract_v1.sql`; change that file, not this one. Event kinds: `architecture.md`, "Event kinds".
How to connect a store: `connect-your-store.md`.
"""


def as_markdown() -> str:
    """The whole page."""
    parts = [_HEAD]
    for view in views():
        parts.append(
            f"\n## `{SCHEMA}.{view.name}`\n\n{view.grain}\n\n| column | type | may be null | meaning |\n|---|---|---|---|"
        )
        parts += [
            f"| `{c.name}` | {c.type} | {'yes' if c.is_nullable else 'no'} | {c.meaning.replace('|', '/')} |"
            for c in view.columns
        ]
    return "\n".join(parts) + "\n"
