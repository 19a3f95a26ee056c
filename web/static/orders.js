// The sheet of a payment order: Enter and the arrows go down a column as on paper, sums and what arrives follow what is
// typed, and a column pasted from a spreadsheet falls into its rows. The service reckons for itself.
(() => {
  "use strict";

  const sheet = document.getElementById("order");
  if (!sheet) return;
  const body = sheet.querySelector("tbody");
  const rows = [...body.rows];
  const fen = (text) => {
    const plain = text.normalize("NFKC").replace(/[,\s¥元]/g, "");
    if (!/^\d+(\.\d{1,2})?$/.test(plain)) return plain ? null : 0;
    const [yuan, rest = ""] = plain.split(".");
    return Number(yuan) * 100 + Number(rest.padEnd(2, "0"));
  };
  const shown = (amount) =>
    `${Math.trunc(amount / 100).toLocaleString("en-US")}.${String(amount % 100).padStart(2, "0")}`;
  const cell = (row, name) => row.querySelector(`[data-cell=${name}]`);

  const reckon = () => {
    const sums = { paying: 0, withheld: 0, net: 0 };
    for (const row of rows) {
      const paying = fen(cell(row, "paying").value);
      const withheld = fen(cell(row, "withheld").value);
      const wrongPay = paying === null || paying > Number(row.dataset.owed);
      const wrongTax = withheld === null || (withheld > 0 && withheld >= (paying ?? 0));
      cell(row, "paying").toggleAttribute("aria-invalid", wrongPay);
      cell(row, "withheld").toggleAttribute("aria-invalid", wrongTax);
      for (const [name, wrong] of [["paying", wrongPay], ["withheld", wrongTax]]) {
        if (wrong) cell(row, name).setAttribute("aria-invalid", "true");
      }
      const net = Math.max((paying ?? 0) - (withheld ?? 0), 0);
      row.querySelector("[data-net]").textContent = net ? shown(net) : "";
      sums.paying += paying ?? 0;
      sums.withheld += withheld ?? 0;
      sums.net += net;
    }
    for (const [name, amount] of Object.entries(sums)) {
      sheet.querySelector(`[data-sum=${name}]`).textContent = shown(amount);
    }
  };
  sheet.addEventListener("input", reckon);

  const go = (from, step) => {
    const row = rows[rows.indexOf(from.closest("tr")) + step];
    if (!row) return;
    const next = cell(row, from.dataset.cell);
    next.focus();
    next.select();
  };
  body.addEventListener("keydown", (event) => {
    if (!event.target.dataset.cell || event.isComposing) return;
    const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    go(event.target, step);
  });

  body.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!event.target.dataset.cell || !/[\n\t]/.test(text.trim())) return;
    event.preventDefault();
    const names = event.target.dataset.cell === "paying" ? ["paying", "withheld"] : ["withheld"];
    const first = rows.indexOf(event.target.closest("tr"));
    text.replace(/\r/g, "").replace(/\n+$/, "").split("\n").forEach((line, index) => {
      line.split("\t").slice(0, names.length).forEach((part, column) => {
        if (rows[first + index]) cell(rows[first + index], names[column]).value = part.trim();
      });
    });
    reckon();
  });

  reckon();
  sheet.dataset.ready = "1";
})();
