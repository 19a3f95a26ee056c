// A sheet of the daybook: another day opens its own sheet while nothing is typed, Enter goes on as on paper, rows grow as
// they are needed and take columns pasted from a spreadsheet.
(() => {
  "use strict";

  const sheet = document.getElementById("sheet");
  const body = sheet.querySelector("tbody");
  const cellsOf = (row) => [...row.querySelectorAll("input:not([type=hidden])")];
  const typed = () => [...body.querySelectorAll("input")].some((one) => one.value !== one.defaultValue);
  sheet.elements.on?.addEventListener("change", (event) => {
    if (event.target.value && !typed()) window.location.search = new URLSearchParams({ on: event.target.value });
  });

  const another = () => {
    const number = body.rows.length;
    if (number >= Number(sheet.dataset.most)) return null;
    const fresh = body.rows[number - 1].cloneNode(true);
    for (const input of fresh.querySelectorAll("input")) {
      input.name = input.name.replace(/^items-\d+/, `items-${number}`);
      if (input.id) input.id = input.name;
      input.setAttribute("aria-label", (input.getAttribute("aria-label") || "").replace(/^\d+/, String(number + 1)));
      input.removeAttribute("aria-invalid");
      input.value = input.defaultValue = "";
    }
    body.append(fresh);
    return fresh;
  };
  sheet.addEventListener("input", (event) => {
    if (event.target.closest("tr") === body.rows[body.rows.length - 1] && event.target.value) another();
  });

  sheet.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.closest("tbody") || event.isComposing) return;
    event.preventDefault();
    const row = event.target.closest("tr");
    const value = row.querySelector("[data-value]");
    const all = cellsOf(body);
    // Below a figure stands the next one, where the row has all that goes along with it.
    const on = event.target.matches("[data-figure]") && value?.value ? cellsOf(row).length : 1;
    const next = all[all.indexOf(event.target) + on];
    if (next) {
      next.focus();
      next.select();
    }
  });

  body.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!/[\n\t]/.test(text.trim())) return;
    event.preventDefault();
    const first = event.target.closest("tr");
    const column = cellsOf(first).indexOf(event.target);
    const start = [...body.rows].indexOf(first);
    const lines = text.replace(/\r/g, "").replace(/\n+$/, "").split("\n");
    lines.forEach((line, index) => {
      const row = body.rows[start + index] ?? another();
      if (!row) return;
      const cells = cellsOf(row);
      line.split("\t").forEach((part, offset) => {
        if (cells[column + offset]) cells[column + offset].value = part.trim();
      });
    });
    if (cellsOf(body.rows[body.rows.length - 1]).some((one) => one.value)) another();
  });
  sheet.dataset.ready = "1";
})();
