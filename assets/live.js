/* Push: one WebSocket tells this page of a new data version, of the source's age and of a new build.
   Lost: it connects again with growing pauses and asks /tick meanwhile; its own timer says since when. */
(function () {
  "use strict";
  var MAX_PAUSE_MS = 30000;
  var TICK_MS = 1000;
  var POLL_MS = 15000;
  var SILENT_MS = 45000;
  var MOST_DRAWING_MS = 30000;
  var COUNTED_MS = 2000;    /* counts that are read behind are asked for again so soon, then ever more seldom */
  var AGAIN_MS = 25;        /* news that wait for the page to be drawn look again so soon */
  var SETTLE_MS = 30;       /* from news until the page has asked, from an answer until it stands in the page */

  var last = null;          /* last tick of the server */
  var heardAt = 0;          /* performance.now() of the last tick */
  var clockSkewMs = null;   /* product's clock minus this machine's */
  var lostAt = null;        /* product's time at which the server was lost */
  var pauseMs = 1000;
  var shownVersion = null;
  var toldAt = -1e9;        /* performance.now() when the page was last told a version */
  var shownMenus = null;    /* version of the filter bar's menus */
  var shownMinute = null, minuteNow = null;
  var again = 0;            /* timer of news that wait */
  var asking = 0;           /* questions of the page that are not answered yet */
  var countedMs = COUNTED_MS;        /* pause before a version is told again for the sake of its counts */

  function hear(tick) {
    if (last && tick.build !== last.build) { window.location.reload(); return; }
    var recovered = lostAt || (last && last.mart_gone_since && !tick.mart_gone_since);
    last = tick;
    heardAt = performance.now();
    lostAt = null;
    clockSkewMs = Date.parse(tick.now) - Date.now();
    document.dispatchEvent(new CustomEvent("ioc:tick", { detail: tick }));
    draw();
    if (recovered) askAgain();
  }

  /* What failed meanwhile is asked again: the address is told anew, though it is the same. */
  function askAgain() {
    var now = { path: window.location.pathname, search: window.location.search };
    window.dash_clientside.set_props("shell-url", { data: now });
  }

  function connect() {
    var scheme = window.location.protocol === "https:" ? "wss://" : "ws://";
    var socket = new WebSocket(scheme + window.location.host + "/live");
    socket.onopen = function () { pauseMs = 1000; };
    socket.onmessage = function (message) { hear(JSON.parse(message.data)); };
    socket.onclose = function (event) {
      if (event.code === 4401 || event.code === 4403) { poll(); return; }
      lose();
      window.setTimeout(connect, pauseMs);
      pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
    };
  }

  function lose() {
    if (!lostAt && last) lostAt = new Date(Date.now() + clockSkewMs);
    draw();
  }

  function poll() {
    fetch("/tick", { headers: { accept: "application/json" } }).then(function (answer) {
      if (answer.status === 401) { window.location.reload(); return null; }
      return answer.ok ? answer.json().then(hear) : lose();
    }).catch(lose);
  }

  function two(value) { return (value < 10 ? "0" : "") + value; }

  function local(instantMs) { return new Date(instantMs + 7 * 3600000); }  /* read with getUTC…: Asia/Ho_Chi_Minh */

  function time(instantMs) {
    var at = local(instantMs);
    return two(at.getUTCHours()) + ":" + two(at.getUTCMinutes());
  }

  function dated(instantMs, nowMs) {
    var at = local(instantMs);
    if (nowMs - instantMs < 43200000) return time(instantMs);
    return time(instantMs) + " " + two(at.getUTCDate()) + "/" + two(at.getUTCMonth() + 1);
  }

  function fill(sentence, values) {
    return sentence.replace(/\{(\w+)\}/g, function (_, name) { return values[name]; });
  }

  function age(ms, words) {
    var minutes = Math.floor(ms / 60000);
    function say(unit, amount) { return fill(words[unit], { amount: amount }); }
    if (minutes < 60) return say("unitMinutes", minutes);
    var hours = Math.floor(minutes / 60);
    if (hours >= 48) return say("unitDays", Math.floor(hours / 24));
    return say("unitHours", hours) + (minutes % 60 ? " " + say("unitMinutes", minutes % 60) : "");
  }

  function draw() {
    var box = document.querySelector(".source-age");
    if (!last || clockSkewMs === null || !window.dash_clientside || !window.dash_clientside.set_props) return;
    var nowMs = Date.now() + clockSkewMs;
    if (box) drawHeader(box, nowMs);
    tellStores(nowMs);
  }

  function drawHeader(box, nowMs) {
    var words = box.dataset;
    var sourceMs = last.source_at ? Date.parse(last.source_at) : null;
    var state = last.state;
    var passed = sourceMs === null ? "" : age(Math.max(nowMs - sourceMs, 0), words);
    var at = sourceMs === null ? "" : dated(sourceMs, nowMs);
    var phone = window.matchMedia("(max-width: 720px)").matches;
    var sentence = sourceMs === null ? words.sourceNever
      : state === "fresh" ? fill(nowMs - sourceMs < 60000 ? words.sourceNow : words.source, { at: at, age: passed })
      : fill(phone || state === "amber" ? words.sourceLate : words.sourceShort, { at: at, age: passed });
    put(box.querySelector(".age-text"), sentence);
    box.querySelector(".age-dot").dataset.state = state;
    var clock = document.querySelector(".header-clock");
    var day = local(nowMs);
    var name = words.weekdays.split("|")[(day.getUTCDay() + 6) % 7];
    put(clock, name + ", " + two(day.getUTCDate()) + "/" + two(day.getUTCMonth() + 1) + "/" + day.getUTCFullYear() + " " + time(nowMs));
    drawNotice(words, state, at, passed, sourceMs, nowMs);
  }

  /* One line under the header, the gravest thing first: server, mart, source. */
  function drawNotice(words, state, at, passed, sourceMs, nowMs) {
    var line = document.getElementById("shell-notice");
    if (!line) return;
    var kind = "", sentence = "";
    if (lostAt && Date.now() + clockSkewMs - lostAt > 4000) {
      kind = "red"; sentence = fill(words.serverGone, { at: dated(lostAt.getTime(), nowMs) });
    } else if (last.mart_gone_since) {
      kind = "red"; sentence = fill(words.martGone, { at: dated(Date.parse(last.mart_gone_since), nowMs) });
    } else if (state === "red") {
      kind = "red"; sentence = sourceMs === null ? words.sourceNever : fill(words.sourceDead, { at: at, age: passed });
    } else if (state === "amber") {
      kind = "amber"; sentence = fill(words.sourceLate, { at: at, age: passed });
    }
    line.hidden = !kind;
    line.dataset.kind = kind;
    put(line, sentence);
    document.documentElement.dataset.source = kind || "fresh";
  }

  function put(element, text) { if (element && element.textContent !== text) element.textContent = text; }

  /* A callback that is asked again before it has answered loses its answer: with versions faster than answers
     nothing would ever be drawn. So what is new waits for the answers under way, though not for ever. The page itself
     no longer says that it waits once a lost answer has come, therefore they are counted here. */
  var ask = window.fetch;
  window.fetch = function (to) {
    var answer = ask.apply(this, arguments);
    if (String(to.url || to).indexOf("_dash-update-component") >= 0) {
      asking += 1;
      answer.catch(function () {}).then(function () { window.setTimeout(function () { asking -= 1; }, SETTLE_MS); });
    }
    return answer;
  };

  function isDrawing() {
    var sinceMs = performance.now() - toldAt;
    if (sinceMs > MOST_DRAWING_MS) return false;
    return sinceMs < SETTLE_MS || asking > 0 || !!document.querySelector("#main [data-dash-is-loading]");
  }

  /* The minute and the version, one after the other: two questions at once would cost one of the answers. */
  function tellNews() {
    window.clearTimeout(again);
    var isMinute = minuteNow !== shownMinute && !lostAt;
    if (!isMinute && (last.run_id === shownVersion || last.mart_gone_since)) return;
    if (isDrawing()) { again = window.setTimeout(tellNews, AGAIN_MS); return; }
    if (isMinute) {
      shownMinute = minuteNow;
      tell("shell-minute", minuteNow);
      again = window.setTimeout(tellNews, AGAIN_MS);
      return;
    }
    shownVersion = last.run_id;
    countedMs = COUNTED_MS;
    tell("shell-version", shownVersion);
  }

  function tell(store, value) {
    toldAt = performance.now();
    window.dash_clientside.set_props(store, { data: value });
  }

  /* A page that says that its counts are of shortly before (dashboard/flows.py): newer ones are read behind. */
  function tellAgain() {
    if (performance.now() - toldAt < countedMs || isDrawing()) return;
    if (last.mart_gone_since || !document.querySelector("#main [data-counted]")) return;
    countedMs = Math.min(2 * countedMs, MAX_PAUSE_MS);
    tell("shell-version", shownVersion);
  }

  function tellStores(nowMs) {
    var header = document.getElementById("shell-header");
    if (!header) return;
    if (shownVersion === null) {
      shownVersion = Number(header.dataset.run);
      shownMenus = header.dataset.menus;
    }
    minuteNow = Math.floor(nowMs / 60000);
    if (shownMinute === null) shownMinute = minuteNow;
    tellNews();
    tellAgain();
    if (last.menus !== shownMenus && !last.mart_gone_since) {
      shownMenus = last.menus;
      window.dash_clientside.set_props("shell-menus", { data: shownMenus });
    }
  }

  window.setInterval(draw, TICK_MS);
  window.setInterval(function () { if (lostAt || performance.now() - heardAt > SILENT_MS) poll(); }, POLL_MS);
  connect();
})();
