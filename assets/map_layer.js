// The marks of the live map: they go and come with an answer, in short tasks; and what is chosen among them.
// Their pictures: assets/map_marks.js.
(function () {
  'use strict';
  const ioc = (window.ioc = window.ioc || {});
  const SLICE_MS = 30;

  ioc.MapLayer = class {
    // words: {number}; labels: () => the page's words; onClick(marker); onDrawn: all marks of the last answer stand.
    constructor(map, { words, labels, onClick, onDrawn }) {
      Object.assign(this, { map, words, labels, onClick, onDrawn });
      this.marks = new Map();
    }

    all() {
      return [...this.marks.values()];
    }

    of(report) {
      return this.marks.get(`r${report}`);
    }

    close() {
      clearTimeout(this.slice);
    }

    draw(answer) {
      const gone = new Set(this.marks.keys());
      const fresh = [];
      answer.marks.forEach((row) => {
        const [key, lon, lat, tip] = row;
        const counts = row.slice(4);
        gone.delete(key);
        const old = this.marks.get(key);
        const look = counts.join() + (tip ? tip.urgent : '');
        if (old && old.look === look) {
          old.setLatLng([lat, lon]);
          old.tip = tip;
          return;
        }
        if (old) old.remove();
        this.marks.delete(key);
        fresh.push(() => this.marks.set(key, this.mark(key, lon, lat, counts, tip, look)));
      });
      const leave = (key) => {
        this.marks.get(key).remove();
        this.marks.delete(key);
      };
      this.inSlices([...[...gone].map((key) => () => leave(key)), ...fresh]);
    }

    // Some hundred marks would hold the page up: they go and come in short tasks. A newer answer makes what is left itself.
    inSlices(tasks) {
      clearTimeout(this.slice);
      const until = performance.now() + SLICE_MS;
      while (tasks.length && performance.now() < until) tasks.shift()();
      if (tasks.length) this.slice = setTimeout(() => this.inSlices(tasks), 0);
      else this.onDrawn();
    }

    mark(key, lon, lat, counts, tip, look) {
      const n = counts.reduce((a, b) => a + b, 0);
      const state = counts.findIndex((c) => c > 0);
      const drawn = tip ? ioc.mapMarks.single(ioc.mapMarks.STATES[state], tip.urgent) : ioc.mapMarks.cluster(counts, this.words);
      const icon = window.L.divIcon({ html: drawn.html, className: 'map-mark', iconSize: [drawn.size, drawn.size] });
      const lift = tip ? [0, 200, 400, 0, 0, 0][state] : 1000 + n; // overdue drawn last of the singles, clusters above
      const marker = window.L.marker([lat, lon], { icon, zIndexOffset: lift, keyboard: true, riseOnHover: true });
      Object.assign(marker, { key, look, tip, counts, radius: drawn.size / 2 });
      ioc.actsAsButton(marker, () => this.lines(marker).join('. '), () => this.onClick(marker));
      marker.bindTooltip(() => ioc.textLines(this.lines(marker)), { direction: 'top', offset: [0, -drawn.size / 3], className: 'map-tip' });
      return marker.addTo(this.map);
    }

    lines(marker) {
      if (marker.tip) return marker.tip.lines;
      const n = marker.counts.reduce((a, b) => a + b, 0);
      const shares = marker.counts.map((c, i) => c && `${this.labels().states[i]} ${this.words.number(c)}`).filter(Boolean);
      return [`${this.words.number(n)} ${this.labels().reports}`, ...shares];
    }

    // The cells of the chosen cluster as the squares that they are: what the list beside the map holds.
    markSpot(spot) {
      if (this.spot) this.spot.remove();
      this.spot = null;
      const found = /^([\d.]+):([\d:,]+)$/.exec(spot || '');
      if (!found) return;
      const zoom = Number(found[1]);
      const at = (column, line) => this.map.unproject([column * ioc.mapMarks.CELL_PX, line * ioc.mapMarks.CELL_PX], zoom);
      const rings = found[2].split(',').map((cell) => {
        const [c, l] = cell.split(':').map(Number);
        return [[at(c, l), at(c + 1, l), at(c + 1, l + 1), at(c, l + 1)]];
      });
      this.spot = window.L.polygon(rings, { pane: 'lines', className: 'spot-cell', interactive: false, smoothFactor: 0 }).addTo(this.map);
    }

    // A ring around the chosen report, where it is drawn now, else where it lies.
    markChosen(chosen) {
      if (this.ring) this.ring.remove();
      this.ring = null;
      if (!chosen) return;
      const drawn = chosen.report && this.of(chosen.report);
      const at = drawn ? drawn.getLatLng() : chosen.lat && [chosen.lat, chosen.lon];
      if (!at) return;
      const html = '<svg width="44" height="44" viewBox="-22 -22 44 44" aria-hidden="true"><circle r="19.5" class="chosen"/></svg>';
      const icon = window.L.divIcon({ html, className: 'map-mark', iconSize: [44, 44] });
      this.ring = window.L.marker(at, { icon, pane: 'selection', interactive: false, keyboard: false }).addTo(this.map);
    }
  };
})();
