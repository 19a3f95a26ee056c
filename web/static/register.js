// The form of an act of the register by keyboard: members by number, name or pinyin initials, live sums, rows that grow and
// take a pasted column. Without this file the form is sent whole and says what it understood.
(() => {
  "use strict";
  const form = document.getElementById("act");
  if (!form) return;

  const hundredths = (text) => {
    const plain = text.normalize("NFKC").replace(/[,\s¥元]/g, "");
    const found = /^(\d{1,13})(?:\.(\d{1,2}))?$/.exec(plain);
    return found ? BigInt(found[1]) * 100n + BigInt((found[2] || "").padEnd(2, "0")) : null;
  };
  const shown = (fen) => {
    const digits = fen.toString().padStart(3, "0");
    return `${digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",")}.${digits.slice(-2)}`;
  };

  // Live sums
  const table = form.querySelector("table[data-rows]");
  const filled = () => [...table.tBodies[0].rows].filter((row) => [...row.querySelectorAll("input")].some((one) => one.value.trim()));
  const field = (name) => hundredths(form.elements.namedItem(name)?.value ?? "");
  const rounded = (value, by) => (value * 2n + by) / (by * 2n);
  function value() {
    const [kind] = [form.dataset.sum];
    const column = /^[a-z]+\.([a-z]+)$/.exec(kind);
    if (column) return filled().reduce((all, row) => all + (hundredths(row.querySelector(`[data-field=${column[1]}]`).value) ?? 0n), 0n);
    if (kind === "calves * price") return BigInt(filled().length) * (field("price") ?? 0n);
    if (kind.includes(" + ")) return kind.split(" + ").reduce((all, name) => all + (field(name) ?? 0n), 0n);
    // Factors are hundredths; the product is rounded once, half up, as the register does.
    const factors = kind.split(" * ").map(field);
    if (factors.includes(null)) return 0n;
    return rounded(factors.reduce((all, one) => all * one, 1n), 100n ** BigInt(factors.length - 1));
  }
  const place = form.querySelector(".sums");
  function sum() {
    if (!place) return;
    const fen = value();
    place.hidden = fen === 0n;
    place.querySelector("output").textContent = shown(fen);
  }

  // Picking members, accounts and details
  let chart = null;
  async function read() {
    if (chart) return chart;
    const answer = await fetch(form.dataset.chart).catch(() => null);
    chart = answer?.ok ? await answer.json() : { accounts: [], details: [] };
    return chart;
  }
  const texts = (one) => (one.name && one.name !== one.code ? `${one.code} ${one.name}` : one.code);
  function fitting(input) {
    const wanted = input.value.trim().toLowerCase();
    if (!wanted || !chart) return [];
    const among =
      input.dataset.pick === "account"
        ? chart.accounts.filter((one) => one.open && one.lowest)
        : chart.details.filter((one) => one.open && (one.kind === "member") === (input.dataset.pick === "member"));
    const rank = (one) => (one.code.toLowerCase() === wanted ? 0 : one.code.toLowerCase().startsWith(wanted) ? 1 : one.initials.startsWith(wanted) ? 2 : one.name.toLowerCase().includes(wanted) ? 3 : texts(one).toLowerCase() === wanted ? 0 : 4);
    return among.filter((one) => rank(one) < 4).sort((a, b) => rank(a) - rank(b)).slice(0, 40);
  }
  let picker = null;
  function close() {
    if (!picker) return;
    picker.list.remove();
    picker.input.setAttribute("aria-expanded", "false");
    picker.input.removeAttribute("aria-activedescendant");
    picker = null;
  }
  function open(input) {
    close();
    const found = fitting(input);
    if (!found.length || (found.length === 1 && texts(found[0]) === input.value)) return;
    const list = document.createElement("ul");
    list.className = "picker";
    list.id = "picker";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", input.getAttribute("aria-label") || input.labels[0]?.textContent.trim() || "");
    found.forEach((one, index) => {
      const item = document.createElement("li");
      item.id = `picker-${index}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(index === 0));
      const code = document.createElement("span");
      code.className = "code";
      code.textContent = one.code;
      const name = document.createElement("span");
      name.textContent = one.name === one.code ? "" : one.name;
      item.append(code, name);
      item.addEventListener("mousedown", (event) => {
        event.preventDefault();
        choose(index);
      });
      list.append(item);
    });
    input.after(list);
    input.setAttribute("aria-expanded", "true");
    input.setAttribute("aria-activedescendant", "picker-0");
    picker = { input, list, found, at: 0 };
  }
  function choose(index) {
    const { input, found } = picker;
    input.value = texts(found[index]);
    close();
    sum();
  }
  function step(by) {
    const items = picker.list.children;
    items[picker.at].setAttribute("aria-selected", "false");
    picker.at = (picker.at + by + items.length) % items.length;
    items[picker.at].setAttribute("aria-selected", "true");
    items[picker.at].scrollIntoView({ block: "nearest" });
    picker.input.setAttribute("aria-activedescendant", items[picker.at].id);
  }
  const dress = (input) => {
    input.removeAttribute("list");
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", "picker");
  };
  for (const input of form.querySelectorAll("input[data-pick]")) dress(input);

  // Rows
  function addRow() {
    const rows = table.tBodies[0].rows;
    const fresh = rows[rows.length - 1].cloneNode(true);
    const number = rows.length;
    fresh.cells[0].textContent = String(number + 1);
    for (const wrong of fresh.querySelectorAll(".wrong, .picker")) wrong.remove();
    for (const input of fresh.querySelectorAll("input, select")) {
      input.id = input.name = input.name.replace(/-\d+-/, `-${number}-`);
      input.setAttribute("aria-label", input.getAttribute("aria-label").replace(/\d+$/, String(number + 1)));
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-describedby");
      input.value = "";
    }
    table.tBodies[0].append(fresh);
    return fresh;
  }
  function grow() {
    const rows = table.tBodies[0].rows;
    if (rows.length < 2000 && [...rows[rows.length - 1].querySelectorAll("input")].some((one) => one.value)) addRow();
  }
  table?.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text") ?? "";
    const lines = text.replace(/\r/g, "").split("\n").filter((line) => line.trim());
    if (lines.length < 2 && !text.includes("\t")) return;
    event.preventDefault();
    close();
    const start = [...table.tBodies[0].rows].indexOf(event.target.closest("tr"));
    const column = [...event.target.closest("tr").querySelectorAll("input")].indexOf(event.target);
    lines.slice(0, 2000 - start).forEach((line, index) => {
      const row = table.tBodies[0].rows[start + index] ?? addRow();
      line.split("\t").forEach((cell, offset) => {
        const input = row.querySelectorAll("input")[column + offset];
        if (input) input.value = cell.trim();
      });
    });
    grow();
    sum();
  });
  form.querySelector("[data-more]")?.addEventListener("click", (event) => {
    event.preventDefault();
    addRow().querySelector("input").focus();
  });

  form.addEventListener("focusin", (event) => {
    if (event.target.dataset?.pick) read();
  });
  form.addEventListener("focusout", (event) => {
    if (picker && event.target === picker.input) close();
  });
  form.addEventListener("input", async (event) => {
    sum();
    if (table?.contains(event.target)) grow();
    if (!event.target.dataset?.pick || event.isComposing) return;
    await read();
    if (document.activeElement === event.target) open(event.target);
  });
  // Enter goes on to the next field as everywhere; at the end it tries.
  form.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const input = event.target;
    if (picker && picker.input === input) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        step(event.key === "ArrowDown" ? 1 : -1);
        return;
      }
      if (event.key === "Escape") {
        close();
        return;
      }
      if (event.key === "Enter" || event.key === "Tab") choose(picker.at);
    }
    if (event.key !== "Enter" || !input.matches("input, select")) return;
    event.preventDefault();
    const all = [...form.querySelectorAll("input:not([type=hidden]), select")];
    const next = all[all.indexOf(input) + 1] ?? form.querySelector("button[data-keys=F8]");
    next.focus();
    if (next.select) next.select();
  });
  const first = form.querySelector("[aria-invalid]") ?? [...form.querySelectorAll("input:not([type=hidden]), select")].find((one) => one.type !== "date" && !one.value);
  const tried = document.getElementById("tried");
  if (tried) tried.querySelector("button").focus();
  else first?.focus();
  sum();
  form.dataset.ready = "1";
})();
