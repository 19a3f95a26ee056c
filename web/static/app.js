// What every page gets from JavaScript: two-key jumps, the list of keys, forms that are sent once. Pages work without it.
(() => {
  "use strict";
  const typing = (node) => node instanceof Element && node.closest("input, select, textarea, [contenteditable]");

  // Two-key jumps as links carry them: <a data-keys="g t" href="…">.
  let first = "";
  let timer = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const dialog = document.getElementById("keys");
    if (event.key === "?") {
      showKeys(dialog);
      event.preventDefault();
      return;
    }
    const wanted = first ? `${first} ${event.key}` : event.key;
    const link = document.querySelector(`a[data-keys="${CSS.escape(wanted)}"]`);
    window.clearTimeout(timer);
    first = "";
    if (link) {
      event.preventDefault();
      link.click();
    } else if (document.querySelector(`a[data-keys^="${CSS.escape(event.key)} "]`)) {
      first = event.key;
      timer = window.setTimeout(() => { first = ""; }, 1500);
    }
  });

  function showKeys(dialog) {
    const list = document.createElement("dl");
    const seen = new Set();
    for (const link of document.querySelectorAll("[data-keys]:not([data-keys=''])")) {
      const keys = link.dataset.keys;
      if (!keys || seen.has(keys)) continue;
      seen.add(keys);
      const term = document.createElement("dt");
      const kbd = document.createElement("kbd");
      kbd.textContent = keys;
      term.append(kbd);
      const meaning = document.createElement("dd");
      meaning.textContent = link.dataset.meaning || link.textContent.trim();
      list.append(term, meaning);
    }
    dialog.querySelector("[data-keys='']")?.replaceChildren(list);
    dialog.showModal();
  }

  // A form is sent once, however often the button is pressed.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method.toLowerCase() !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    for (const button of form.querySelectorAll("button:not([type=button])")) button.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
})();
