// The map's replay: plays the frames of /feed/replay (dashboard/map_replay.py) as marks, with a large clock of the past and
// controls for mouse, finger and keyboard. assets/map.js says when it begins and ends.
(function () {
  'use strict';
  const ioc = (window.ioc = window.ioc || {});
  const STATES = 6;
  const FRAMES_PER_S = { slow: 2, normal: 5, fast: 12 };
  const CALM_FRAMES_PER_S = 1;
  const SETTLE_MS = 120;
  const MOST_RADIUS_PX = 30; // dashboard.map_replay.MARK_PX keeps marks of this size apart
  const { calm } = ioc;

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  class Replay {
    constructor(map, format) {
      Object.assign(this, { map, format, marks: new Map(), frame: 0, speed: 'normal' });
      this.feed = new ioc.Feed({
        isAnswer: (a) => a !== null && typeof a === 'object' && Array.isArray(a.frames) && Array.isArray(a.clock),
        onAnswer: (answer) => this.show(answer),
        onTrouble: (kind) => this.say(kind ? this.words.failed : ''),
      });
      map.on('moveend', () => this.moved());
    }

    // asked: {feed, code, today} or null. words: config.words.
    follow(asked, words) {
      if (!asked) return this.close();
      Object.assign(this, { words: words.replay, states: words.states });
      if (!this.panel) this.build();
      if (this.asked && this.asked.feed === asked.feed) return;
      if (!this.asked || this.asked.code !== asked.code) this.frame = 0;
      this.asked = asked;
      this.answer = null;
      this.pause();
      this.pick.max = asked.today;
      this.pick.value = asked.code.length > 7 ? asked.code : '';
      this.say(this.words.loading);
      this.ask();
    }

    close() {
      this.feed.stop();
      this.pause();
      this.asked = this.answer = null;
      this.clear();
      if (this.panel) this.panel.remove();
      this.panel = null;
    }

    moved() {
      if (!this.asked) return;
      clearTimeout(this.settle);
      this.settle = setTimeout(() => this.ask(), SETTLE_MS);
    }

    ask() {
      if (!this.asked) return;
      const zoom = this.map.getZoom();
      const box = this.map.getBounds().pad(0.1);
      this.feed.ask(`${this.asked.feed}&zoom=${zoom}&box=${ioc.corners(box)}`);
    }

    show(answer) {
      this.answer = answer;
      this.clear();
      const last = answer.frames.length - 1;
      this.slider.max = String(last);
      this.counts = new Int32Array((answer.cells.length / 2) * STATES);
      this.at = -1;
      this.go(Math.min(this.frame, last));
      this.say('');
      ioc.placeNames();
    }

    // Counts add up from the first frame; going back begins there again.
    go(frame) {
      const changed = new Set();
      if (frame < this.at) {
        this.counts.forEach((n, place) => n && changed.add(Math.floor(place / STATES)));
        this.counts.fill(0);
        this.at = -1;
      }
      for (let next = this.at + 1; next <= frame; next += 1) {
        const flat = this.answer.frames[next];
        for (let i = 0; i < flat.length; i += 2) {
          this.counts[flat[i]] += flat[i + 1];
          changed.add(Math.floor(flat[i] / STATES));
        }
      }
      this.at = this.frame = frame;
      changed.forEach((cell) => this.draw(cell));
      this.tell();
    }

    draw(cell) {
      const counts = [...this.counts.subarray(cell * STATES, (cell + 1) * STATES)];
      const n = counts.reduce((a, b) => a + b, 0);
      const old = this.marks.get(cell);
      if (old) old.remove();
      this.marks.delete(cell);
      if (!n) return;
      const state = counts.findIndex((c) => c > 0);
      const drawn = n === 1 ? ioc.mapMarks.single(ioc.mapMarks.STATES[state], false) : ioc.mapMarks.cluster(counts, this.format, MOST_RADIUS_PX);
      const icon = window.L.divIcon({ html: drawn.html, className: 'map-mark replay-mark', iconSize: [drawn.size, drawn.size] });
      const at = [this.answer.cells[2 * cell + 1], this.answer.cells[2 * cell]];
      const marker = window.L.marker(at, { icon, interactive: false, keyboard: false, zIndexOffset: n }).addTo(this.map);
      marker.radius = drawn.size / 2;
      this.marks.set(cell, marker);
    }

    // What names keep clear of.
    drawn() {
      return [...this.marks.values()];
    }

    clear() {
      this.marks.forEach((marker) => marker.remove());
      this.marks.clear();
    }

    // Clock, slider and totals of the frame.
    tell() {
      const [time, day] = this.answer.clock[this.frame];
      this.clock.firstChild.textContent = time;
      this.clock.lastChild.textContent = day;
      this.slider.value = String(this.frame);
      this.slider.setAttribute('aria-valuetext', `${time} ${day}`);
      const totals = this.answer.totals[this.frame];
      const [inTime, soon, overdue] = totals;
      this.totals.replaceChildren(
        element('strong', '', this.format.number(inTime + soon + overdue)),
        ` ${this.words.in_hand} · `,
        element('strong', 'is-overdue', this.format.number(overdue)),
        ` ${this.states[2].toLowerCase()} · `,
        element('strong', '', this.format.number(soon)),
        ` ${this.states[1].toLowerCase()}`,
      );
    }

    say(text) {
      if (this.note) this.note.textContent = text;
    }

    play() {
      if (!this.answer) return;
      if (this.frame >= this.answer.frames.length - 1) this.go(0);
      this.isPlaying = true;
      this.dress();
      this.next();
    }

    next() {
      clearTimeout(this.timer);
      const rate = calm() ? CALM_FRAMES_PER_S : FRAMES_PER_S[this.speed];
      this.timer = setTimeout(() => {
        if (!this.isPlaying || !this.answer) return;
        if (this.frame >= this.answer.frames.length - 1) return this.pause();
        this.go(this.frame + 1);
        this.next();
      }, 1000 / rate);
    }

    pause() {
      this.isPlaying = false;
      clearTimeout(this.timer);
      this.dress();
    }

    dress() {
      if (!this.panel) return;
      this.button.textContent = this.isPlaying ? this.words.pause : this.words.play;
      this.button.dataset.playing = String(Boolean(this.isPlaying));
    }

    build() {
      const panel = (this.panel = element('section', 'map-replay'));
      panel.setAttribute('role', 'group');
      panel.setAttribute('aria-label', this.words.controls);
      this.clock = element('div', 'map-replay-clock');
      this.clock.append(element('strong', '', '--:--'), element('span', '', ''));
      this.totals = element('div', 'map-replay-totals');
      this.note = element('div', 'map-replay-note');
      this.note.setAttribute('role', 'status');
      const head = element('div', 'map-replay-head');
      head.append(element('div', 'map-replay-tag', this.words.tag), this.clock, this.totals);
      panel.append(head, this.controls(), this.note);
      document.querySelector('.map-stage').append(panel);
      window.L.DomEvent.disableClickPropagation(panel);
      window.L.DomEvent.disableScrollPropagation(panel);
      this.dress();
    }

    controls() {
      const row = element('div', 'map-replay-controls');
      this.button = element('button', 'button map-replay-play', this.words.play);
      this.button.type = 'button';
      this.button.addEventListener('click', () => (this.isPlaying ? this.pause() : this.play()));
      this.slider = element('input', 'map-replay-slider');
      Object.assign(this.slider, { type: 'range', min: '0', max: '0', step: '1', value: '0' });
      this.slider.setAttribute('aria-label', this.words.slider);
      this.slider.addEventListener('input', () => {
        this.pause();
        if (this.answer) this.go(Number(this.slider.value));
      });
      const speed = element('select', 'map-replay-speed');
      speed.setAttribute('aria-label', this.words.speed);
      Object.keys(FRAMES_PER_S).forEach((name) => speed.append(new Option(this.words[name], name, false, name === this.speed)));
      speed.addEventListener('change', () => (this.speed = speed.value));
      this.pick = element('input', 'map-replay-pick');
      this.pick.type = 'date';
      this.pick.setAttribute('aria-label', this.words.pick);
      this.pick.addEventListener('change', () => this.pick.value && ioc.goOnMap({ replay: this.pick.value }));
      const back = element('button', 'button', this.words.back);
      back.type = 'button';
      back.addEventListener('click', () => ioc.goOnMap({ layer: null, replay: null }));
      row.append(this.button, this.slider, speed, this.pick, back);
      return row;
    }
  }

  ioc.MapReplay = Replay;
})();
