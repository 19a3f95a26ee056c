// What the sheet of opening balances gets from JavaScript: running sums, keys, a pasted column, another row where one
// was filled, and a sheet that survives a closed tab.
(() => {
  "use strict";
  const done = document.querySelector("[data-entered]");
  const name = (book) => `openings:${book}`;
  if (done) window.localStorage.removeItem(name(done.dataset.entered));
  const form = document.querySelector("form.openings");
  if (!form) return;

  const plain = (text) => String(text).normalize("NFKC").replace(/[,\s¥元]/g, "").replace(/[−–]/g, "-");
  const fen = (text) => {
    const match = /^(-?)(\d{0,13})(?:\.(\d{0,2}))?$/.exec(plain(text));
    if (!match) return 0n;
    const value = BigInt(match[2] || "0") * 100n + BigInt((match[3] || "").padEnd(2, "0"));
    return match[1] ? -value : value;
  };
  const yuan = (value) => {
    const digits = (value < 0n ? -value : value).toString().padStart(3, "0");
    return `${value < 0n ? "-" : ""}${digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",")}.${digits.slice(-2)}`;
  };
  const rows = () => [...form.querySelectorAll("tr[data-account]")];
  const cell = (row, kind) => row.querySelector(`[data-cell="${kind}"]`);
  const sum = (kind) => rows().reduce((whole, row) => whole + fen(cell(row, kind).value), 0n);

  // Running sums

  const show = () => {
    const debit = sum("debit");
    const credit = sum("credit");
    form.querySelector("[data-total=debit]").textContent = yuan(debit);
    form.querySelector("[data-total=credit]").textContent = yuan(credit);
    const place = form.querySelector("[data-total=difference]");
    const even = debit === credit;
    place.textContent = even ? `✓ ${place.dataset.even}` : `${place.dataset.differ} ${yuan(debit > credit ? debit - credit : credit - debit)}`;
    place.className = even ? "good" : "red";
    for (const row of rows()) for (const kind of ["debit", "credit"]) cell(row, kind).classList.toggle("red", fen(cell(row, kind).value) < 0n);
  };

  // An account kept by details always has an empty row below those that are filled.

  const touched = (row) => ["detail", "quantity", "debit", "credit"].some((kind) => cell(row, kind)?.value.trim());
  const number = () => Math.max(...[...form.querySelectorAll("input[name$=-account]")].map((one) => Number(one.name.split("-")[1]))) + 1;
  const another = (row) => {
    const of = rows().filter((one) => one.dataset.account === row.dataset.account);
    if (!cell(row, "detail") || of.some((one) => !touched(one))) return;
    const last = of[of.length - 1];
    const made = last.cloneNode(true);
    const at = number();
    made.className = "";
    for (const node of made.querySelectorAll("p")) node.remove();
    for (const node of made.querySelectorAll("input, select")) {
      node.name = node.name.replace(/^lines-\d+-/, `lines-${at}-`);
      if (node.id) node.id = node.id.replace(/^lines-\d+-/, `lines-${at}-`);
      node.removeAttribute("aria-invalid");
      node.removeAttribute("aria-describedby");
      if (node.type !== "hidden" && node.tagName === "INPUT") node.value = "";
    }
    const head = made.querySelector("th");
    const hidden = head.querySelector("input[type=hidden]");
    const words = document.createElement("span");
    words.className = "visually-hidden";
    words.textContent = head.textContent.trim();
    head.replaceChildren(words, hidden);
    last.after(made);
  };

  // A sheet that survives a closed tab

  let keeping = 0;
  const keep = () => {
    window.clearTimeout(keeping);
    keeping = window.setTimeout(() => {
      const found = rows().filter(touched).map((row) => ({
        account: row.dataset.account,
        ...Object.fromEntries([...row.querySelectorAll("input:not([type=hidden]), select")].map((one) => [one.name.split("-")[2], one.value])),
      }));
      if (found.length) window.localStorage.setItem(name(form.dataset.book), JSON.stringify(found));
      else window.localStorage.removeItem(name(form.dataset.book));
    }, 400);
  };
  const fill = (given) => {
    const free = rows().find((row) => row.dataset.account === given.account && !touched(row));
    if (!free) return false;
    for (const [kind, value] of Object.entries(given)) {
      const input = free.querySelector(`[name$="-${kind}"]:not([type=hidden])`);
      if (input && value) input.value = value;
    }
    another(free);
    return true;
  };
  if (form.dataset.fresh) {
    let before = [];
    try {
      before = JSON.parse(window.localStorage.getItem(name(form.dataset.book)) || "[]");
    } catch {
      window.localStorage.removeItem(name(form.dataset.book));
    }
    if (before.length && before.map(fill).some(Boolean)) form.querySelector(".kept").textContent = form.dataset.restored;
  }

  form.addEventListener("input", (event) => {
    const row = event.target.closest("tr[data-account]");
    if (row) another(row);
    // What was tried is not what stands here any more.
    document.getElementById("checked")?.remove();
    show();
    keep();
  });

  // Keys

  const step = (input, by) => {
    const kind = input.dataset.cell;
    const all = rows().map((row) => cell(row, kind)).filter(Boolean);
    const next = all[all.indexOf(input) + by];
    if (next) {
      next.focus();
      next.select();
    }
  };
  const changed = (input) => input.dispatchEvent(new Event("input", { bubbles: true }));
  form.addEventListener("keydown", (event) => {
    const input = event.target;
    const kind = input.dataset?.cell;
    if (!kind || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = input.closest("tr");
    const amount = kind === "debit" || kind === "credit";
    if (event.key === "Enter" || (event.key === "ArrowDown" && kind !== "detail")) step(input, 1);
    else if (event.key === "ArrowUp" && kind !== "detail") step(input, -1);
    else if (event.key === "=" && amount) {
      const others = (kind === "debit" ? sum("credit") - sum("debit") : sum("debit") - sum("credit")) + fen(input.value);
      input.value = others === 0n ? "" : yuan(others);
      changed(input);
    } else if (event.key === " " && amount) {
      const other = cell(row, kind === "debit" ? "credit" : "debit");
      [input.value, other.value] = [other.value, input.value];
      changed(input);
      other.focus();
    } else return;
    event.preventDefault();
  });

  // A column, or several, copied from a spreadsheet. Rows that begin with a code of this sheet go to their account:
  // code, [detail,] debit, credit; all others fill the cells from here downwards.
  form.addEventListener("paste", (event) => {
    const input = event.target;
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!input.dataset?.cell || !/[\n\t]/.test(text.trim())) return;
    event.preventDefault();
    const lines = text.replace(/\r/g, "").replace(/\n$/, "").split("\n").map((line) => line.split("\t").map((part) => part.trim()));
    const codes = new Set(rows().map((row) => row.dataset.account));
    const keyed = lines.filter((line) => line.length > 2 && codes.has(line[0]));
    if (keyed.length && keyed.length >= lines.length - 1) {
      for (const line of keyed) {
        const [debit, credit] = line.slice(-2);
        fill({ account: line[0], detail: line.length > 3 ? line[line.length - 3] : "", debit, credit });
      }
    } else {
      const kinds = ["detail", "quantity", "debit", "credit"];
      let row = input.closest("tr");
      for (const line of lines) {
        while (row && !cell(row, input.dataset.cell)) row = rows()[rows().indexOf(row) + 1];
        if (!row) break;
        line.forEach((value, index) => {
          const target = cell(row, kinds[kinds.indexOf(input.dataset.cell) + index] ?? "");
          if (target) target.value = value;
        });
        const after = rows();
        row = after[after.indexOf(row) + 1];
      }
      for (const one of rows()) another(one);
    }
    changed(input);
  });
  show();
})();
