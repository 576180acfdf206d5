// What the map's scripts share: the map when Leaflet makes it, marks that act as buttons, what lies over it, where focus goes.
// Assets are loaded in the order of their names: this one stands before map*.js, which call it while they are loaded.
(function () {
  'use strict';
  const ioc = (window.ioc = window.ioc || {});
  const MAP_ID = 'map-canvas';

  ioc.DRAWER_PX = 372;
  ioc.isPhone = () => window.matchMedia('(max-width: 760px)').matches;
  ioc.calm = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches;

  // make(map) for the page's map, every time that one is made; Leaflet may come later than this script.
  ioc.onMap = function (make) {
    function attach() {
      window.L.Map.addInitHook(function () {
        this.whenReady(() => this.getContainer().id === MAP_ID && make(this));
      });
    }
    if (window.L) return attach();
    const wait = setInterval(() => window.L && (clearInterval(wait), attach()), 10);
  };

  // A mark that is pressed by mouse, finger and keyboard. words: () => what it says, asked when it is drawn.
  ioc.actsAsButton = function (marker, words, act) {
    marker.on('add', () => {
      const element = marker.getElement();
      element.setAttribute('role', 'button');
      element.setAttribute('aria-label', words());
      element.addEventListener('keydown', (event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        act();
      });
    });
    marker.on('click', act);
  };

  // 'west,south,east,north' as the feeds read it.
  ioc.corners = (box) => [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].map((v) => v.toFixed(5)).join(',');

  // The centre that puts a place into the middle of what `covered` pixels at the right leave free.
  ioc.besideCover = (map, at, zoom, covered) => map.unproject(map.project(at, zoom).add([covered / 2, 0]), zoom);

  ioc.focusDrawer = () => document.getElementById('map-drawer').focus({ preventScroll: true });

  // The row of the list whose link has this key and value in its address.
  ioc.rowOf = (key, value) => [...document.querySelectorAll('.map-rows a')].find((a) => new URLSearchParams(a.search).get(key) === value);
})();
