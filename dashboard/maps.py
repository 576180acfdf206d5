"""The one place that knows dash-leaflet: the empty map that assets/map.js draws into, and its optional basemap."""

import dash_leaflet as dl
from dash.development.base_component import Component

from dashboard.text import t

LEAST_ZOOM, MOST_ZOOM = 7, 18
MIDDLE_OF_VIETNAM = (16.0, 106.5)
BLANK_TILE = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
"""What stands for a tile that did not come: the boundaries below it show through."""


def live_map(map_id: str, basemap_url: str = "", basemap_credit: str = "") -> Component:
    """An empty map: controls, scale, credit; no tile and no outside host unless `basemap_url` (XYZ) is given.

    The layers are drawn by assets/map.js: dash-leaflet's GeoJSON layer stays busy for ever after one failed fetch
    and drops changes that come while it is busy (docs/map.md).
    """
    credit = [basemap_credit] if basemap_credit else []
    layers = [dl.TileLayer(url=basemap_url, errorTileUrl=BLANK_TILE, opacity=0.6)] if basemap_url else []
    return dl.MapContainer(
        [
            *layers,
            dl.ZoomControl(position="topleft"),
            dl.ScaleControl(position="bottomleft", imperial=False, maxWidth=90),
            dl.AttributionControl(position="bottomright", prefix=" · ".join([t("map.credit"), *credit])),
        ],
        id=map_id,
        center=MIDDLE_OF_VIETNAM,
        zoom=LEAST_ZOOM,
        minZoom=LEAST_ZOOM,
        maxZoom=MOST_ZOOM,
        zoomSnap=0.25,
        zoomControl=False,
        attributionControl=False,
        trackViewport=False,
        className="has-basemap" if basemap_url else "",
    )
