/* Charts: draws each element with data-figure (graph in dashboard/components.py: JSON of a Plotly figure), and again when
   its figure changes; always after the browser has painted, so that a chart never holds up the figures around it. */
(function () {
  "use strict";
  var LIBRARY = "/_dash-component-suites/plotly/package_data/plotly.min.js";
  var CONFIG = { displayModeBar: false, responsive: true };
  var library = null;         /* promise of Plotly: asked for by the first chart, or by the frame that waits for it */
  var drawn = new WeakMap();  /* element -> the figure that it shows */

  function load() {
    library = library || new Promise(function (resolve, reject) {
      var script = document.createElement("script");
      script.src = LIBRARY;
      script.onload = function () { resolve(window.Plotly); };
      script.onerror = function () { library = null; reject(new Error("no " + LIBRARY)); };
      document.head.appendChild(script);
    });
    return library;
  }

  function draw(element) {
    var figure = element.dataset.figure;
    if (!element.isConnected || drawn.get(element) === figure) return;
    drawn.set(element, figure);
    load().then(function (plotly) {
      if (drawn.get(element) !== figure || !element.isConnected) return;
      var parts = JSON.parse(figure);
      var holder = element.firstElementChild;
      if (!holder) {
        holder = element.appendChild(document.createElement("div"));
        plotly.newPlot(holder, parts.data, parts.layout, CONFIG).then(follow);
      } else {
        plotly.react(holder, parts.data, parts.layout, CONFIG);
      }
    }).catch(function () { drawn.delete(element); });
  }

  /* A mark was clicked: its customdata is an address. */
  function follow(holder) {
    holder.on("plotly_click", function (click) {
      var address = click.points[0] && click.points[0].customdata;
      if (address) window.ioc.go(address);
    });
  }

  function later(element) {
    window.requestAnimationFrame(function () { window.setTimeout(draw, 0, element); });
  }

  function free(node) {
    if (node.nodeType !== Node.ELEMENT_NODE || !window.Plotly) return;
    [node].concat(Array.from(node.querySelectorAll("[data-figure]"))).forEach(function (element) {
      if (drawn.delete(element) && element.firstElementChild) window.Plotly.purge(element.firstElementChild);
    });
  }

  new MutationObserver(function (changes) {
    changes.forEach(function (change) {
      if (change.type === "attributes") later(change.target);
      change.addedNodes.forEach(function (node) {
        if (node.nodeType !== Node.ELEMENT_NODE) return;
        if (node.matches("[data-chart]") || node.querySelector("[data-chart]")) load().catch(function () {});
        if (node.matches("[data-figure]")) later(node);
        node.querySelectorAll("[data-figure]").forEach(later);
      });
      change.removedNodes.forEach(free);
    });
  }).observe(document.documentElement, {
    subtree: true, childList: true, attributes: true, attributeFilter: ["data-figure"],
  });
})();
