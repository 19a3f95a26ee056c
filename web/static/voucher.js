// The voucher form by keyboard, as accountants know it. Without this file the form still takes lines and is sent whole.
(() => {
  "use strict";
  const form = document.querySelector("form.voucher-form");
  if (!form) return;
  const body = form.querySelector(".grid tbody");
  const template = form.querySelector("template.line");
  const say = JSON.parse(form.querySelector("script.words").textContent);
  const save = form.querySelector("button.primary");
  let chart = { accounts: [], details: [], balances: {} };
  let dirty = false;

  // Amounts are whole fen in here; a number with a point is text until it is parsed.
  const parse = (text) => {
    const clean = text.normalize("NFKC").replace(/[,\s¥￥元]/g, "").replace(/[−–]/g, "-");
    const match = /^(-?)(\d{0,13})(?:\.(\d{0,2}))?$/.exec(clean);
    if (!match || (!match[2] && !match[3])) return clean === "" ? 0n : null;
    const fen = BigInt(match[2] || "0") * 100n + BigInt((match[3] || "").padEnd(2, "0"));
    return match[1] ? -fen : fen;
  };
  const show = (fen) => {
    const sign = fen < 0n ? "-" : "";
    const digits = (fen < 0n ? -fen : fen).toString().padStart(3, "0");
    return `${sign}${digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",")}.${digits.slice(-2)}`;
  };
  const rows = () => [...body.rows];
  const cell = (row, name) => row.querySelector(`[data-cell="${name}"]`);
  const cells = (row) => [...row.querySelectorAll("[data-cell]")].filter((input) => !input.hidden && !input.disabled);
  const amounts = (row) => ["debit", "credit"].map((name) => parse(cell(row, name).value) ?? 0n);
  const isEmpty = (row) => ["account", "detail", "debit", "credit"].every((name) => !cell(row, name).value.trim());

  function number() {
    rows().forEach((row, index) => {
      row.querySelector(".line-no").textContent = String(index + 1);
      for (const input of row.querySelectorAll("[data-cell]")) {
        input.name = input.id = `lines-${index}-${input.dataset.cell}`;
        input.setAttribute("aria-label", `${say[input.dataset.cell]} ${index + 1}`);
      }
    });
  }

  function addLine(after) {
    const row = template.content.firstElementChild.cloneNode(true);
    if (after) after.after(row);
    else body.append(row);
    number();
    dress(row);
    return row;
  }

  function sums() {
    let debit = 0n;
    let credit = 0n;
    for (const row of rows()) {
      const [dr, cr] = amounts(row);
      debit += dr;
      credit += cr;
    }
    return [debit, credit];
  }

  function total() {
    const [debit, credit] = sums();
    form.querySelector("[data-total=debit]").textContent = show(debit);
    form.querySelector("[data-total=credit]").textContent = show(credit);
    const apart = debit > credit ? debit - credit : credit - debit;
    form.querySelector("[data-total=difference]").textContent = apart === 0n ? "" : `${say.difference} ${show(apart)}`;
    capitals(apart === 0n && debit !== 0n ? show(debit).replaceAll(",", "") : "");
    for (const input of body.querySelectorAll("td.money input")) input.classList.toggle("red", (parse(input.value) ?? 0n) < 0n);
  }

  // The amount in capitals as on paper is worked out by the service, whose rule it is.
  let asked = 0;
  let shownCapitals = "";
  function capitals(amount) {
    const place = form.querySelector("[data-total=capitals]");
    window.clearTimeout(asked);
    if (amount === shownCapitals) return;
    place.textContent = "";
    shownCapitals = "";
    if (!amount) return;
    asked = window.setTimeout(async () => {
      const answer = await fetch(`${form.dataset.capitals}?amount=${amount}`).catch(() => null);
      if (answer?.ok) {
        place.textContent = await answer.text();
        shownCapitals = amount;
      }
    }, 200);
  }

  // Look-up: code, name or pinyin initials for accounts; code, name or initials for details.
  let picker = null;
  function closePicker() {
    if (!picker) return;
    picker.list.remove();
    picker.input.setAttribute("aria-expanded", "false");
    picker.input.removeAttribute("aria-activedescendant");
    picker = null;
  }
  const typed = (input) => input.value.trim().toLowerCase();
  const fits = (wanted, one) =>
    one.code.toLowerCase().startsWith(wanted) ||
    one.name.toLowerCase().includes(wanted) ||
    one.initials.startsWith(wanted) ||
    `${one.code} ${one.name}`.toLowerCase() === wanted;
  const best = (wanted, one) => (one.code.toLowerCase() === wanted ? 0 : one.code.toLowerCase().startsWith(wanted) ? 1 : one.initials.startsWith(wanted) ? 2 : 3);
  function choices(input) {
    const wanted = typed(input);
    if (input.dataset.cell === "account") {
      return chart.accounts
        .filter((a) => a.open && a.lowest && !a.register && fits(wanted, a))
        .sort((a, b) => best(wanted, a) - best(wanted, b))
        .map((a) => ({ value: `${a.code} ${a.name}`, code: a.code, name: a.name }));
    }
    const account = accountOf(input.closest("tr"));
    if (!account || account.detail === "none") return [];
    return chart.details
      .filter((d) => d.open && account.kept_by.includes(d.kind) && (!account.names.length || account.names.includes(d.code)) && fits(wanted, d))
      .sort((a, b) => best(wanted, a) - best(wanted, b))
      .map((d) => ({ value: textOf(d), code: d.code, name: d.name === d.code ? "" : d.name }));
  }
  const textOf = (d) => (d.name === d.code || !d.name ? d.code : `${d.code} ${d.name}`);
  function openPicker(input, { all = false } = {}) {
    closePicker();
    if (!all && !typed(input)) return;
    const found = choices(input);
    if (!found.length || (found.length === 1 && found[0].value === input.value)) return;
    const list = document.createElement("ul");
    list.className = "picker";
    list.id = "picker";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", say[input.dataset.cell]);
    found.slice(0, 80).forEach((choice, index) => {
      const item = document.createElement("li");
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(index === 0));
      item.id = `picker-${index}`;
      const code = document.createElement("span");
      code.className = "code";
      code.textContent = choice.code;
      const name = document.createElement("span");
      name.textContent = choice.name;
      item.append(code, name);
      item.addEventListener("mousedown", (event) => {
        event.preventDefault();
        choose(index);
      });
      list.append(item);
    });
    const box = input.closest("td");
    box.append(list);
    if (input.dataset.cell === "detail") list.classList.add("right");
    input.setAttribute("aria-expanded", "true");
    input.setAttribute("aria-activedescendant", "picker-0");
    picker = { input, list, found, at: 0 };
  }
  function movePicker(step) {
    const items = picker.list.children;
    items[picker.at].setAttribute("aria-selected", "false");
    picker.at = (picker.at + step + items.length) % items.length;
    items[picker.at].setAttribute("aria-selected", "true");
    items[picker.at].scrollIntoView({ block: "nearest" });
    picker.input.setAttribute("aria-activedescendant", items[picker.at].id);
  }
  function choose(index) {
    const { input, found } = picker;
    input.value = found[index].value;
    closePicker();
    settled(input);
    dirty = true;
  }
  const accountOf = (row) => {
    const code = cell(row, "account").value.trim().split(/\s/)[0];
    return chart.accounts.find((a) => a.code === code);
  };
  const detailOf = (row) => {
    const text = cell(row, "detail").value.trim();
    return chart.details.find((d) => d.code === text || textOf(d) === text);
  };
  // What was typed becomes the account or detail it means, when it means only one.
  function settled(input) {
    const row = input.closest("tr");
    const wanted = typed(input);
    if (input.dataset.cell === "account") {
      const account = accountOf(row) ?? only(chart.accounts.filter((a) => a.lowest && a.name.toLowerCase() === wanted));
      if (account) input.value = `${account.code} ${account.name}`;
    } else if (wanted) {
      const detail = detailOf(row) ?? only(chart.details.filter((d) => d.name.toLowerCase() === wanted));
      if (detail) input.value = textOf(detail);
    }
    dress(row);
  }
  const only = (found) => (found.length === 1 ? found[0] : undefined);
  // The cells a line shows follow from its account: detail, movement, quantity; beside it the account's balance.
  function dress(row) {
    const account = accountOf(row);
    const detail = cell(row, "detail");
    detail.disabled = account?.detail === "none" && !detail.value;
    detail.placeholder = account?.detail === "required" ? say.detail_required : account?.detail === "none" ? "" : say.detail;
    const movement = cell(row, "movement");
    const allowed = account?.movements ?? [];
    const chosen = movement.value;
    if (chart.accounts.length) {
      movement.replaceChildren(new Option(say.movement, ""), ...allowed.map((m) => new Option(m.name, m.code, false, m.code === chosen)));
      movement.hidden = !allowed.length;
    } else movement.hidden = !chosen;
    const quantity = cell(row, "quantity");
    quantity.hidden = !quantity.value && (!account || account.quantity === "none");
    row.querySelector(".unit").textContent = quantity.hidden ? "" : detailOf(row)?.unit ?? "";
    const place = row.querySelector(".balance");
    if (!account) {
      place.textContent = "";
      return;
    }
    const key = detailOf(row) ? `${account.code}/${detailOf(row).code}` : account.code;
    const fen = BigInt(chart.balances[key] ?? "0");
    place.textContent = `${say.balance} ${fen === 0n ? say.level : `${fen > 0n ? say.debit_side : say.credit_side} ${show(fen < 0n ? -fen : fen)}`}`;
  }

  // Keys
  function focus(input) {
    input.focus();
    if (input.select) input.select();
    input.scrollIntoView({ block: "nearest" });
  }
  function next(input) {
    const row = input.closest("tr");
    const inRow = cells(row);
    const at = inRow.indexOf(input);
    const filled = (parse(input.value) ?? 0n) !== 0n;
    const isAmount = input.dataset.cell === "debit" || input.dataset.cell === "credit";
    if (at < inRow.length - 1 && !(isAmount && filled)) {
      let following = inRow[at + 1];
      const side = following.dataset.cell === "debit" && row.dataset.side === "credit" && !following.value;
      if (side) following = cell(row, "credit");
      focus(following);
      return;
    }
    const all = rows();
    let below = all[all.indexOf(row) + 1];
    const [debit, credit] = sums();
    if (debit === credit && debit !== 0n && (!below || isEmpty(below))) {
      focus(save);
      return;
    }
    below ??= addLine(row);
    if (isEmpty(below)) {
      if (!cell(below, "summary").value) cell(below, "summary").value = cell(row, "summary").value;
      propose(below);
    }
    focus(cell(below, "summary"));
  }
  // On a new line the balancing amount is proposed; Enter in its amount cell takes it.
  function propose(row) {
    const [debit, credit] = sums();
    cell(row, "debit").placeholder = credit > debit ? show(credit - debit) : "";
    cell(row, "credit").placeholder = debit > credit ? show(debit - credit) : "";
  }
  function takeProposal(input) {
    const row = input.closest("tr");
    const [dr, cr] = amounts(row);
    if (!accountOf(row) || dr !== 0n || cr !== 0n || !input.placeholder) return;
    input.value = input.placeholder;
    total();
  }
  function balance(input) {
    const row = input.closest("tr");
    cell(row, "debit").value = "";
    cell(row, "credit").value = "";
    const [debit, credit] = sums();
    const amount = input.dataset.cell === "debit" ? credit - debit : debit - credit;
    input.value = amount === 0n ? "" : show(amount);
    total();
  }
  function swap(input) {
    const row = input.closest("tr");
    const other = cell(row, input.dataset.cell === "debit" ? "credit" : "debit");
    [other.value, input.value] = [input.value, other.value];
    focus(other);
    total();
  }
  function negate(input) {
    const fen = parse(input.value);
    if (fen === null || fen === 0n) return false;
    input.value = show(-fen);
    total();
    return true;
  }

  form.addEventListener("keydown", (event) => {
    const input = event.target;
    const name = input.dataset?.cell;
    if (!name) {
      if (event.key === "Enter" && input.matches?.("input:not([type=file]), select")) {
        event.preventDefault();
        focus(cell(rows()[0], "summary"));
      }
      return;
    }
    const row = input.closest("tr");
    const amount = name === "debit" || name === "credit";
    if (picker?.input === input && !event.isComposing) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        movePicker(event.key === "ArrowDown" ? 1 : -1);
        return;
      }
      if (event.key === "Escape") {
        event.preventDefault();
        closePicker();
        return;
      }
      if (event.key === "Enter" || (event.key === "Tab" && typed(input))) choose(picker.at);
    }
    if (event.isComposing) return;
    if (event.key === "F7") {
      event.preventDefault();
      if (name === "account" || name === "detail") openPicker(input, { all: true });
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (name === "account" || name === "detail") settled(input);
      if (amount) takeProposal(input);
      closePicker();
      next(input);
    } else if (event.key === "Insert" && event.ctrlKey) {
      event.preventDefault();
      const added = addLine(row);
      cell(added, "summary").value = cell(row, "summary").value;
      propose(added);
      focus(cell(added, "summary"));
      dirty = true;
    } else if (event.key === "Delete" && event.ctrlKey) {
      event.preventDefault();
      const all = rows();
      const neighbour = all[all.indexOf(row) + 1] ?? all[all.indexOf(row) - 1] ?? addLine(row);
      row.remove();
      number();
      total();
      focus(cell(neighbour, "summary"));
      dirty = true;
    } else if (amount && event.key === "=") {
      event.preventDefault();
      balance(input);
      dirty = true;
    } else if (amount && event.key === " ") {
      event.preventDefault();
      swap(input);
      dirty = true;
    } else if (amount && event.key === "-" && input.value && negate(input)) {
      event.preventDefault();
      dirty = true;
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && input.tagName !== "SELECT") {
      const all = rows();
      const other = all[all.indexOf(row) + (event.key === "ArrowDown" ? 1 : -1)];
      if (other && !cell(other, name).disabled && !cell(other, name).hidden) {
        event.preventDefault();
        focus(cell(other, name));
      }
    }
  });

  form.addEventListener("input", (event) => {
    const input = event.target;
    dirty = true;
    input.removeAttribute?.("aria-invalid");
    const name = input.dataset.cell;
    if (name === "summary") {
      const all = rows();
      const at = all.indexOf(input.closest("tr"));
      if (input.value === ".." && at > 0) input.value = cell(all[at - 1], "summary").value;
      if (input.value === "//" && at > 0) input.value = cell(all[0], "summary").value;
    }
    if (name === "account" || name === "detail") {
      if (name === "account") dress(input.closest("tr"));
      openPicker(input);
    }
    if (name === "debit" || name === "credit") total();
  });
  form.addEventListener("focusin", (event) => {
    const input = event.target;
    if (input.dataset?.cell !== "detail" || input.value) return;
    if (accountOf(input.closest("tr"))?.detail === "required") openPicker(input, { all: true });
  });
  form.addEventListener("focusout", (event) => {
    const input = event.target;
    const name = input.dataset?.cell;
    if (!name) return;
    if (picker?.input === input) closePicker();
    if (name === "account" || name === "detail") settled(input);
    if ((name === "debit" || name === "credit") && input.value.trim()) {
      const fen = parse(input.value);
      if (fen === null) input.setAttribute("aria-invalid", "true");
      else {
        input.removeAttribute("aria-invalid");
        input.value = fen === 0n ? "" : show(fen);
      }
      total();
    }
  });
  const add = form.querySelector("[data-act=add-line]");
  add.hidden = false;
  add.addEventListener("click", () => focus(cell(addLine(), "summary")));
  form.querySelector("#event")?.addEventListener("change", (event) => {
    if (event.target.value) form.requestSubmit(form.querySelector("button[value=event]"));
  });

  // Scans dropped on the voucher go with it.
  const drop = form.querySelector(".drop");
  const files = form.querySelector("input[type=file]");
  const names = drop.querySelector(".names");
  const list = () => { names.textContent = [...files.files].map((file) => file.name).join("、"); };
  files.addEventListener("change", list);
  for (const kind of ["dragover", "dragleave", "drop"]) {
    form.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files.length) {
        const bag = new DataTransfer();
        for (const file of [...files.files, ...event.dataTransfer.files]) bag.items.add(file);
        files.files = bag.files;
        list();
      }
    });
  }

  // Unfinished work survives a closed tab: it is kept as a sketch in the book every few seconds.
  const kept = document.querySelector(".kept");
  let keeping = null;
  let sending = false;
  function content() {
    const data = new FormData(form);
    data.delete("files");
    return data;
  }
  async function keep() {
    if (!dirty || sending || keeping || rows().every(isEmpty)) return;
    dirty = false;
    keeping = (async () => {
      const answer = await fetch(form.dataset.keep, { method: "POST", body: content(), headers: { Accept: "application/json" } }).catch(() => null);
      const sketch = answer?.ok ? await answer.json() : null;
      if (!sketch) {
        dirty = true;
        kept.textContent = say.not_kept;
      } else if (sketch.id) {
        form.elements.voucher.value = sketch.id;
        form.elements.version.value = sketch.version;
        form.action = `${form.dataset.at}/${sketch.id}/edit`;
        window.history.replaceState(null, "", form.action);
        kept.textContent = say.kept;
      }
    })();
    await keeping;
    keeping = null;
  }
  window.setInterval(keep, 4000);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") keep();
  });
  form.addEventListener("submit", (event) => {
    if (!keeping) {
      sending = true;
      return;
    }
    // The sketch on its way to the book has to arrive before the voucher that takes its place.
    event.preventDefault();
    const { submitter } = event;
    keeping.then(() => form.requestSubmit(submitter));
  });
  window.addEventListener("pageshow", () => { sending = false; });

  fetch(form.dataset.chart, { headers: { Accept: "application/json" } })
    .then((answer) => answer.json())
    .then((found) => {
      chart = found;
      rows().forEach(dress);
      form.dataset.ready = "1";
    })
    .catch(() => { kept.textContent = say.not_kept; });
  number();
  rows().forEach(dress);
  total();
})();
