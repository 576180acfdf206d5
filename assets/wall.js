/* A wall screen: shows the pictures that the server drew, in turn; says by its own clock when they are old.
   It holds two layers and nothing else, so that it can run for months. Keys: space holds, arrows step. */
(function () {
  "use strict";
  var LEAST_GAP_MS = 300, RETRY_MS = 5000, MAX_PAUSE_MS = 30000, SILENT_MS = 45000;
  var FADE_MS = 600;
  var SHIFTS = [[0, 0], [2, 0], [4, 2], [2, 4], [0, 4], [0, 2]];   /* against burn-in, one an hour */
  var SCRIPT_BUILD = document.body.dataset.build;
  var words = JSON.parse(document.body.dataset.words);
  var limits = JSON.parse(document.body.dataset.limits);
  var wall = document.getElementById("wall");
  var layers = wall.querySelectorAll(".layer");

  var show = null, turn = 0, turnUntil = 0, shown = { id: "", tiles: [] }, front = 0, cleaner = 0;
  var fragments = {}, known = "";   /* HTML by name: all that the show consists of, nothing of earlier ones */
  var isHeld = false, urgentSeen = null;
  var tick = null, heardAt = 0, skewMs = 0, lostAt = null, pauseMs = 1000, socketIsOpen = false;
  var askedAt = 0, isAsking = false, askedFor = "", againAt = Infinity, waiter = 0, refused = false;

  /* ------------------------------------------------------------ the server */
  function connect() {
    var scheme = location.protocol === "https:" ? "wss://" : "ws://";
    var socket = new WebSocket(scheme + location.host + "/live");
    socket.onopen = function () { pauseMs = 1000; socketIsOpen = true; };
    socket.onmessage = function (message) { hear(JSON.parse(message.data)); };
    socket.onclose = function () {
      socketIsOpen = false;
      lose();
      setTimeout(connect, pauseMs);
      pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
    };
  }

  function hear(news) {
    if (news.build !== SCRIPT_BUILD || refused) { location.reload(); return; }
    tick = news;
    heardAt = performance.now();
    lostAt = null;
    skewMs = Date.parse(news.now) - Date.now();
    ask();
    draw();
  }

  function lose() { if (lostAt === null && tick) lostAt = Date.now() + skewMs; }

  function poll() {
    fetch("/tick", { headers: { accept: "application/json" } }).then(function (answer) {
      if (answer.status === 401 || answer.status === 403) { refuse(); return null; }
      return answer.ok ? answer.json().then(hear) : lose();
    }).catch(lose);
  }

  /* Taken off the list (or a server that cannot tell): no figure stays, and we go on asking. */
  function refuse() { refused = true; lose(); draw(); }

  function ask() {
    var now = performance.now();
    var wanted = tick.run_id + "/" + Math.floor(Date.parse(tick.now) / 60000) + "/" + innerWidth + "x" + innerHeight;
    if (isAsking || tick.mart_gone_since || (wanted === askedFor && now < againAt)) return;
    clearTimeout(waiter);
    if (now - askedAt < LEAST_GAP_MS) { waiter = setTimeout(ask, LEAST_GAP_MS - (now - askedAt)); return; }
    isAsking = true;
    askedAt = now;
    var query = new URLSearchParams(location.search);
    var size = (query.get("size") || innerWidth + "x" + innerHeight).split("x");
    fetch("/wall/show?width=" + size[0] + "&height=" + size[1] + "&known=" + known).then(function (answer) {
      if (answer.status === 401 || answer.status === 403) { refuse(); return null; }
      if (answer.status === 409) return answer.json().then(function (body) { say(body.problem); });
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.json().then(function (body) { askedFor = wanted; take(body); });
    }).catch(function () { askedAt = performance.now() + RETRY_MS; })
      .finally(function () { isAsking = false; if (!refused && lostAt === null) ask(); });
  }

  function take(body) {
    var isFirst = show === null;
    say("");
    known = "";   /* whatever fails below: the next answer brings everything */
    keep(body);
    show = body;
    againAt = body.ask_again_s ? performance.now() + body.ask_again_s * 1000 : Infinity;
    fit();
    put("head-name", body.header.name);
    put("head-period", body.header.period);
    put("head-demo", body.header.demo);
    var same = body.turns.findIndex(function (each) { return each.id === shown.id; });
    var isUrgent = urgentIsNew(body.urgent);
    if (isFirst || same < 0) step(0, 0, true);
    else if (isUrgent && !isHeld) { turn = 0; begin(); }
    else { turn = same; paint(); }
    known = body.answer;
  }

  /* Of the last show only what stands in this one too, and what was sent anew. */
  function keep(body) {
    var names = [].concat.apply(body.ground ? [body.ground] : [], body.turns.map(function (each) { return each.tiles; }));
    var kept = {};
    names.forEach(function (name) { kept[name] = name in body.new ? body.new[name] : fragments[name]; });
    fragments = kept;
    var ground = document.getElementById("ground");
    if (ground.dataset.name === (body.ground || "")) return;
    ground.dataset.name = body.ground || "";
    ground.innerHTML = body.ground ? fragments[body.ground] : "";
  }

  /* More of them in hand, or a younger one. */
  function urgentIsNew(urgent) {
    var before = urgentSeen;
    urgentSeen = urgent;
    return before !== null && (urgent.count > before.count || urgent.sent_at > before.sent_at);
  }

  /* ------------------------------------------------------------- the show */
  function step(by, from, isForced) {
    if (!show || (isHeld && !isForced)) return;
    var base = from === undefined ? turn : from;
    turn = (base + by + show.turns.length) % show.turns.length;
    begin();
  }

  function begin() {
    turnUntil = performance.now() + show.turns[turn].seconds * 1000;
    paint();
  }

  function paint() {
    var next = show.turns[turn];
    if (next.id === shown.id && next.tiles.length === shown.tiles.length) mend(next); else change(next);
    shown = next;
    wall.dataset.scene = next.id;
  }

  /* The same picture: only the tiles that have changed are drawn anew. */
  function mend(next) {
    var tiles = layers[front].querySelectorAll(".tile");
    var isMended = false;
    next.tiles.forEach(function (name, place) {
      if (name === shown.tiles[place]) return;
      tiles[place].outerHTML = fragments[name];
      isMended = true;
    });
    if (isMended) tense(layers[front]);
  }

  /* Another picture fades in over the last one. */
  function change(next) {
    var old = layers[front];
    front = 1 - front;
    var now = layers[front];
    clearTimeout(cleaner);
    now.innerHTML = '<section class="scene scene-' + next.slots + '">'
      + next.tiles.map(function (name) { return fragments[name]; }).join("") + "</section>";
    tense(now);
    void now.offsetWidth;
    now.classList.add("is-front");
    old.classList.remove("is-front");
    cleaner = setTimeout(function () { old.innerHTML = ""; }, FADE_MS + 100);
  }

  function fit() {
    var canvas = show.canvas;
    var scale = Math.min(innerWidth / canvas.width, innerHeight / canvas.height);
    var hour = Math.floor((Date.now() + skewMs) / 3600000);
    var shift = SHIFTS[hour % SHIFTS.length];
    var left = Math.max((innerWidth - canvas.width * scale) / 2, 0) + (scale === 1 ? shift[0] : 0);
    var top = Math.max((innerHeight - canvas.height * scale) / 2, 0) + (scale === 1 ? shift[1] : 0);
    wall.hidden = false;
    wall.className = canvas.id + (show.header.demo ? " is-demo" : "");
    wall.style.width = canvas.width + "px";
    wall.style.height = canvas.height + "px";
    wall.style.setProperty("--m", canvas.minute_px + "px");
    wall.style.setProperty("--hero", canvas.hero);
    wall.style.transform = "translate(" + left + "px," + top + "px) scale(" + scale + ")";
  }

  /* ---------------------------------------------------------- how old it is */
  function verdict(nowMs) {
    var found = { kind: "source", state: "fresh", at: tick.source_at ? Date.parse(tick.source_at) : null };
    if (found.at === null) return { kind: "never", state: "red", at: nowMs };
    var sides = [["source", found.at]];
    if (tick.mart_gone_since) sides.unshift(["mart", Date.parse(tick.mart_gone_since)]);
    if (lostAt !== null) sides.unshift(["server", lostAt]);
    var rank = { fresh: 0, amber: 1, red: 2 };
    sides.forEach(function (side) {
      var ageS = (nowMs - side[1]) / 1000, limit = limits[side[0]];
      var state = ageS >= limit[1] ? "red" : ageS >= limit[0] ? "amber" : "fresh";
      if (rank[state] > rank[found.state]) found = { kind: side[0], state: state, at: side[1] };
    });
    return found;
  }

  function draw() {
    if (!tick) return;
    var nowMs = Date.now() + skewMs;
    var found = verdict(nowMs);
    if (refused) found = { kind: "server", state: "red", at: lostAt || nowMs };
    var at = dated(found.at, nowMs), passed = age(nowMs - found.at);
    wall.dataset.state = found.state;
    wall.dataset.kind = found.kind;
    layers.forEach(function (layer) { layer.style.visibility = refused ? "hidden" : ""; });
    put("clock", time(nowMs));
    put("band-clock", time(nowMs));
    var late = { source: words.data_late, server: words.server_late, mart: words.mart_late }[found.kind];
    put("age-text", found.state === "fresh" ? fill(words.data_until, { at: at }) : fill(late || words.never, { at: at, age: passed }));
    wall.querySelector(".age-mark").classList.toggle("is-late", found.state !== "fresh");
    var since = { source: words.no_data, server: words.no_server, mart: words.no_mart, never: words.never }[found.kind];
    put("band-stopped", refused ? words.not_admitted : fill(words.stopped, { at: at }));
    put("band-since", refused ? "" : fill(since, { age: passed }));
    put("band-who", refused ? "" : found.kind === "source" || found.kind === "never" ? words.checking : words.checking_server);
    document.getElementById("held").hidden = !isHeld;
    wall.dataset.at = at;
    layers.forEach(tense);
  }

  /* Labels in the past tense: shown only while the state is red. */
  function tense(layer) {
    layer.querySelectorAll("[data-past]").forEach(function (each) {
      var text = fill(each.dataset.past, { at: wall.dataset.at || "" });
      if (each.textContent !== text) each.textContent = text;
    });
  }

  /* ------------------------------------------------------------------ words */
  function put(id, text) { var box = document.getElementById(id); if (box.textContent !== text) box.textContent = text; }
  function fill(sentence, values) { return sentence.replace(/\{(\w+)\}/g, function (_, name) { return values[name]; }); }
  function two(value) { return (value < 10 ? "0" : "") + value; }
  function local(ms) { return new Date(ms + 7 * 3600000); }   /* read with getUTC…: Asia/Ho_Chi_Minh */
  function time(ms) { var at = local(ms); return two(at.getUTCHours()) + ":" + two(at.getUTCMinutes()); }
  function dated(ms, nowMs) {
    var at = local(ms);
    return nowMs - ms < 43200000 ? time(ms) : time(ms) + " " + two(at.getUTCDate()) + "/" + two(at.getUTCMonth() + 1);
  }
  function age(ms) {
    var minutes = Math.max(Math.floor(ms / 60000), 0), hours = Math.floor(minutes / 60);
    if (minutes < 60) return fill(words.minutes, { amount: minutes });
    if (hours >= 48) return fill(words.days, { amount: Math.floor(hours / 24) });
    return fill(words.hours, { amount: hours }) + (minutes % 60 ? " " + fill(words.minutes, { amount: minutes % 60 }) : "");
  }
  function say(text) {
    var box = document.getElementById("problem");
    box.hidden = !text;
    box.textContent = text;
  }

  /* ----------------------------------------------------------------- timers */
  function second() {
    if (tick && performance.now() - heardAt > SILENT_MS) lose();
    if (show && !isHeld && performance.now() >= turnUntil) step(1);
    if (tick && lostAt === null) ask();
    draw();
  }

  addEventListener("keydown", function (event) {
    if (event.key === " ") { isHeld = !isHeld; if (!isHeld && show) begin(); draw(); event.preventDefault(); }
    if (event.key === "ArrowRight") step(1, undefined, true);
    if (event.key === "ArrowLeft") step(-1, undefined, true);
  });
  addEventListener("resize", function () { askedFor = ""; if (show) fit(); });
  setInterval(second, 1000);
  setInterval(function () { if (show) fit(); }, 60000);
  setInterval(function () { if (!socketIsOpen || performance.now() - heardAt > SILENT_MS) poll(); }, 15000);
  connect();
  poll();
})();
