// The ground of the map: our own boundaries, shaded by a measure, and names that never lie over each other.
(function () {
  'use strict';
  const ioc = (window.ioc = window.ioc || {});
  const L = () => window.L;

  const CLEAR_PX = 3;
  const EDGE_PX = 24;
  const SHIFTS_PX = [[0, 0], [0, 20], [0, -20], [0, 36], [0, -36], [34, 14], [-34, 14], [0, 54], [0, -54]];
  const COMMUNE_NAMES_FROM_ZOOM = 12;
  const COMMUNE_LINES_FROM_ZOOM = 9;

  function pane(map, name, zIndex, isQuiet) {
    const made = map.getPane(name) || map.createPane(name);
    made.style.zIndex = zIndex;
    if (isQuiet) made.style.pointerEvents = 'none';
    return name;
  }

  class Ground {
    // onPick(level, code): the user chose an area by its ground or its name.
    constructor(map, { onPick }) {
      this.map = map;
      this.onPick = onPick;
      pane(map, 'areas', 210);
      pane(map, 'lines', 220, true);
      pane(map, 'names', 560, true);
      this.renderers = {
        areas: L().svg({ pane: 'areas', padding: 0.3 }),
        lines: L().svg({ pane: 'lines', padding: 0.3 }),
      };
      this.layers = [];
      this.names = [];
    }

    // shapes: {province, district, commune}: FeatureCollections, or absent where a day has none (no districts today).
    draw(shapes, { level, focus }) {
      this.clear();
      this.byCode = new Map();
      const shaded = shapes[level] && shapes[level].features.length ? level : shapes.commune ? 'commune' : 'district';
      if (shapes[shaded]) this.layers.push(this.areas(shapes[shaded], shaded));
      if (shapes.commune && shaded !== 'commune') this.layers.push(this.lines(shapes.commune, 'line-commune'));
      if (shapes.commune && shaded === 'commune') this.layers.push(this.lines(shapes.commune, 'line-commune on-top'));
      if (shapes.district) this.layers.push(this.lines(shapes.district, 'line-district'));
      if (shapes.province) this.layers.push(this.lines(shapes.province, 'line-province'));
      const focused = [...((shapes.district || {}).features || []), ...((shapes.commune || {}).features || [])].filter(
        (f) => f.properties.code === focus,
      );
      if (focused.length) this.layers.push(this.lines({ type: 'FeatureCollection', features: focused }, 'line-focus'));
      this.layers.forEach((layer) => layer.addTo(this.map));
      this.hatch();
      this.collectNames(shapes, focus);
      this.shade(this.values);
    }

    areas(collection, level) {
      return L().geoJSON(collection, {
        pane: 'areas',
        renderer: this.renderers.areas,
        style: { className: 'area', fillOpacity: 1, weight: 0 },
        onEachFeature: (feature, layer) => {
          this.byCode.set(feature.properties.code, layer);
          layer.on('click', () => this.onPick(level, feature.properties.code));
        },
      });
    }

    lines(collection, className) {
      const style = { className, fill: false, weight: 1, interactive: false };
      return L().geoJSON(collection, { pane: 'lines', renderer: this.renderers.lines, style, interactive: false });
    }

    // "ít số liệu": hatched. One pattern for the page, drawn with the css tokens.
    hatch() {
      const svg = this.renderers.areas._container;
      if (!svg || svg.querySelector('#ioc-few')) return;
      const defs = document.createElementNS('http://www.w3.org/2000/svg', 'defs');
      defs.innerHTML =
        '<pattern id="ioc-few" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">' +
        '<rect width="7" height="7" class="few-ground"/><path d="M0,0 V7" class="few-line"/></pattern>';
      svg.prepend(defs);
    }

    // values: {code: {class: 0..4 | null, few: bool, text}}; what has no value stays plain ground.
    shade(values) {
      this.values = values || {};
      if (!this.byCode) return;
      for (const [code, layer] of this.byCode) {
        const element = layer.getElement && layer.getElement();
        if (!element) continue;
        const value = this.values[code];
        element.dataset.class = value ? (value.few ? 'few' : value.class) : 'none';
        layer.unbindTooltip();
        if (value) layer.bindTooltip(ioc.textLines([layer.feature.properties.name, ...value.text]), { sticky: true, className: 'map-tip' });
      }
    }

    collectNames(shapes, focus) {
      const of = (level) =>
        ((shapes[level] || {}).features || []).map((f) => ({ level, ...f.properties, box: boundsOf(f.geometry.coordinates) }));
      this.candidates = [...of('district'), ...of('commune')];
      this.hasDistricts = of('district').length > 0;
      this.focus = focus;
    }

    // A district gives its name up to its communes when they are near enough, or when it is the one that is looked at.
    isNamed(name, zoom) {
      if (name.level === 'district') return name.code !== this.focus && zoom < COMMUNE_NAMES_FROM_ZOOM + 1;
      return zoom >= COMMUNE_NAMES_FROM_ZOOM || name.parent_code === this.focus || (!this.hasDistricts && zoom >= 10);
    }

    // Each where it clears the names and marks before it, or not at all.
    placeNames(taken) {
      if (!this.candidates) return;
      const zoom = this.map.getZoom();
      const size = this.map.getSize();
      const wanted = this.candidates.filter((name) => this.isNamed(name, zoom));
      const boxes = taken.slice();
      const placed = [];
      for (const name of wanted) {
        const at = this.map.latLngToContainerPoint([name.label_lat, name.label_lon]);
        if (at.x < -60 || at.y < -30 || at.x > size.x + 60 || at.y > size.y + 30) continue;
        const box = this.freeBox(at, name, boxes, this.reach(name));
        if (!box) continue;
        boxes.push(box);
        placed.push({ name, shift: box.shift });
      }
      this.showNames(placed);
    }

    // How far a name may move and still stand on its own area, or just below or above it.
    reach(name) {
      const [west, south, east, north] = name.box;
      const from = this.map.latLngToContainerPoint([north, west]);
      const to = this.map.latLngToContainerPoint([south, east]);
      return { left: from.x, right: to.x, top: from.y - EDGE_PX, bottom: to.y + EDGE_PX };
    }

    freeBox(at, name, boxes, reach) {
      const half = { x: textWidth(name.name, name.level) / 2 + CLEAR_PX, y: 8 + CLEAR_PX };
      for (const shift of SHIFTS_PX) {
        const [x, y] = [at.x + shift[0], at.y + shift[1]];
        if (x < reach.left || x > reach.right || y < reach.top || y > reach.bottom) continue;
        const box = { left: x - half.x, right: x + half.x, top: y - half.y, bottom: y + half.y, shift };
        if (!boxes.some((b) => box.left < b.right && b.left < box.right && box.top < b.bottom && b.top < box.bottom)) return box;
      }
      return null;
    }

    showNames(placed) {
      const keep = new Map(this.names.map((marker) => [marker.key, marker]));
      this.names = placed.map(({ name, shift }) => {
        const key = `${name.level}:${name.code}:${shift}`;
        const old = keep.get(key);
        keep.delete(key);
        return old || this.nameMarker(key, name, shift);
      });
      keep.forEach((marker) => marker.remove());
    }

    nameMarker(key, name, shift) {
      const button = document.createElement('button');
      button.type = 'button';
      button.tabIndex = -1;
      button.textContent = name.name;
      const icon = L().divIcon({ html: button, className: `area-name area-name-${name.level}`, iconSize: [0, 0], iconAnchor: [-shift[0], -shift[1]] });
      const marker = L().marker([name.label_lat, name.label_lon], { icon, pane: 'names', keyboard: false, interactive: false });
      marker.key = key;
      marker.addTo(this.map);
      L().DomEvent.disableClickPropagation(button);
      button.addEventListener('click', () => this.onPick(name.level, name.code));
      return marker;
    }

    boundsOf(code) {
      const layer = this.layers
        .flatMap((group) => group.getLayers())
        .find((l) => l.feature.properties.code === code);
      return layer ? layer.getBounds() : null;
    }

    bounds() {
      const group = L().featureGroup(this.layers);
      return this.layers.length ? group.getBounds() : null;
    }

    clear() {
      this.layers.forEach((layer) => layer.remove());
      this.layers = [];
      this.names.forEach((marker) => marker.remove());
      this.names = [];
    }
  }

  function boundsOf(coordinates) {
    if (typeof coordinates[0] === 'number') return [coordinates[0], coordinates[1], coordinates[0], coordinates[1]];
    return coordinates.map(boundsOf).reduce((a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])]);
  }

  const widths = new Map();
  function textWidth(text, level) {
    const key = level + text;
    if (!widths.has(key)) {
      const context = (textWidth.context = textWidth.context || document.createElement('canvas').getContext('2d'));
      context.font = `500 ${level === 'district' ? 13 : 12}px "IBM Plex Sans", sans-serif`;
      widths.set(key, context.measureText(text).width);
    }
    return widths.get(key);
  }

  // Lines of plain text as an element: what anybody wrote stays text.
  ioc.textLines = function (lines) {
    const box = document.createElement('div');
    lines.filter(Boolean).forEach((line, i) => {
      const row = document.createElement(i ? 'div' : 'strong');
      row.textContent = line;
      box.appendChild(row);
    });
    return box;
  };

  ioc.MapGround = Ground;
})();
