// What stands around the live map in words: classes of the legend, a note, the age of the figures. Filled for assets/map.js.
(function () {
  'use strict';
  const ioc = (window.ioc = window.ioc || {});

  // Words of the classes under their colours, as the answer gives them.
  // colours: name of the css variables of the classes, '--map' (0 …) or '--ramp' (1 …).
  function ramp(classes, colours = '--map') {
    const box = document.getElementById('map-ramp');
    const few = document.getElementById('map-few');
    if (!box || !few || !classes) return;
    few.hidden = !classes.few;
    document.getElementById('map-n').textContent = classes.n;
    box.replaceChildren(
      ...classes.words.map((word, place) => {
        const part = document.createElement('span');
        part.textContent = word;
        part.style.setProperty('--swatch', `var(${colours}-${place + (colours === '--ramp' ? 1 : 0)})`);
        return part;
      }),
    );
  }

  // That there are too many reports to draw each.
  function note(answer, words) {
    const box = document.getElementById('map-counts');
    if (!box) return;
    box.textContent = words.counts;
    box.hidden = !answer.has_counts || Boolean(answer.density);
  }

  // What the figures' age is, in words; after a failure since when they stand. Its own timer: a dead server cannot hide it.
  // answer: the last one, null before the first; answeredAt: performance.now() then; trouble: '' | 'failed' | 'signed_out'.
  function age({ answer, answeredAt, trouble }, w, number) {
    const box = document.getElementById('map-status');
    if (!box) return;
    const minutes = answer ? Math.floor((answer.age_s + (performance.now() - answeredAt) / 1000) / 60) : null;
    box.dataset.state = trouble ? 'trouble' : minutes === null ? 'loading' : minutes >= 60 ? 'red' : minutes >= 15 ? 'amber' : 'fresh';
    let text = minutes === null ? w.loading : w.data_at.replace('{at}', answer.data_at).replace('{minutes}', number(minutes));
    if (trouble === 'signed_out') text = w.signed_out;
    else if (trouble) text = answer ? w.failed_last.replace('{at}', answer.at) : w.failed;
    box.querySelector('span').textContent = text;
    box.querySelector('button').hidden = trouble !== 'failed';
    box.querySelector('a').hidden = trouble !== 'signed_out';
  }

  ioc.mapLegend = { ramp, note, age };
})();
