// The map's layer of hot spots: asks /feed/hotspots for the choice of the address, draws a mark per spot, shows the chosen
// cell. Twin of dashboard/hotspots_*.py. Reports' marks are hidden by the css while the layer is on.
(function () {
  'use strict';
  const ioc = (window.ioc = window.ioc || {});
  const LAYER = 'hotspots';
  const REFRESH_MS = 60000;
  const CELL_DEGREES = 0.005;
  const NEAR_ZOOM = 14;
  const SIDE_PX = 30;
  const LEAST_FREE_PX = 160;
  const { DRAWER_PX, isPhone, calm } = ioc;

  let layer = null;
  let address = null;

  // 'hot' of the address: '9.605_105.975~MT' -> its cell; null when there is none.
  function chosenOf(query) {
    const key = query.get('hot');
    const found = /^(-?[\d.]+)_(-?[\d.]+)~/.exec(key || '');
    return found && { key, lat: Number(found[1]), lon: Number(found[2]) };
  }

  class HotSpots {
    constructor(map) {
      this.map = map;
      this.marks = new Map();
      this.feed = new ioc.Feed({
        isAnswer: (a) => a !== null && typeof a === 'object' && Array.isArray(a.spots),
        onAnswer: (answer) => this.show(answer),
        onTrouble: (kind) => this.say(kind),
      });
      map.on('unload', () => this.close());
      this.timer = setInterval(() => document.hidden || this.ask(), REFRESH_MS);
    }

    close() {
      this.feed.stop();
      clearInterval(this.timer);
      if (this.watcher) this.watcher.disconnect();
      if (layer === this) layer = null;
    }

    ask() {
      const query = new URLSearchParams(address ? address.search : '');
      if (query.get('layer') === LAYER) this.feed.ask(`/feed/hotspots?${query}`);
    }

    // Another address: on or off, other filters, another choice. Only what changed is asked or moved.
    follow() {
      const query = new URLSearchParams(address ? address.search : '');
      const isOn = query.get('layer') === LAYER;
      const page = document.querySelector('.map-page');
      if (page) page.dataset.layer = query.get('layer') || 'reports';
      if (isOn) this.watch();
      const chosen = isOn ? chosenOf(query) : null;
      ['hot', 'view', 'report', 'shade', 'level'].forEach((key) => query.delete(key));
      const asked = isOn ? query.toString() : null;
      if (asked !== this.asked) {
        this.asked = asked;
        this.answer = null;
        if (isOn) this.ask();
        else {
          this.feed.stop();
          this.draw([]);
        }
      }
      this.choose(chosen);
    }

    show(answer) {
      this.answer = answer;
      this.draw(answer.spots);
      this.say(null);
    }

    say(kind) {
      this.trouble = kind;
      const box = document.getElementById('hot-status');
      if (!box) return;
      const a = this.answer;
      const words = kind ? (a ? a.failed_last : box.dataset.failed) : a ? a.said : '';
      if (box.textContent !== words) box.textContent = words;
      box.classList.toggle('is-trouble', Boolean(kind));
    }

    // The page draws the legend anew at every change of the address: what is to be said is said again.
    watch() {
      const legend = document.querySelector('.map-legend');
      if (!legend || this.watched === legend) return;
      if (this.watcher) this.watcher.disconnect();
      this.watched = legend;
      this.watcher = new MutationObserver(() => this.say(this.trouble));
      this.watcher.observe(legend, { childList: true, subtree: true });
    }

    draw(spots) {
      const gone = new Set(this.marks.keys());
      const inCell = new Map();
      spots.forEach((spot, place) => {
        const cell = spot.key.split('~')[0];
        const nth = inCell.get(cell) || 0;
        inCell.set(cell, nth + 1);
        gone.delete(spot.key);
        const look = [spot.n, spot.class, nth, place].join();
        const old = this.marks.get(spot.key);
        if (old && old.look === look) {
          old.spot = spot;
          return;
        }
        if (old) old.remove();
        this.marks.set(spot.key, this.mark(spot, nth, place, look));
      });
      gone.forEach((key) => {
        this.marks.get(key).remove();
        this.marks.delete(key);
      });
      this.dress();
      if (ioc.placeNames) ioc.placeNames();
    }

    // Several fields in one cell stand side by side; the strongest spot lies above the others.
    mark(spot, nth, place, look) {
      const icon = window.L.divIcon({
        html: `<span class="hot hot-${Number(spot.class)}">${Number(spot.n)}</span>`,
        className: 'hot-mark',
        iconSize: [SIDE_PX, SIDE_PX],
        iconAnchor: [SIDE_PX / 2 - nth * SIDE_PX, SIDE_PX / 2],
      });
      const marker = window.L.marker([spot.lat, spot.lon], { icon, zIndexOffset: 5000 - place, keyboard: true, riseOnHover: true });
      Object.assign(marker, { spot, look, tip: true });
      ioc.actsAsButton(marker, () => marker.spot.lines.join('. '), () => ioc.goOnMap({ hot: marker.spot.key, report: null }));
      marker.bindTooltip(() => ioc.textLines(marker.spot.lines), { direction: 'top', offset: [0, -12], className: 'map-tip' });
      return marker.addTo(this.map);
    }

    dress() {
      this.marks.forEach((marker, key) => marker.getElement().classList.toggle('is-chosen', Boolean(this.chosen) && this.chosen.key === key));
    }

    // The cell of the chosen spot as the ground that it is, in view and beside the drawer.
    choose(chosen) {
      const was = this.chosen && this.chosen.key;
      this.chosen = chosen;
      this.dress();
      if ((chosen && chosen.key) === was) return;
      if (this.square) this.square.remove();
      this.square = null;
      this.keepFocus(was);
      if (!chosen) return;
      const half = CELL_DEGREES / 2;
      const bounds = [[chosen.lat - half, chosen.lon - half], [chosen.lat + half, chosen.lon + half]];
      this.square = window.L.rectangle(bounds, { className: 'hot-cell', interactive: false }).addTo(this.map);
      this.pan(chosen);
    }

    pan(chosen) {
      const at = window.L.latLng(chosen.lat, chosen.lon);
      const zoom = Math.max(this.map.getZoom(), NEAR_ZOOM);
      const covered = isPhone() ? 0 : DRAWER_PX - this.legendPx();
      this.map.setView(ioc.besideCover(this.map, at, zoom, covered), zoom, { animate: !calm(), duration: 0.3 });
    }

    // How far the legend reaches into the map from the left; none where nothing would be left beside it.
    legendPx() {
      const legend = document.querySelector('.map-legend[open]');
      const right = legend ? legend.offsetLeft + legend.offsetWidth : 0;
      return this.map.getSize().x - DRAWER_PX - right > LEAST_FREE_PX ? right : 0;
    }

    // The drawer takes the focus when it opens and gives it back to the row that opened it.
    keepFocus(was) {
      window.setTimeout(() => {
        if (this.chosen) return ioc.focusDrawer();
        const row = was && ioc.rowOf('hot', was);
        if (row) row.focus({ preventScroll: true });
      }, 50);
    }
  }

  // What is drawn while the layer is on, else null: names keep clear of it.
  ioc.hotMarks = () => (layer && layer.asked ? [...layer.marks.values()] : null);

  ioc.onMap((map) => {
    if (layer) layer.close();
    layer = new HotSpots(map);
    if (address) layer.follow();
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    hotspots: {
      address(next) {
        address = next || null;
        if (layer) layer.follow();
        return window.dash_clientside.no_update;
      },
    },
  });
})();
