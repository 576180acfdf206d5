// Fills elements that carry data-html (dashboard/static_html.py). The server has escaped all that came from data.
(function () {
  "use strict";
  function fill(element) {
    if (element.dataset.filled === element.dataset.html) return;
    var held = element.contains(document.activeElement) && document.activeElement.getAttribute("href");
    element.innerHTML = element.dataset.html;
    element.dataset.filled = element.dataset.html;
    if (!held) return;
    element.querySelectorAll("a").forEach(function (link) {
      if (link.getAttribute("href") === held) link.focus({ preventScroll: true });
    });
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
