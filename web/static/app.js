// What every page gets from JavaScript: two-key jumps, the list of keys, ticking, dropping, forms that are sent once.
// Pages work without it.
(() => {
  "use strict";
  const typing = (node) => node instanceof Element && node.closest("input:not([type=checkbox]):not([type=radio]), select, textarea, [contenteditable]");

  // Two-key jumps as links carry them: <a data-keys="g t" href="…">.
  let first = "";
  let timer = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    // A button that promises a key is pressed by it: F8 saves, F12 saves and begins anew, F9 is the act this page is
    // for. The form one types in comes before another of the page.
    if (/^F\d+$/.test(event.key)) {
      const promised = `button[data-keys=${event.key}]:not(:disabled)`;
      const act = document.activeElement?.form?.querySelector(promised)
        ?? [...document.querySelectorAll(promised)].find((one) => one.checkVisibility());
      // Where the act's form is folded, the key unfolds it, and once more does it.
      const folded = act ? null : document.querySelector(`details:not([open]) > summary[data-keys=${event.key}]`);
      if (act) {
        event.preventDefault();
        act.form.requestSubmit(act);
      } else if (folded) {
        event.preventDefault();
        folded.click();
        folded.parentElement.querySelector("input:not([type=hidden]), select")?.focus();
      }
      return;
    }
    if (typing(event.target)) return;
    if (event.key === "?") {
      showKeys(document.getElementById("keys"));
      event.preventDefault();
      return;
    }
    const wanted = first ? `${first} ${event.key}` : event.key;
    const link = [...document.querySelectorAll("a[data-keys]")].find((one) => one.dataset.keys === wanted);
    window.clearTimeout(timer);
    first = "";
    if (link) {
      event.preventDefault();
      link.click();
    } else if ([...document.querySelectorAll("a[data-keys]")].some((one) => one.dataset.keys.startsWith(`${event.key} `))) {
      first = event.key;
      timer = window.setTimeout(() => { first = ""; }, 1500);
    }
  });

  function showKeys(dialog) {
    const seen = new Set();
    const list = [];
    for (const node of document.querySelectorAll("[data-keys]")) {
      const keys = node.dataset.keys;
      if (seen.has(keys)) continue;
      seen.add(keys);
      const term = document.createElement("dt");
      const kbd = document.createElement("kbd");
      kbd.textContent = keys;
      term.append(kbd);
      const meaning = document.createElement("dd");
      meaning.textContent = node.dataset.meaning || node.textContent.trim();
      list.push(term, meaning);
    }
    dialog.querySelector("dl").replaceChildren(...list);
    dialog.showModal();
  }

  // One tick for all, and how many are ticked.
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.dataset?.all) {
      for (const one of box.form?.elements ?? []) if (one.name === box.dataset.all) one.checked = box.checked;
    }
    const form = box.form;
    const place = form?.querySelector("[data-ticked]");
    if (!place) return;
    const count = form.querySelectorAll("tbody input[type=checkbox]:checked").length;
    place.dataset.plain ??= place.textContent;
    place.textContent = count ? place.dataset.ticked.replace("{count}", String(count)) : place.dataset.plain;
  });

  // Files dropped on a form that takes files are chosen for it.
  for (const zone of document.querySelectorAll("form.drop")) {
    const input = zone.querySelector("input[type=file]");
    for (const kind of ["dragover", "dragleave", "drop"]) {
      zone.addEventListener(kind, (event) => {
        event.preventDefault();
        zone.classList.toggle("over", kind === "dragover");
        if (kind === "drop" && event.dataTransfer.files.length) input.files = event.dataTransfer.files;
      });
    }
  }

  // Filters of a list take effect when a choice is made.
  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("form.filters");
    if (form && event.target.tagName === "SELECT") form.requestSubmit();
  });

  // On a telephone the filter of a list stays folded until it is wanted.
  if (window.matchMedia("(max-width: 56rem)").matches) {
    for (const box of document.querySelectorAll(".filter-box")) box.open = false;
  }

  // A form is sent once, however often the button is pressed; a filter leaves out what is empty.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented) return;
    if (form.method.toLowerCase() !== "post") {
      for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
      window.setTimeout(() => { for (const field of form.elements) field.disabled = false; });
      return;
    }
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    for (const button of form.querySelectorAll("button:not([type=button])")) button.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
  });

  // Long work shows how far it is: the page asks again until it is done.
  const waiting = document.querySelector("[data-again]");
  if (waiting) window.setTimeout(() => window.location.reload(), Number(waiting.dataset.again));
})();
