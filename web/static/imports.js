// A pack that is too large or has too many files is told before it is sent.
(() => {
  "use strict";
  for (const input of document.querySelectorAll("input[data-most]")) {
    const judge = () => {
      const files = [...input.files];
      const size = files.reduce((sum, file) => sum + file.size, 0);
      const most = Number(input.dataset.most) * 1024 * 1024;
      const tooMany = input.dataset.mostFiles && files.length > Number(input.dataset.mostFiles);
      input.setCustomValidity(tooMany ? input.dataset.tooMany : size > most ? input.dataset.tooBig : "");
      if (files.length) input.reportValidity();
    };
    input.addEventListener("change", judge);
    input.form.addEventListener("submit", judge);
  }
})();
