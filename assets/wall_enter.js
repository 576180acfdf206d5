// Signs a screen in: the token of the address' fragment, which no server or proxy ever logs, is posted and forgotten.
"use strict";
(() => {
  const RETRY_MS = 5000;
  const token = new URLSearchParams(location.hash.slice(1)).get("token") || "";
  const said = document.getElementById("problem");

  async function enter() {
    let status = 0;
    try {
      const answer = await fetch("/wall/enter", { method: "POST", body: new URLSearchParams({ token }) });
      status = answer.status;
    } catch {
      // the server is not up yet: a screen that starts with the building keeps asking
    }
    if (status === 204) return location.replace("/wall");
    if (status === 401) return (said.textContent = said.dataset.refused);
    said.textContent = said.dataset.waiting;
    setTimeout(enter, RETRY_MS);
  }
  enter();
})();
