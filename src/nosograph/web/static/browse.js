// The explorer: a tree after the pattern of WAI-ARIA, and the picture of what is chosen, drawn by the server.
const tree = document.getElementById("tree");
const notes = document.getElementById("notes");
const figure = document.getElementById("picture");
let selected = null, withNotes = false;

const link = (item) => item.querySelector(":scope > a[data-code]");
const codeOf = (item) => link(item).dataset.code;
const isLeaf = (item) => link(item).dataset.leaf === "true";
const group = (item) => item.querySelector(":scope > ul");
const above = (item) => item.parentElement.closest("li");
const visible = () => [...tree.querySelectorAll("li")].filter((item) => !item.closest("ul[hidden]"));

async function json(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

// The link is the item of the tree and owns the list below it, as in the pattern for navigation.
function dress(item) {
  const name = link(item), list = group(item);
  item.setAttribute("role", "none");
  name.setAttribute("role", "treeitem");
  name.tabIndex = -1;
  name.setAttribute("aria-selected", "false");
  if (!isLeaf(item)) name.setAttribute("aria-expanded", String(item.classList.contains("open")));
  if (list) own(name, list);
  for (const page of item.querySelectorAll(":scope > a.go")) page.remove();
}

function own(name, list) {
  list.setAttribute("role", "group");
  list.id = `below-${name.dataset.code}`;
  name.setAttribute("aria-owns", list.id);
}

function made(one) {
  const item = document.createElement("li");
  const name = document.createElement("a");
  name.href = `/browse/${one.code}`;
  name.dataset.code = one.code;
  name.dataset.leaf = String(one.reportable);
  const code = document.createElement("span");
  code.className = "code";
  code.textContent = one.code;
  const title = document.createElement("span");
  title.textContent = one.title;
  name.append(code, " ", title);
  item.append(name);
  dress(item);
  return item;
}

async function open(item) {
  if (isLeaf(item)) return;
  if (!group(item)) {
    const found = await json(`/browse/branch?code=${encodeURIComponent(codeOf(item))}`);
    if (!group(item)) {
      const list = document.createElement("ul");
      own(link(item), list);
      list.append(...found.children.map(made));
      item.append(list);
    }
  }
  group(item).hidden = false;
  item.classList.add("open");
  link(item).setAttribute("aria-expanded", "true");
}

function shut(item) {
  if (group(item)) group(item).hidden = true;
  item.classList.remove("open");
  link(item).setAttribute("aria-expanded", "false");
}

async function paint() {
  const code = codeOf(selected), noted = withNotes;
  const answer = await fetch(`/browse/picture?code=${encodeURIComponent(code)}&notes=${noted ? 1 : 0}`);
  if (codeOf(selected) !== code || withNotes !== noted) return;
  figure.hidden = !answer.ok;
  if (!answer.ok) return;
  const drawn = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
  if (codeOf(selected) === code && withNotes === noted) figure.replaceChildren(document.importNode(drawn, true));
}

function linkTo(address, text, name) {
  const made = document.createElement("a");
  made.href = address;
  made.textContent = text;
  if (name) made.className = name;
  return made;
}

async function tell() {
  const code = selected ? codeOf(selected) : "";
  if (!code) return notes.replaceChildren();
  const tools = document.createElement("div");
  tools.className = "tools";
  const toggle = document.createElement("button");
  toggle.type = "button";
  toggle.textContent = withNotes ? "Hide notes" : "Show its notes";
  toggle.setAttribute("aria-pressed", String(withNotes));
  toggle.addEventListener("click", async () => {
    withNotes = !withNotes;
    await Promise.all([tell(), paint()]);
    notes.querySelector("button")?.focus();
  });
  tools.append(linkTo(`/code/${code}`, `Page of ${code}`), toggle);
  const parts = [tools];
  if (withNotes) {
    const edges = await json(`/browse/notes?code=${encodeURIComponent(code)}`);
    const list = document.createElement("ul");
    list.className = "codes";
    for (const edge of edges) {
      const item = document.createElement("li");
      const words = document.createElement("span");
      const soft = document.createElement("span");
      soft.className = "soft";
      soft.textContent = `${edge.kind.replace("-", " ")} at ${edge.owner}: ${edge.text}`;
      const { code: named, title } = edge.target;
      words.append(...(named ? [title, document.createElement("br")] : []), soft);
      item.append(title ? linkTo(`/code/${named}`, named, "code") : named, words);
      list.append(item);
    }
    const none = document.createElement("p");
    none.className = "soft";
    none.textContent = `No exclusion or instruction holds for ${code}.`;
    parts.push(edges.length ? list : none);
  }
  if (selected && codeOf(selected) === code) notes.replaceChildren(...parts);
}

async function select(item, { focus = true } = {}) {
  for (const old of tree.querySelectorAll("[aria-selected='true']")) old.setAttribute("aria-selected", "false");
  for (const old of tree.querySelectorAll("[aria-current]")) old.removeAttribute("aria-current");
  selected = item;
  link(item).setAttribute("aria-selected", "true");
  rove(item);
  if (focus) link(item).focus();
  history.replaceState(null, "", `/browse/${encodeURIComponent(codeOf(item))}`);
  await Promise.all([tell(), paint()]);
}

function rove(item) {
  for (const old of tree.querySelectorAll("a[tabindex='0']")) old.tabIndex = -1;
  link(item).tabIndex = 0;
}

function move(item) {
  if (!item) return;
  rove(item);
  link(item).focus();
}

async function toggle(item) {
  if (item.classList.contains("open")) shut(item);
  else await open(item);
  await select(item);
}

const keys = {
  ArrowDown: (item, all) => move(all[all.indexOf(item) + 1]),
  ArrowUp: (item, all) => move(all[all.indexOf(item) - 1]),
  Home: (item, all) => move(all[0]),
  End: (item, all) => move(all.at(-1)),
  ArrowRight: async (item) => {
    if (isLeaf(item)) return;
    if (item.classList.contains("open")) move(group(item).firstElementChild);
    else { await open(item); await select(item); }
  },
  ArrowLeft: async (item) => {
    if (!isLeaf(item) && item.classList.contains("open")) { shut(item); await select(item); }
    else move(above(item));
  },
  Enter: (item) => location.assign(`/code/${encodeURIComponent(codeOf(item))}`),
  " ": (item) => toggle(item),
};

tree.setAttribute("role", "tree");
for (const item of tree.querySelectorAll("li")) dress(item);
tree.addEventListener("click", (event) => {
  const name = event.target.closest("a[data-code]");
  if (!name || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  toggle(name.parentElement).catch(() => location.assign(name.href));
});
tree.addEventListener("keydown", (event) => {
  const item = event.target.closest("li");
  if (!item || !keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  Promise.resolve(keys[event.key](item, visible())).catch(() => location.assign(link(item).href));
});

withNotes = new URLSearchParams(location.search).get("notes") === "1";
const here = tree.querySelector("a[aria-current]")?.parentElement;
if (here) {
  // Within the list alone: the page stays where it is.
  const list = tree.parentElement;
  list.scrollTop += link(here).getBoundingClientRect().top - list.getBoundingClientRect().top - list.clientHeight / 3;
  select(here, { focus: false });
} else rove(tree.querySelector("li"));
