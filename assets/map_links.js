// The map page's address and what follows from it: links that carry the view, the drawer's focus, the phone's sheet.
(function () {
  'use strict';
  const ioc = (window.ioc = window.ioc || {});
  const MAP_ID = 'map-canvas';

  // Commas and colons of views and clusters stay readable in the address.
  ioc.plainQuery = (search) => search.replaceAll('%2C', ',').replaceAll('%3A', ':');

  // Another address on the same page, as a soft link does it: the shell's store tells every callback.
  function go(changes) {
    const address = new URL(window.location.href);
    for (const [key, value] of Object.entries(changes)) {
      if (value === null) address.searchParams.delete(key);
      else address.searchParams.set(key, value);
    }
    window.history.pushState({}, '', address.pathname + ioc.plainQuery(address.search));
    const told = { path: window.location.pathname, search: window.location.search };
    window.dash_clientside.set_props('shell-url', { data: told });
  }

  ioc.goOnMap = go;
  // The drawer takes the focus when it opens and gives it back to the row or mark that opened it.
  let opener = null;
  ioc.keepMapFocus = function () {
    window.setTimeout(() => {
      const code = new URLSearchParams(window.location.search).get('report');
      if (code && code !== opener) ioc.focusDrawer();
      if (!code && opener) {
        (ioc.rowOf('report', opener) || document.getElementById(MAP_ID)).focus({ preventScroll: true });
      }
      opener = code;
    }, 50);
  };

  // The phone's sheet: half, full, peek, half …
  function foldSheet(sheet) {
    const next = { half: 'full', full: 'peek', peek: 'half' };
    sheet.dataset.size = next[sheet.dataset.size || 'half'];
  }

  // Filters and rows are links that know nothing of the view: they take it along, and the shading with it.
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element && document.getElementById(MAP_ID) && event.target.closest('a.soft[href^="?"]');
    if (!link) return;
    const here = new URLSearchParams(window.location.search);
    const there = new URLSearchParams(link.getAttribute('href'));
    const keys = link.closest('.filters') ? ['view', 'shade', 'level', 'layer', 'replay'] : ['view'];
    keys.forEach((key) => here.has(key) && !there.has(key) && there.set(key, here.get(key)));
    link.setAttribute('href', ioc.plainQuery(`?${there}`));
  }, true);

  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && document.querySelector('.map-drawer.is-open')) go({ report: null, hot: null });
  });
  document.addEventListener('click', (event) => {
    const handle = event.target instanceof Element && event.target.closest('.map-sheet-handle');
    if (handle) foldSheet(handle.closest('.map-list'));
  });
})();
