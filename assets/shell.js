/* The shell in the browser: soft links, the address as a store, menus, theme and language. */
(function () {
  "use strict";
  var URL_STORE = "shell-url";

  function address() {
    return { path: window.location.pathname, search: window.location.search };
  }

  function tell() {
    var now = address();
    markOpenPage(now);
    window.dash_clientside.set_props(URL_STORE, { data: now });
  }

  /* Same page: only the store is told, so cards keep their figures until the new ones come.
     Another page: Dash's own router is told as well. */
  function go(href) {
    var target = new URL(href, window.location.href);
    var samePath = target.pathname === window.location.pathname;
    window.history.pushState({}, "", target.href);
    if (samePath) {
      tell();
    } else {
      window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
      window.scrollTo(0, 0);
      var main = document.getElementById("main");
      if (main) main.focus({ preventScroll: true });
    }
    if (target.hash) scrollToHash(target.hash);
  }

  function scrollToHash(hash) {
    var tries = 0;
    var timer = window.setInterval(function () {
      var element = document.getElementById(decodeURIComponent(hash.slice(1)));
      if (element) element.scrollIntoView();
      if (element || ++tries > 40) window.clearInterval(timer);
    }, 100);
  }

  function markOpenPage(now) {
    var shell = document.querySelector(".shell");
    var bare = shell && shell.dataset.bare ? shell.dataset.bare.split(" ") : [];
    document.documentElement.classList.toggle("is-bare", bare.indexOf(now.path) >= 0);
    var links = document.querySelectorAll("a[data-page]");
    links.forEach(function (link) {
      var own = new URL(link.href, window.location.href);
      var open = own.pathname === "/" ? now.path === "/" : (now.path + "/").indexOf(own.pathname + "/") === 0;
      if ((link.dataset.children || "").split(" ").indexOf(now.path) >= 0) open = true;
      else if (open && link.dataset.query) open = now.search.indexOf(link.dataset.query) >= 0;
      if (open) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
    /* The most exact link wins: "/reports?state=overdue" over "/reports". */
    ["nav-link", "tab"].forEach(function (kind) {
      var marked = document.querySelectorAll("a." + kind + "[aria-current]");
      if (marked.length < 2) return;
      var best = marked[0];
      marked.forEach(function (link) { if (link.getAttribute("href").length > best.getAttribute("href").length) best = link; });
      marked.forEach(function (link) { if (link !== best) link.removeAttribute("aria-current"); });
    });
    carryFilters(links, now.search);
  }

  /* A navigation link takes along the filters that its page knows. */
  function carryFilters(links, search) {
    var current = new URLSearchParams(search);
    links.forEach(function (link) {
      var keys = (link.dataset.filters || "").split(" ");
      if (keys.indexOf("period") >= 0) keys.push("basis");
      if (keys.indexOf("place") >= 0) keys.push("district", "commune");
      var own = new URLSearchParams(link.dataset.query || "");
      keys.forEach(function (key) { if (key && current.has(key) && !own.has(key)) own.set(key, current.get(key)); });
      var query = own.toString();
      link.setAttribute("href", link.pathname + (query ? "?" + query : ""));
    });
  }

  function closeMenus(except) {
    document.querySelectorAll("details.menu[open], details.filter[open]").forEach(function (menu) {
      if (menu !== except) menu.removeAttribute("open");
    });
  }

  document.addEventListener("click", function (event) {
    var target = event.target instanceof Element ? event.target : event.target.parentElement;
    if (!target) return;
    closeMenus(target.closest("details"));
    var link = target.closest("a.soft");
    if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      closeMenus(null);
      go(link.getAttribute("href"));
      return;
    }
    var button = target.closest("button");
    if (button) act(button);
  });

  function act(button) {
    var data = button.dataset;
    if (data.themeChoice) {
      window.iocTheme.keep("theme", data.themeChoice);
      window.dash_clientside.set_props("shell-theme", { data: window.iocTheme.apply() });
    } else if (data.languageChoice) {
      window.iocTheme.keep("language", data.languageChoice);
      window.location.reload();
    } else if (data.signOut) {
      fetch("/logout", { method: "POST", redirect: "manual" }).finally(function () { window.location.assign("/login"); });
    } else if (data.copyLink) {
      copy(window.location.href, button);
    } else if (data.print) {
      window.print();
    } else if (data.retry) {
      tell();
    }
  }

  function copy(text, button) {
    function said() {
      var before = button.textContent;
      button.textContent = button.dataset.copied;
      window.setTimeout(function () { button.textContent = before; }, 1500);
    }
    if (navigator.clipboard) {
      navigator.clipboard.writeText(text).then(said, function () { fallback(); });
    } else {
      fallback();
    }
    function fallback() {
      var area = document.createElement("textarea");
      area.value = text;
      document.body.appendChild(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      said();
    }
  }

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    var open = document.querySelector("details.menu[open], details.filter[open]");
    if (open) {
      open.removeAttribute("open");
      open.querySelector("summary").focus();
    }
  });

  /* Long lists of options: type to narrow, accents optional. */
  document.addEventListener("input", function (event) {
    var field = event.target;
    if (!field.closest || !field.closest(".option-search-box")) return;
    var wanted = plain(field.value);
    var group = null;
    field.closest(".popover").querySelectorAll(".option, .option-group").forEach(function (part) {
      if (part.classList.contains("option-group")) {
        group = part;
        group.hidden = true;
        return;
      }
      var isFound = wanted === "" ? part.matches(":not(.option-deep), [aria-current]") : plain(part.textContent).indexOf(wanted) >= 0;
      part.classList.toggle("is-found", isFound);
      part.hidden = !isFound;
      if (isFound && group) group.hidden = false;
    });
  });

  function plain(text) {
    return text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/g, "d").trim();
  }

  document.addEventListener("toggle", function (event) {
    var menu = event.target;
    if (!menu.open || !menu.classList || !menu.classList.contains("filter")) return;
    closeMenus(menu);
    var field = menu.querySelector(".option-search-box input");
    var chosen = menu.querySelector(".option[aria-current]");
    if (field && window.matchMedia("(hover: hover)").matches) field.focus();
    if (chosen) chosen.scrollIntoView({ block: "nearest" });
  }, true);

  (window.ioc = window.ioc || {}).go = go;

  window.addEventListener("popstate", function () { window.setTimeout(tell, 0); });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    shell: {
      /* The router has put a page in: the address is what its callbacks read. */
      locate: function () {
        window.setTimeout(function () { markOpenPage(address()); }, 0);
        if (window.location.hash) scrollToHash(window.location.hash);
        return address();
      },
      badges: function (counts) {
        document.querySelectorAll("[data-badge]").forEach(function (badge) {
          var count = (counts || {})[badge.dataset.badge];
          badge.textContent = count ? new Intl.NumberFormat("vi-VN").format(count) : "";
        });
      },
    },
  });
})();
