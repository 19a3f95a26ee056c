// The voucher form by keyboard, as accountants know it. Without this file the form still takes lines and is sent whole.
(() => {
  "use strict";
  const form = document.querySelector("form.voucher-form");
  if (!form) return;
  const body = form.querySelector(".grid tbody");
  const template = form.querySelector("template.line");
  const say = JSON.parse(form.querySelector("script.words").textContent);
  let chart = { accounts: [], details: [], balances: {} };
  let dirty = false;

  // Amounts are whole fen in here; a number with a point is text until it is parsed.
  const parse = (text) => {
    const clean = text.replace(/[,，\s]/g, "").replace(/[０-９．－]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0));
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
  const rows = () => [...body.querySelectorAll("tr")];
  const cell = (row, name) => row.querySelector(`[data-cell="${name}"]`);
  const cells = (row) => [...row.querySelectorAll("input[data-cell]")].filter((input) => !input.hidden);
  const amounts = (row) => ["debit", "credit"].map((name) => parse(cell(row, name).value) ?? 0n);

  function number() {
    rows().forEach((row, index) => {
      row.querySelector(".line-no").textContent = String(index + 1);
      for (const input of row.querySelectorAll("[data-cell]")) {
        input.name = `lines-${index}-${input.dataset.cell}`;
        input.setAttribute("aria-label", `${say[input.dataset.cell]} ${index + 1}`);
      }
    });
  }

  function addLine(after) {
    const row = template.content.firstElementChild.cloneNode(true);
    if (after) after.after(row);
    else body.append(row);
    number();
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
    const difference = form.querySelector("[data-total=difference]");
    difference.textContent = debit === credit ? "" : `${say.difference} ${show(debit > credit ? debit - credit : credit - debit)}`;
    capitals(debit === credit && debit !== 0n ? show(debit).replaceAll(",", "") : "");
    for (const input of body.querySelectorAll("td.money input")) input.classList.toggle("red", (parse(input.value) ?? 0n) < 0n);
  }

  // The amount in capitals as on paper is worked out by the service, whose rule it is.
  let asked = 0;
  function capitals(amount) {
    const place = form.querySelector("[data-total=capitals]");
    window.clearTimeout(asked);
    if (!amount) {
      place.textContent = "";
      return;
    }
    asked = window.setTimeout(async () => {
      const answer = await fetch(`${form.dataset.capitals}?amount=${amount}`);
      if (answer.ok) place.textContent = await answer.text();
    }, 250);
  }

  // Look-up: code, name or pinyin initials for accounts; code or name for details.
  let picker = null;
  function closePicker() {
    picker?.list.remove();
    picker?.input.setAttribute("aria-expanded", "false");
    picker = null;
  }
  function choices(input) {
    const wanted = input.value.trim().toLowerCase();
    if (input.dataset.cell === "account") {
      const fits = (a) => a.code.startsWith(wanted) || a.name.includes(wanted) || a.initials.startsWith(wanted) || `${a.code} ${a.name}`.toLowerCase() === wanted;
      return chart.accounts.filter((a) => a.open && a.lowest && fits(a)).map((a) => ({ value: `${a.code} ${a.name}`, code: a.code, name: a.name }));
    }
    const account = accountOf(input.closest("tr"));
    const kinds = account?.kept_by ?? [];
    const names = account?.names ?? [];
    return chart.details
      .filter((d) => d.open && kinds.includes(d.kind) && (!names.length || names.includes(d.code)))
      .filter((d) => d.code.toLowerCase().startsWith(wanted) || d.name.includes(input.value.trim()) || d.initials.startsWith(wanted) || `${d.code} ${d.name}`.toLowerCase() === wanted)
      .map((d) => ({ value: d.code === d.name ? d.code : `${d.code} ${d.name}`, code: d.code, name: d.name }));
  }
  function openPicker(input, { all = false } = {}) {
    closePicker();
    const found = all && !input.value ? choices(input) : input.value ? choices(input) : [];
    if (!found.length) return;
    const list = document.createElement("ul");
    list.className = "picker";
    list.id = "picker";
    list.setAttribute("role", "listbox");
    found.slice(0, 60).forEach((choice, index) => {
      const item = document.createElement("li");
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(index === 0));
      item.id = `picker-${index}`;
      const code = document.createElement("span");
      code.className = "code";
      code.textContent = choice.code;
      const name = document.createElement("span");
      name.textContent = choice.name === choice.code ? "" : choice.name;
      item.append(code, name);
      item.addEventListener("mousedown", (event) => {
        event.preventDefault();
        choose(index);
      });
      list.append(item);
    });
    input.closest("td").append(list);
    input.setAttribute("aria-expanded", "true");
    input.setAttribute("aria-controls", "picker");
    picker = { input, list, found, at: 0 };
  }
  function movePicker(step) {
    if (!picker) return;
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
  }
  const accountOf = (row) => {
    const code = cell(row, "account").value.trim().split(/\s/)[0];
    return chart.accounts.find((a) => a.code === code);
  };
  function settled(input) {
    const row = input.closest("tr");
    if (input.dataset.cell === "account") {
      const wanted = input.value.trim();
      if (wanted && !accountOf(row)) {
        const found = choices(input);
        if (found.length === 1 || (found.length && found[0].code === wanted)) input.value = found[0].value;
      } else if (accountOf(row)) input.value = `${accountOf(row).code} ${accountOf(row).name}`;
      const account = accountOf(row);
      const detail = cell(row, "detail");
      detail.disabled = Boolean(account) && account.detail === "none";
      detail.required = Boolean(account) && account.detail === "required";
      detail.placeholder = account?.detail === "required" ? say.detail_required : say.detail;
      const movement = cell(row, "movement");
      movement.replaceChildren(new Option("", ""), ...(account?.movements ?? []).map((m) => new Option(m.name, m.code)));
      movement.hidden = !account?.movements.length;
      const quantity = cell(row, "quantity");
      quantity.hidden = !account || account.quantity === "none";
    }
    under(row);
    dirty = true;
  }
  function under(row) {
    const account = accountOf(row);
    const detail = cell(row, "detail").value.trim().split(/\s/)[0];
    const place = row.querySelector(".balance");
    if (!account) {
      place.textContent = "";
      return;
    }
    const fen = BigInt(chart.balances[`${account.code}/${detail}`] ?? chart.balances[account.code] ?? 0);
    place.textContent = `${say.balance} ${fen === 0n ? say.level : fen > 0n ? say.debit_side : say.credit_side} ${show(fen < 0n ? -fen : fen)}`;
  }

  // Keys
  function next(input) {
    const row = input.closest("tr");
    const inRow = cells(row).filter((c) => !c.disabled);
    const at = inRow.indexOf(input);
    const isAmount = input.dataset.cell === "debit" || input.dataset.cell === "credit";
    const filled = isAmount && (parse(input.value) ?? 0n) !== 0n;
    if (at < inRow.length - 1 && !(input.dataset.cell === "debit" && filled)) {
      const following = inRow[at + 1];
      following.focus();
      following.select();
      return;
    }
    const all = rows();
    let below = all[all.indexOf(row) + 1];
    if (!below) {
      const [debit, credit] = sums();
      if (debit === credit && debit !== 0n) {
        form.querySelector("button.primary").focus();
        return;
      }
      below = addLine(row);
      cell(below, "summary").value = cell(row, "summary").value;
      propose(below);
    }
    const start = cell(below, "summary");
    start.focus();
    start.select();
    keepInView(start);
  }
  // On a new last line the balancing amount is proposed; it counts once the line is otherwise filled.
  function propose(row) {
    const [debit, credit] = sums();
    if (debit > credit) cell(row, "credit").placeholder = show(debit - credit);
    if (credit > debit) cell(row, "debit").placeholder = show(credit - debit);
  }
  function takeProposal(row) {
    if (!accountOf(row)) return;
    const [dr, cr] = amounts(row);
    if (dr !== 0n || cr !== 0n) return;
    for (const name of ["debit", "credit"]) {
      const input = cell(row, name);
      if (input.placeholder) input.value = input.placeholder;
    }
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
    other.focus();
    total();
  }
  function negate(input) {
    const fen = parse(input.value);
    if (fen === null || fen === 0n) return false;
    input.value = show(-fen);
    total();
    return true;
  }
  const keepInView = (node) => node.scrollIntoView({ block: "nearest" });

  form.addEventListener("keydown", (event) => {
    const input = event.target;
    const name = input.dataset?.cell;
    if (event.key === "F8" || event.key === "F12") {
      event.preventDefault();
      send(event.key === "F12");
      return;
    }
    if (!name) return;
    const row = input.closest("tr");
    const amount = name === "debit" || name === "credit";
    if (picker && picker.input === input) {
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
      if (event.key === "Enter" || event.key === "Tab") choose(picker.at);
    }
    if (event.key === "F7") {
      event.preventDefault();
      if (name === "account" || name === "detail") openPicker(input, { all: true });
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      if (name === "credit" || name === "debit") takeProposal(row);
      closePicker();
      next(input);
    } else if (event.key === "Insert" && event.ctrlKey) {
      event.preventDefault();
      const added = addLine(row);
      cell(added, "summary").value = cell(row, "summary").value;
      cell(added, "summary").focus();
    } else if (event.key === "Delete" && event.ctrlKey) {
      event.preventDefault();
      const all = rows();
      if (all.length > 1) {
        const neighbour = all[all.indexOf(row) + 1] ?? all[all.indexOf(row) - 1];
        row.remove();
        number();
        total();
        cell(neighbour, "summary").focus();
      }
    } else if (amount && event.key === "=") {
      event.preventDefault();
      balance(input);
    } else if (amount && event.key === " ") {
      event.preventDefault();
      swap(input);
    } else if (amount && event.key === "-" && input.value && negate(input)) {
      event.preventDefault();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const all = rows();
      const other = all[all.indexOf(row) + (event.key === "ArrowDown" ? 1 : -1)];
      if (other) {
        event.preventDefault();
        cell(other, name).focus();
      }
    }
  });

  form.addEventListener("input", (event) => {
    const input = event.target;
    dirty = true;
    if (input.dataset.cell === "summary") {
      const all = rows();
      const at = all.indexOf(input.closest("tr"));
      if (input.value === ".." && at > 0) input.value = cell(all[at - 1], "summary").value;
      if (input.value === "//" && at > 0) input.value = cell(all[0], "summary").value;
    }
    if (input.dataset.cell === "account" || input.dataset.cell === "detail") openPicker(input);
    if (input.dataset.cell === "debit" || input.dataset.cell === "credit") total();
  });
  form.addEventListener("focusout", (event) => {
    const input = event.target;
    if (!input.dataset?.cell) return;
    if (picker?.input === input) closePicker();
    if (input.dataset.cell === "account" || input.dataset.cell === "detail") settled(input);
    if ((input.dataset.cell === "debit" || input.dataset.cell === "credit") && input.value.trim()) {
      const fen = parse(input.value);
      input.setAttribute("aria-invalid", String(fen === null));
      if (fen !== null) input.value = fen === 0n ? "" : show(fen);
      total();
    }
  });
  form.querySelector("[data-act=add-line]")?.addEventListener("click", () => cell(addLine(), "summary").focus());

  function send(another) {
    form.querySelector("input[name=then]").value = another ? "new" : "";
    dirty = false;
    form.requestSubmit(form.querySelector("button.primary"));
  }

  // Scans dropped on the voucher go with it.
  const drop = form.querySelector(".drop");
  const files = form.querySelector("input[type=file]");
  if (drop && files) {
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
  }

  // Unfinished work survives a closed tab: it is kept as a sketch on the server every few seconds.
  const keep = form.dataset.keep;
  if (keep) {
    window.setInterval(async () => {
      if (!dirty || form.dataset.sent) return;
      dirty = false;
      const data = new FormData(form);
      data.delete("files");
      const answer = await fetch(keep, { method: "POST", body: data, headers: { "X-CSRF-Token": document.body.dataset.csrf ?? "" } });
      const place = form.querySelector(".kept");
      if (answer.ok) {
        const sketch = await answer.json();
        form.querySelector("input[name=voucher]").value = sketch.id;
        form.querySelector("input[name=version]").value = sketch.version;
        place.textContent = say.kept;
      } else {
        dirty = true;
        place.textContent = say.not_kept;
      }
    }, 4000);
  }

  fetch(form.dataset.chart, { headers: { Accept: "application/json" } })
    .then((answer) => answer.json())
    .then((found) => {
      chart = found;
      rows().forEach((row) => {
        if (cell(row, "account").value) settled(cell(row, "account"));
        under(row);
      });
      dirty = false;
      form.dataset.ready = "1";
    });
  number();
  total();
})();
