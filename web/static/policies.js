// The form of a distribution plan and the sheet of ballots: sums while one types, rows as they are needed.
(() => {
  "use strict";

  const hundredths = (text) => {
    const plain = text.normalize("NFKC").replace(/[,\s%]/g, "");
    const found = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(plain);
    return found ? Number(found[1]) * 100 + Number((found[2] || "").padEnd(2, "0")) : 0;
  };
  const shown = (value) => `${Math.floor(value / 100)}.${String(value % 100).padStart(2, "0")}`;

  const policy = document.getElementById("policy");
  if (policy) {
    const legs = policy.querySelector("[data-legs]");

    const tell = (place, value, right, unit) => {
      if (!place) return;
      place.textContent = shown(value) + unit;
      place.classList.toggle("good", right);
      place.classList.toggle("wrong", !right);
    };
    const sums = () => {
      let whole = 0;
      let trade = 0;
      for (const leg of legs.querySelectorAll("[data-leg]")) {
        const part = hundredths(leg.querySelector("[data-part]").value);
        whole += part;
        if (leg.querySelector("[data-patronage]").checked) trade += part;
      }
      tell(policy.querySelector("[data-sum]"), whole, whole === 10000, " %");
      tell(policy.querySelector("[data-patronage-sum]"), trade, trade >= 6000, " %");
      let points = 0;
      for (const one of policy.querySelectorAll("[data-points]")) points += hundredths(one.value);
      tell(policy.querySelector("[data-points-sum]"), points, points === 10000, "");
    };
    const fit = (leg) => {
      const basis = leg.querySelector("[data-basis]").value;
      for (const more of leg.querySelectorAll("[data-for]")) {
        more.hidden = !more.dataset.for.split(" ").includes(basis);
      }
    };
    const add = () => {
      const all = legs.querySelectorAll("[data-leg]");
      const number = all.length;
      const fresh = all[number - 1].cloneNode(true);
      for (const wrong of fresh.querySelectorAll(".wrong")) wrong.remove();
      for (const node of fresh.querySelectorAll("[id], [name], [for]")) {
        for (const name of ["id", "name", "for"]) {
          const value = node.getAttribute(name);
          if (value) node.setAttribute(name, value.replace(/^legs-\d+/, `legs-${number}`));
        }
        node.removeAttribute("aria-invalid");
        if (node.type === "checkbox") node.checked = false;
        else if (node.tagName === "INPUT") node.value = "";
      }
      const legend = fresh.querySelector("legend");
      legend.textContent = legend.textContent.replace(/\d+/, String(number + 1));
      legs.append(fresh);
      fit(fresh);
      fresh.querySelector("input").focus();
      if (number + 1 >= 24) more.hidden = true;
    };

    policy.addEventListener("input", sums);
    policy.addEventListener("change", (event) => {
      if (event.target.matches("[data-basis]")) fit(event.target.closest("[data-leg]"));
      sums();
    });
    const more = policy.querySelector("[data-add]");
    more.hidden = legs.querySelectorAll("[data-leg]").length >= 24;
    more.addEventListener("click", add);
    for (const leg of legs.querySelectorAll("[data-leg]")) fit(leg);
    sums();
    policy.dataset.ready = "1";
  }

  const ballots = document.getElementById("ballots");
  if (ballots) {
    const body = ballots.querySelector("tbody");

    const sum = (row) => {
      const cells = [...row.querySelectorAll("[data-points]")];
      const place = row.querySelector("[data-sum]");
      place.textContent = cells.some((one) => one.value) ? shown(cells.reduce((all, one) => all + hundredths(one.value), 0)) : "";
      for (const cell of cells) {
        const above = hundredths(cell.value) > hundredths(cell.dataset.points);
        if (above) cell.setAttribute("aria-invalid", "true");
        else cell.removeAttribute("aria-invalid");
      }
    };
    const grow = () => {
      const rows = body.rows;
      const last = rows[rows.length - 1];
      if (rows.length >= 200 || !last.querySelector("[data-rater]").value) return;
      const fresh = last.cloneNode(true);
      for (const node of fresh.querySelectorAll("[id], [name]")) {
        for (const name of ["id", "name"]) {
          const value = node.getAttribute(name);
          if (value) node.setAttribute(name, value.replace(/^\d+/, String(rows.length)));
        }
        const label = node.getAttribute("aria-label");
        if (label) node.setAttribute("aria-label", label.replace(/^\d+/, String(rows.length + 1)));
        if (node.tagName === "INPUT") node.value = node.dataset.carried === undefined ? "" : node.value;
      }
      for (const select of fresh.querySelectorAll("select")) select.value = last.querySelector(`[name="${select.name.replace(/^\d+/, String(rows.length - 1))}"]`).value;
      fresh.querySelector("[data-sum]").textContent = "";
      body.append(fresh);
    };

    ballots.addEventListener("input", (event) => {
      const row = event.target.closest("tbody tr");
      if (row) sum(row);
      grow();
    });
    // Enter goes on as on paper: to the next cell, from the last one to the rater of the next ballot.
    ballots.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.closest("tbody") || event.isComposing) return;
      event.preventDefault();
      const cells = [...body.querySelectorAll("[data-rater], [data-points]")];
      const next = cells[cells.indexOf(event.target) + 1];
      if (next) {
        next.focus();
        next.select();
      }
    });
    // Cells of a spreadsheet go from where the cursor stands to the right and down: a rater and his points a row.
    ballots.addEventListener("paste", (event) => {
      if (!event.target.matches("[data-rater], [data-points]")) return;
      const lines = event.clipboardData.getData("text").replace(/\r?\n$/, "").split(/\r?\n/).map((line) => line.split("\t"));
      if (lines.length === 1 && lines[0].length === 1) return;
      event.preventDefault();
      const from = event.target.closest("tr");
      const first = [...from.querySelectorAll("[data-rater], [data-points]")].indexOf(event.target);
      let row = from;
      for (const line of lines) {
        if (!row) break;
        const cells = [...row.querySelectorAll("[data-rater], [data-points]")];
        line.forEach((text, place) => {
          if (cells[first + place]) cells[first + place].value = text.trim();
        });
        sum(row);
        grow();
        row = row.nextElementSibling;
      }
    });
    for (const row of body.rows) sum(row);
    ballots.dataset.ready = "1";
  }
})();
