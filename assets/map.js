// The live map in the browser: takes over the dash-leaflet map, asks the feed for each view, draws it, links it to the page.
// Twin of dashboard/pages/map.py. It draws by itself, because dash-leaflet's GeoJSON layer freezes after a failed fetch and
// drops a change that comes while it is busy (docs/map.md).
(function () {
  'use strict';
  const ioc = (window.ioc = window.ioc || {});
  const PAD = 0.2;
  const MOVE_MS = 300;
  const REFRESH_MS = 30000;
  const SETTLE_MS = 80;
  const NEAR_ZOOM = 12;
  const { DRAWER_PX, isPhone, calm } = ioc;

  let live = null;
  let config = null;
  let selected = null;

  class LiveMap {
    constructor(map) {
      this.map = map;
      this.layer = new ioc.MapLayer(map, {
        words,
        labels: () => config.words,
        onClick: (marker) => this.clicked(marker),
        onDrawn: () => this.dressed(),
      });
      this.ground = new ioc.MapGround(map, {
        onPick: (level, code) => ioc.goOnMap({ ...(level === 'district' ? { district: code, commune: null } : { commune: code }), ...(config || {}).pick }),
      });
      this.density = new ioc.MapDensity(map);
      this.replay = new ioc.MapReplay(map, words);
      const pane = map.createPane('selection');
      pane.style.zIndex = 590;
      pane.style.pointerEvents = 'none';
      this.feed = new ioc.Feed({
        isAnswer: (a) => Array.isArray(a.marks) && a.totals !== undefined,
        onAnswer: (answer, url) => this.show(answer, url),
        onTrouble: (kind) => this.trouble(kind),
      });
      this.shapesFeed = new ioc.Feed({
        isAnswer: (a) => typeof a === 'object' && a !== null && ('commune' in a || 'district' in a || 'empty' in a),
        onAnswer: (shapes) => this.showShapes(shapes),
        onTrouble: () => {},
      });
      map.on('moveend', () => this.moved());
      map.on('zoomstart', () => this.map.getContainer().classList.add('is-zooming'));
      map.on('zoomend', () => this.map.getContainer().classList.remove('is-zooming'));
      map.on('unload', () => this.close());
      this.timer = setInterval(() => document.hidden || this.ask(true), REFRESH_MS);
      this.ageTimer = setInterval(() => this.showAge(), 5000);
      this.watcher = new ResizeObserver(() => map.invalidateSize({ animate: false })); // the centre stays: it is the address
      this.watcher.observe(map.getContainer());
      const legend = document.querySelector('.map-legend');
      if (legend && isPhone()) legend.open = false;
    }

    close() {
      this.feed.stop();
      this.shapesFeed.stop();
      this.replay.close();
      this.layer.close();
      clearInterval(this.timer);
      clearInterval(this.ageTimer);
      this.watcher.disconnect();
      if (live === this) live = null;
    }

    configure(next, previous) {
      this.replay.follow(next.replay, next.words);
      if (!previous || next.shapes !== this.shapesUrl) this.shapesFeed.ask((this.shapesUrl = next.shapes));
      else if (this.shapes) this.drawGround();
      if (!previous && next.view) {
        this.isFitted = true;
        this.map.setView([next.view[1], next.view[0]], next.view[2], { animate: false });
      } else if (!previous || next.focus !== previous.focus) this.fit();
      if (next.replay) this.ground.shade({});
      this.layer.markSpot(next.spot);
      this.ask(true);
    }

    // The whole choice in what is free of legend, drawer and sheet; again once the boundaries are there.
    fit() {
      const box = (config.focus && this.ground.boundsOf(config.focus)) || config.bounds || (this.answer && this.answer.extent);
      this.isFitted = Boolean(box) && (!config.focus || Boolean(this.shapes));
      if (!box) return;
      const { left, top, right, bottom } = this.covered();
      const padding = { paddingTopLeft: [left + 16, top + 16], paddingBottomRight: [right + 16, bottom + 16] };
      this.map.fitBounds(box, { ...padding, animate: false });
    }

    // Pixels at each side of the map that something lies over.
    covered() {
      const size = this.map.getSize();
      const heightOf = (selector) => (document.querySelector(selector) || { offsetHeight: 0 }).offsetHeight;
      if (isPhone()) return { left: 0, top: 60, right: 0, bottom: heightOf('.map-list') + heightOf('.map-replay') };
      const right = document.querySelector('.map-drawer.is-open') ? DRAWER_PX : 0;
      const isWide = size.x - right > 780;
      const bottom = Math.max(isWide ? 0 : heightOf('.map-legend'), heightOf('.map-replay'));
      return { left: isWide ? 150 : 0, top: 20, right, bottom };
    }

    showShapes(shapes) {
      this.shapes = shapes;
      this.drawGround();
      if (!this.isFitted) this.fit();
    }

    drawGround() {
      this.ground.draw(this.shapes, { level: config.level, focus: config.focus });
      this.placeNames();
    }

    moved() {
      clearTimeout(this.settle);
      this.settle = setTimeout(() => {
        this.keepView();
        this.placeNames();
        this.ask(false);
      }, SETTLE_MS);
    }

    // The view goes into the address, so that it can be sent.
    keepView() {
      const { lng, lat } = this.map.getCenter();
      const address = new URL(window.location.href);
      address.searchParams.set('view', `${lng.toFixed(4)},${lat.toFixed(4)},${this.map.getZoom()}`);
      window.history.replaceState(window.history.state, '', address.pathname + ioc.plainQuery(address.search) + address.hash);
    }

    ask(isForced) {
      if (!config) return;
      const zoom = this.map.getZoom();
      const view = this.map.getBounds();
      if (!isForced && this.asked && this.asked.zoom === zoom && this.asked.box.contains(view)) return;
      const box = view.pad(PAD);
      this.asked = { zoom, box };
      this.feed.ask(`${config.feed}&zoom=${zoom}&box=${ioc.corners(box)}`);
    }

    show(answer, url) {
      this.answer = answer;
      this.answeredAt = performance.now();
      this.url = url;
      this.layer.draw(answer);
      this.density.draw(answer.density, config.words.density, words);
      this.ground.shade(config.replay ? {} : answer.areas);
      ioc.mapLegend.ramp(answer.density ? { ...answer.density, few: false } : answer.ramp, answer.density ? '--ramp' : '--map');
      ioc.mapLegend.note(answer, config.words);
      this.showAge();
      if (!this.isFitted) this.fit();
    }

    // What stands clear of the marks, or around one.
    dressed() {
      this.placeNames();
      this.layer.markChosen(selected);
    }

    clicked(marker) {
      if (marker.tip) return ioc.goOnMap({ report: marker.tip.report });
      ioc.goOnMap({ spot: marker.key, report: null });
      const zoom = this.map.getZoom();
      const next = Math.min(zoom + 2, this.map.getMaxZoom());
      if (next > zoom) this.map.setView(marker.getLatLng(), next, { animate: !calm() });
    }

    placeNames() {
      const marks = config && config.replay ? this.replay.drawn() : (ioc.hotMarks && ioc.hotMarks()) || this.layer.all();
      const taken = marks.map((m) => {
        const at = this.map.latLngToContainerPoint(m.getLatLng());
        const r = m.tip ? 11 : m.radius - 10;
        return { left: at.x - r, right: at.x + r, top: at.y - r, bottom: at.y + r };
      });
      this.ground.placeNames(taken);
    }

    choose() {
      this.layer.markChosen(selected);
      if (!selected) return;
      const at = window.L.latLng(selected.lat, selected.lon);
      const size = this.map.getSize();
      const drawer = isPhone() ? 0 : DRAWER_PX;
      const point = this.map.latLngToContainerPoint(at);
      const isSeen = point.x > 24 && point.y > 24 && point.x < size.x - drawer - 24 && point.y < size.y - 24;
      const drawn = Boolean(this.layer.of(selected.report));
      const zoom = drawn ? this.map.getZoom() : Math.max(this.map.getZoom(), NEAR_ZOOM);
      if (isSeen && drawn) return;
      this.map.setView(ioc.besideCover(this.map, at, zoom, drawer), zoom, { animate: !calm(), duration: MOVE_MS / 1000 });
    }

    trouble(kind) {
      this.troubleKind = kind;
      this.showAge();
    }

    showAge() {
      if (!config) return;
      const { answer, answeredAt, troubleKind } = this;
      ioc.mapLegend.age({ answer, answeredAt, trouble: troubleKind }, config.words, words.number);
    }
  }

  const words = { number: (n) => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, '.') };

  ioc.placeNames = () => live && config && live.placeNames();

  ioc.onMap((map) => {
    if (live) live.close();
    live = new LiveMap(map);
    if (config) live.configure(config, null);
  });

  // The page's clientside callbacks (callbacks/map.py).
  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    map: {
      configure(next) {
        const previous = config;
        config = next || null;
        if (live && next) live.configure(next, previous);
        return window.dash_clientside.no_update;
      },
      refresh() {
        if (live) live.ask(true);
        return window.dash_clientside.no_update;
      },
      chosen(place) {
        selected = place;
        if (live) live.choose();
        ioc.keepMapFocus();
        return window.dash_clientside.no_update;
      },
    },
  });

  document.addEventListener('click', (event) => {
    if (live && event.target instanceof Element && event.target.closest('#map-status button')) live.feed.again();
  });
})();
