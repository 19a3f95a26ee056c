// The sheet of work days: another day opens its own sheet while nothing is typed, Enter goes on as on paper.
(() => {
  "use strict";

  const sheet = document.getElementById("sheet");
  const typed = () => [...sheet.querySelectorAll("tbody input")].some((one) => one.value !== one.defaultValue);
  sheet.elements.on.addEventListener("change", (event) => {
    if (event.target.value && !typed()) window.location.search = new URLSearchParams({ on: event.target.value });
  });
  sheet.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.closest("tbody") || event.isComposing) return;
    event.preventDefault();
    const cells = [...sheet.querySelectorAll("tbody input:not([type=hidden])")];
    const next = cells[cells.indexOf(event.target) + (event.target.name.endsWith("-days") && event.target.closest("tr").querySelector("[name$=-day_wage]").value ? 4 : 1)];
    if (next) {
      next.focus();
      next.select();
    }
  });
  sheet.dataset.ready = "1";
})();
