// The vendored editor in place of the plain field, and a filter of the catalogue. Without it the plain form still asks.
const field = document.getElementById("query");
const holder = document.getElementById("yasgui");

const filter = document.getElementById("filter");
filter.hidden = false;
filter.addEventListener("input", () => {
  const words = filter.value.toLowerCase();
  for (const item of document.querySelectorAll("#catalogue li")) {
    item.hidden = !item.textContent.toLowerCase().includes(words);
  }
});

// The table of results brings a style element of its own, which the policy of these pages refuses: its rules are in query.css.
const { head } = document;
const append = head.appendChild.bind(head);
head.appendChild = (node) => (node.nodeName === "STYLE" ? node : append(node));

function start() {
  const { Yasgui } = window;
  Yasgui.Yasqe.defaults.autocompleters = ["variables", "prefixes"];
  holder.hidden = false;
  const editor = new Yasgui(holder, {
    requestConfig: { endpoint: `${location.origin}/sparql`, method: "POST" },
    persistenceId: null,
    persistencyExpire: 0,
    autofocus: false,
    endpointCatalogueOptions: { getData: () => [] },
    yasqe: { value: field.value, collapsePrefixesOnLoad: false },
  });
  const tab = editor.getTab() ?? editor.addTab(true);
  tab.setQuery(field.value);
  document.getElementById("plain").hidden = true;
}

if (window.Yasgui) {
  try { start(); } catch { holder.hidden = true; document.getElementById("plain").hidden = false; }
}
