// The marks of the map as SVG: a shape and a colour per deadline state, rings for clusters. Only numbers enter the markup.
(function () {
  'use strict';
  const ioc = (window.ioc = window.ioc || {});

  const STATES = ['in_time', 'due_soon', 'overdue', 'done_on_time', 'done_late', 'other'];
  const SIZE_PX = { in_time: 19, due_soon: 23, overdue: 26, done_on_time: 19, done_late: 19, other: 19 };
  const CELL_PX = 68; // dashboard.map_cells.CELL_PX: a cluster's key names its cells
  const RING_PX = 5;
  const GAP_PX = 1.5;
  const BANG = '<rect x="-1.4" y="-6" width="2.8" height="7.4" rx="1.2"/><circle cy="4.6" r="1.7"/>';
  const TICK = '<path d="M-4,0.4 L-1.2,3.2 L4.2,-3" class="tick"/>';

  // Drawn in a box of 26 x 26 about 0,0; the css gives the colours and the halo in the card's colour.
  const SHAPE = {
    in_time: '<circle r="11.5" class="halo"/><circle r="8.2" class="ring"/>',
    due_soon: `<path d="M0,-11 L12,10.5 H-12 Z" class="body"/><g class="bang" transform="translate(0,3)">${BANG}</g>`,
    overdue: `<path d="M0,-12.4 L12.4,0 L0,12.4 L-12.4,0 Z" class="body"/><g class="bang">${BANG}</g>`,
    done_on_time: `<circle r="10.5" class="body"/>${TICK}`,
    done_late: `<rect x="-9.5" y="-9.5" width="19" height="19" rx="2" class="body"/>${TICK}`,
    other: '<circle r="11.5" class="halo"/><circle r="8.2" class="ring"/><path d="M-5,0 H5" class="bar"/>',
  };

  function svg(size, inner, view, classes) {
    const box = `${-view / 2} ${-view / 2} ${view} ${view}`;
    return `<svg class="${classes}" width="${size}" height="${size}" viewBox="${box}" aria-hidden="true" focusable="false">${inner}</svg>`;
  }

  function single(state, isUrgent) {
    const urgent = isUrgent
      ? `<circle r="16.5" class="urgent-ring"/><circle cx="12" cy="-12" r="6.5" class="urgent-disc"/>` +
        `<g class="urgent-bang" transform="translate(12,-12) scale(.62)">${BANG}</g>`
      : '';
    const size = SIZE_PX[state] * (isUrgent ? 38 / 28 : 1);
    return { size, html: svg(size, urgent + SHAPE[state], isUrgent ? 38 : 28, `pin pin-${state}`) };
  }

  // Same formula as dashboard.map_cells.radius_px, which keeps them from overlapping.
  const MOST_RADIUS_PX = 42;
  const radius = (n, most = MOST_RADIUS_PX) => Math.min(12 + 2.1 * Math.sqrt(n), most);

  function arc(r, from, share, gapTurn, classes) {
    const turn = Math.min(share, 0.9999) * 2 * Math.PI - (share < 1 ? gapTurn : 0);
    if (turn <= 0) return '';
    const a = from * 2 * Math.PI - Math.PI / 2;
    const b = a + turn;
    const large = turn > Math.PI ? 1 : 0;
    const at = (angle) => `${(r * Math.cos(angle)).toFixed(2)},${(r * Math.sin(angle)).toFixed(2)}`;
    return `<path d="M${at(a)} A${r},${r} 0 ${large} 1 ${at(b)}" class="${classes}"/>`;
  }

  // counts: in the order of STATES; most: largest radius in px. Red share overdue from 12 o'clock, amber due soon, brown done late, grey the rest.
  function cluster(counts, words, most) {
    const n = counts.reduce((a, b) => a + b, 0);
    const r = radius(n, most);
    const ring = r - RING_PX / 2 - 1;
    const parts = [
      [counts[2] / n, 'arc arc-overdue'],
      [counts[1] / n, 'arc arc-soon'],
      [counts[4] / n, 'arc arc-late'],
    ].filter(([share]) => share > 0);
    const gapTurn = GAP_PX / ring;
    let inner = `<circle r="${r}" class="disc"/>`;
    let from = 0;
    if (!parts.length) inner += `<circle r="${ring}" class="arc arc-rest"/>`;
    for (const [share, classes] of parts) {
      inner += arc(ring, from, Math.max(share, (2 * gapTurn) / (2 * Math.PI)), gapTurn, classes);
      from += share;
    }
    if (parts.length && from < 0.999) inner += arc(ring, from, 1 - from, gapTurn, 'arc arc-rest');
    inner += `<text y="4.5" class="count">${words.number(n)}</text>`;
    if (counts[2]) inner += badge(counts[2], r, words);
    return { size: 2 * (r + 14), html: svg(2 * (r + 14), inner, 2 * (r + 14), 'pin pin-cluster') };
  }

  function badge(overdue, r, words) {
    const text = words.number(overdue);
    const half = 8 + 2.6 * text.length;
    const off = r * 0.72;
    const d = `M0,${-half} L${half},0 L0,${half} L${-half},0 Z`;
    return `<g transform="translate(${off},${-off})"><path d="${d}" class="badge"/><text y="4" class="badge-count">${text}</text></g>`;
  }

  ioc.mapMarks = { STATES, CELL_PX, single, cluster, radius };
})();
