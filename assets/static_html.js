// Fills elements that carry data-html (dashboard/static_html.py). The server has escaped all that came from data.
// Only what differs from what stands there is touched: what a reader has opened, marked, scrolled or focused stays.
(function () {
  "use strict";
  var filled = new WeakMap();  // element -> the HTML that it shows

  function fill(element) {
    var html = element.dataset.html;
    if (html === undefined || filled.get(element) === html) return;
    filled.set(element, html);
    var held = element.contains(document.activeElement) && document.activeElement.getAttribute("href");
    var wanted = document.createElement("template");
    wanted.innerHTML = html;
    become(element, wanted.content);
    if (held && document.activeElement.getAttribute("href") !== held) focusOn(element, held);
  }

  // The link that was focused may stand elsewhere now.
  function focusOn(element, href) {
    element.querySelectorAll("a").forEach(function (link) {
      if (link.getAttribute("href") === href) link.focus({ preventScroll: true });
    });
  }

  // The children of `parent` become those of `wanted`, which is used up.
  function become(parent, wanted) {
    var here = parent.firstChild;
    while (wanted.firstChild) {
      var next = wanted.firstChild;
      if (!here) {
        parent.appendChild(next);
      } else if (here.nodeName !== next.nodeName) {
        var old = here;
        here = here.nextSibling;
        parent.replaceChild(next, old);
      } else {
        match(here, next);
        next.remove();
        here = here.nextSibling;
      }
    }
    while (here) {
      var rest = here.nextSibling;
      here.remove();
      here = rest;
    }
  }

  function match(node, wanted) {
    if (node.nodeType !== Node.ELEMENT_NODE) {
      if (node.nodeValue !== wanted.nodeValue) node.nodeValue = wanted.nodeValue;
      return;
    }
    Array.from(node.attributes).forEach(function (given) {
      var isReaders = given.name === "open" && node.nodeName === "DETAILS";
      if (!isReaders && !wanted.hasAttribute(given.name)) node.removeAttribute(given.name);
    });
    Array.from(wanted.attributes).forEach(function (given) {
      if (node.getAttribute(given.name) !== given.value) node.setAttribute(given.name, given.value);
    });
    if (!wanted.hasAttribute("data-figure")) become(node, wanted);  // a chart's inside is assets/charts.js'
  }

  function fillAll(root) {
    if (root.nodeType !== Node.ELEMENT_NODE) return;
    if (root.matches("[data-html]")) fill(root);
    root.querySelectorAll("[data-html]").forEach(fill);
  }
  new MutationObserver(function (changes) {
    changes.forEach(function (change) {
      if (change.type === "attributes") fill(change.target);
      else change.addedNodes.forEach(fillAll);
    });
  }).observe(document.documentElement, {
    subtree: true, childList: true, attributes: true, attributeFilter: ["data-html"],
  });
})();
