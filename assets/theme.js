/* Theme and language before the first paint; loaded in the head. Cookies: theme = auto|light|dark, scheme = what is drawn. */
(function () {
  "use strict";
  var YEAR_S = 31536000;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");

  function cookie(name) {
    var found = document.cookie.match("(?:^|; )" + name + "=([^;]*)");
    return found ? decodeURIComponent(found[1]) : "";
  }

  function keep(name, value) {
    document.cookie = name + "=" + value + "; path=/; max-age=" + YEAR_S + "; samesite=lax";
  }

  function apply() {
    var theme = cookie("theme") || "auto";
    var scheme = theme === "auto" ? (dark.matches ? "dark" : "light") : theme;
    document.documentElement.dataset.theme = scheme;
    document.documentElement.dataset.themeChoice = theme;
    document.documentElement.lang = cookie("language") === "en" ? "en" : "vi";
    if (cookie("scheme") !== scheme) keep("scheme", scheme);
    return scheme;
  }

  window.iocTheme = { apply: apply, keep: keep, cookie: cookie };
  apply();
  dark.addEventListener("change", function () {
    var scheme = apply();
    if (window.dash_clientside) window.dash_clientside.set_props("shell-theme", { data: scheme });
  });
})();
