// What bank and cash get from JavaScript: sums of what is ticked, and the count that adds itself up.
(() => {
  "use strict";
  const fen = (text) => {
    const match = /^(-?)(\d{0,13})(?:\.(\d{0,2}))?$/.exec(String(text).normalize("NFKC").replace(/[,\s¥元]/g, ""));
    if (!match) return 0n;
    const value = BigInt(match[2] || "0") * 100n + BigInt((match[3] || "").padEnd(2, "0"));
    return match[1] ? -value : value;
  };
  const yuan = (value) => {
    const digits = (value < 0n ? -value : value).toString().padStart(3, "0");
    return `${value < 0n ? "-" : ""}${digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",")}.${digits.slice(-2)}`;
  };

  const matching = document.querySelector("form.matching");
  const sums = matching?.querySelector(".sums");
  if (sums) {
    const show = () => {
      let bank = 0n;
      let book = 0n;
      const ticked = matching.querySelectorAll("input[data-amount]:checked");
      for (const box of ticked) {
        if (box.dataset.side === "bank") bank += fen(box.dataset.amount);
        else book += fen(box.dataset.amount);
      }
      sums.replaceChildren();
      if (!ticked.length) return;
      const say = (text, name = "") => {
        const part = document.createElement("span");
        part.textContent = text;
        part.className = name;
        sums.append(part);
      };
      say(sums.dataset.bank.replace("{sum}", yuan(bank)));
      say(sums.dataset.book.replace("{sum}", yuan(book)));
      if (bank === book) say(sums.dataset.even, "even");
      else say(sums.dataset.differ.replace("{sum}", yuan(bank > book ? bank - book : book - bank)), "differ");
    };
    matching.addEventListener("change", show);
    show();
  }

  const count = document.querySelector("form.cash-count");
  if (count) {
    const total = count.querySelector("[name=counted]");
    const difference = count.querySelector("[data-difference]");
    const show = (event) => {
      let whole = 0n;
      let any = false;
      for (const input of count.querySelectorAll("[data-face]")) {
        const number = /^\d+$/.test(input.value.trim()) ? BigInt(input.value.trim()) : 0n;
        const worth = number * BigInt(input.dataset.face);
        input.parentElement.querySelector("output").textContent = number ? yuan(worth) : "";
        if (number) any = true;
        whole += worth;
      }
      if (any && event?.target !== total) total.value = yuan(whole).replace(/,/g, "");
      if (difference && total.value) {
        const found = fen(total.value) - fen(difference.dataset.book);
        difference.textContent = found === 0n ? difference.dataset.even : (found > 0n ? difference.dataset.over : difference.dataset.short).replace("{sum}", yuan(found < 0n ? -found : found));
        difference.className = found === 0n ? "good" : "red";
      }
    };
    count.addEventListener("input", show);
    show();
  }
})();
