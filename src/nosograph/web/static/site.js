// What every page may have: '/' to the search, suggestions, copy buttons.
import { suggestOn } from "./suggest.js";

const said = document.getElementById("said");

export function say(text) {
  said.textContent = text;
  clearTimeout(say.later);
  say.later = setTimeout(() => { said.textContent = ""; }, 2500);
}

for (const input of document.querySelectorAll("[data-suggest]")) suggestOn(input);

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      say(`Copied: ${button.dataset.copy.split("\n")[0].slice(0, 60)}`);
    } catch {
      say("The browser does not let this page copy.");
    }
  });
}

const typing = (element) => element.closest("input, textarea, select, [contenteditable=true], .CodeMirror");
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const search = document.querySelector("[data-key='/']");
  if (search) { event.preventDefault(); search.focus(); search.select(); }
});
