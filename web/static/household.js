// Reads the page aloud with the browser's own voice. The page is whole without it.
(() => {
  "use strict";
  const button = document.getElementById("aloud");
  const voice = window.speechSynthesis;
  if (!button || !voice || !window.SpeechSynthesisUtterance) return;
  const words = button.textContent;
  let reading = false;
  const rest = () => {
    reading = false;
    button.textContent = words;
    button.setAttribute("aria-pressed", "false");
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    voice.cancel();
    if (reading) return rest();
    const parts = [...document.querySelectorAll("[data-aloud]")].map((one) => one.textContent.replace(/\s+/g, " ").trim());
    const last = parts.length - 1;
    parts.forEach((text, index) => {
      const said = new SpeechSynthesisUtterance(text);
      said.lang = document.documentElement.lang;
      said.rate = 0.9;
      if (index === last) said.addEventListener("end", rest);
      voice.speak(said);
    });
    reading = true;
    button.textContent = button.dataset.stop;
    button.setAttribute("aria-pressed", "true");
  });
  window.addEventListener("pagehide", () => voice.cancel());
})();
