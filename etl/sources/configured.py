"""The source that the settings name: the PAHT store, or a file or an Open311 server under a mapping."""

from pathlib import Path
from typing import TYPE_CHECKING

from etl.sources.record import Source, SourceError
from kpi.provinces import province_code
from kpi.settings import Settings

if TYPE_CHECKING:
    from etl.sources.mapping import SourceMapping, StoreMapping


def open_source(settings: Settings) -> Source:
    """IOC_SOURCE_MAPPING with IOC_SOURCE (a path or an address), else IOC_STORE_URL.

    Raises SourceError, strict_yaml.DataError, provinces.UnknownProvinceError.
    """
    code = province_code(settings.province)
    if settings.source_mapping is None:
        from etl.sources.postgres import PostgresSource

        if not settings.store_url:
            raise SourceError("store", "IOC_STORE_URL is not set (or IOC_SOURCE_MAPPING and IOC_SOURCE)")
        return PostgresSource(settings.store_url, code)
    from etl.sources.mapping import StoreMapping, load_any

    mapping = load_any(settings.source_mapping)
    if mapping.province != code:
        raise SourceError(
            mapping.name, f"the mapping is of province {mapping.province}, IOC_PROVINCE says {code}"
        )
    if isinstance(mapping, StoreMapping):
        return _store(settings, mapping)
    return _mapped(settings, mapping)


def _store(settings: Settings, mapping: "StoreMapping") -> Source:
    from etl.sources.postgres import PostgresSource

    if not settings.store_url:
        raise SourceError(mapping.name, "IOC_STORE_URL is not set: the URL of the views' reader")
    shape = mapping.postgres
    return PostgresSource(
        settings.store_url, mapping.province, name=mapping.name, schema=shape.schema_name, omits=shape.omits
    )


def _mapped(settings: Settings, mapping: "SourceMapping") -> Source:
    if not settings.source:
        raise SourceError(
            mapping.name, "IOC_SOURCE is not set: the path of the files, or the server's address"
        )
    if mapping.file is not None:
        from etl.sources.files import FileSource

        return FileSource(Path(settings.source), mapping)
    from etl.sources.open311 import Open311Source

    return Open311Source(settings.source, mapping, settings.clock)
