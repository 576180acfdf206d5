// The map's layer of density: squares of the coarse grid in five classes, one path for each class. Drawn for assets/map.js
// from the answers of /feed/map?layer=density (dashboard/map_density.py).
(function () {
  'use strict';
  const ioc = (window.ioc = window.ioc || {});

  class Density {
    constructor(map) {
      this.map = map;
      const pane = map.getPane('density') || map.createPane('density');
      pane.style.zIndex = 215;
      pane.style.pointerEvents = 'none';
      this.renderer = window.L.svg({ pane: 'density', padding: 0.3 });
      this.layers = [];
      this.tip = window.L.tooltip({ className: 'map-tip', direction: 'top', offset: [0, -8] });
      this.move = (event) => this.point(event.latlng);
      map.on('mousemove', this.move);
      map.on('mouseout', () => this.map.closeTooltip(this.tip));
    }

    // found: the answer's density, or null to take the layer away. tip: words with {n}.
    draw(found, tip, words) {
      this.layers.forEach((layer) => layer.remove());
      this.layers = [];
      this.found = found || null;
      this.counts = new Map();
      if (!found) return this.map.closeTooltip(this.tip);
      Object.assign(this, { words, tipWords: tip });
      this.layers = found.cells.map((flat, place) => this.layerOf(flat, place)).filter(Boolean);
    }

    layerOf(flat, place) {
      const rings = [];
      for (let at = 0; at < flat.length; at += 3) {
        rings.push([this.ring(flat[at], flat[at + 1])]);
        this.counts.set(`${flat[at]}:${flat[at + 1]}`, flat[at + 2]);
      }
      if (!rings.length) return null;
      const style = { pane: 'density', renderer: this.renderer, className: `density density-${place}`, weight: 0, smoothFactor: 0, interactive: false };
      return window.L.polygon(rings, style).addTo(this.map);
    }

    ring(column, row) {
      const { step, offset } = this.found;
      const [west, south] = [column * step - offset, row * step - offset];
      return [[south, west], [south, west + step], [south + step, west + step], [south + step, west]];
    }

    point(at) {
      if (!this.found) return;
      const { step, offset } = this.found;
      const n = this.counts.get(`${Math.floor((at.lng + offset) / step)}:${Math.floor((at.lat + offset) / step)}`);
      if (!n) return this.map.closeTooltip(this.tip);
      this.tip.setContent(ioc.textLines([this.tipWords.replace('{n}', this.words.number(n))]));
      this.tip.setLatLng(at).addTo(this.map);
    }
  }

  ioc.MapDensity = Density;
})();
