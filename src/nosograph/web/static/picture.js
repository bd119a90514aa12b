// A picture of a tree: columns from left to right, at most MOST nodes, notes as dashed lines. Nothing but SVG.
const SVG = "http://www.w3.org/2000/svg";
const MOST = 60, ROW = 27, CODE = 96, TITLED = 300, HEIGHT = 22, LETTERS = 30, FAR = 14;
const FEW = 6;
const ORDERED = ["code-first", "use-additional", "code-also"];

function element(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const size = (node) => 1 + node.children.reduce((sum, child) => sum + size(child), 0);
const holds = (node) => node.here || node.children.some(holds);

// Keep what is nearest to the chosen entry: itself, what is above, below, and beside it.
function folded(roots) {
  let all = roots.reduce((sum, node) => sum + size(node), 0), left = 0;
  const shut = (node) => { left += size(node) - 1; all -= size(node) - 1; node.children = []; };
  // What stands beside those above is in the list: many of them would make the rest small.
  const single = (node) => {
    const path = node.children.find(holds);
    if (!path || path.here) return;
    if (node.children.length > FEW) {
      const beside = node.children.filter((child) => child !== path).reduce((sum, child) => sum + size(child), 0);
      left += beside;
      all -= beside;
      node.children = [path];
    }
    single(path);
  };
  const side = (node) => {
    for (const child of node.children) {
      if (all <= MOST) return;
      if (!holds(child)) shut(child);
      else if (!child.here) side(child);
    }
  };
  for (const node of roots) single(node);
  for (const node of roots) side(node);
  const narrow = (node) => {
    const path = node.children.find(holds);
    if (path && !path.here) narrow(path);
    const place = path ? node.children.indexOf(path) : 0;
    const room = Math.max(8, MOST - (all - node.children.length));
    if (all > MOST && node.children.length > room) {
      const start = Math.max(0, Math.min(place - (room >> 1), node.children.length - room));
      for (const child of node.children) if (!(child === path)) shut(child);
      const gone = node.children.length - room;
      node.children = node.children.slice(start, start + room);
      left += gone;
      all -= gone;
    }
    if (path?.here) narrow(path);
  };
  for (const node of roots) narrow(node);
  return left;
}

function layout(roots) {
  const depths = [];
  const walk = (node, depth, above = "") => {
    node.depth = depth;
    // What a title repeats of the one above says nothing here.
    node.short = above && node.title.startsWith(`${above},`) ? `…${node.title.slice(above.length)}` : node.title;
    (depths[depth] ??= []).push(node);
    for (const child of node.children) walk(child, depth + 1, node.title);
  };
  for (const node of roots) walk(node, 0);
  const starts = [];
  depths.reduce((x, nodes, depth) => {
    starts[depth] = x;
    const titled = depth >= depths.length - 2;
    for (const node of nodes) node.titled = titled;
    return x + (titled ? TITLED : CODE) + 34;
  }, 8);
  let row = 0;
  const place = (node) => {
    node.x = starts[node.depth];
    node.width = node.titled ? TITLED : CODE;
    for (const child of node.children) place(child);
    if (node.children.length) node.y = (node.children[0].y + node.children.at(-1).y) / 2;
    else node.y = 20 + ROW * row++;
  };
  for (const node of roots) place(node);
  const last = depths.length - 1;
  return { nodes: depths.flat(), width: starts[last] + TITLED + 8, height: 20 + ROW * Math.max(row, 1) };
}

function box(node) {
  const short = node.short.length > LETTERS ? `${node.short.slice(0, LETTERS - 1)}…` : node.short;
  const text = element("text", { x: node.x + 7, y: node.y + 4 }, element("tspan", { class: "t-code" }, node.code));
  if (node.titled) text.append(element("tspan", { dx: 7 }, short));
  const rect = element("rect", { x: node.x, y: node.y - HEIGHT / 2, width: node.width, height: HEIGHT, rx: 5 });
  const name = element("title", {}, `${node.code} ${node.title}`);
  const kind = `${node.leaf ? "leaf" : ""} ${node.here ? "here" : ""}`.trim();
  // A range that is no block of the list has no title and no page.
  if (!node.title) return element("g", {}, name, rect, text);
  return element("a", { href: `/browse/${node.code}`, class: kind, tabindex: "-1" }, name, rect, text);
}

function curve(from, to) {
  const [x1, x2] = [from.x + from.width, to.x], middle = (x1 + x2) / 2;
  return element("path", { class: "edge", d: `M${x1} ${from.y}C${middle} ${from.y} ${middle} ${to.y} ${x2} ${to.y}` });
}

export function draw(figure, roots, edges) {
  const left = folded(roots);
  const plan = layout(roots);
  const known = new Map(plan.nodes.map((node) => [node.code, node]));
  const room = Math.max(0, MOST - plan.nodes.length);
  const beyond = [...new Map(edges.map((e) => [e.target.code, e.target])).values()].filter((t) => !known.has(t.code));
  const added = beyond.slice(0, Math.max(FAR, room)).slice(0, MOST).map((target, k) => (
    { ...target, short: target.title, leaf: false, here: false, titled: true, children: [], width: TITLED, x: plan.width + 60, y: 20 + ROW * k }
  ));
  for (const node of added) known.set(node.code, node);
  const width = added.length ? plan.width + 60 + TITLED + 8 : plan.width;
  const height = Math.max(plan.height, 20 + ROW * added.length);
  const picture = element("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true", focusable: "false" });
  for (const node of plan.nodes) for (const child of node.children) picture.append(curve(node, child));
  for (const edge of edges) {
    const [from, to] = [known.get(edge.owner), known.get(edge.target.code)];
    if (!from || !to || from === to) continue;
    const [x1, x2] = [from.x + from.width, to.x > from.x ? to.x : to.x + to.width], bend = Math.max(x1, x2) + 40;
    const d = `M${x1} ${from.y}C${bend} ${from.y} ${to.x > from.x ? x2 - 40 : bend} ${to.y} ${x2} ${to.y}`;
    const line = element("path", { class: `note ${ORDERED.includes(edge.kind) ? "ordered" : ""}`, d });
    line.append(element("title", {}, `${edge.kind}: ${edge.text}`));
    picture.append(line);
  }
  for (const node of [...plan.nodes, ...added]) picture.append(box(node));
  const caption = figure.querySelector("figcaption");
  const more = left + beyond.length - added.length;
  caption.textContent = `Green: reportable.${edges.length ? " Dashed: notes." : ""}${more ? ` ${more} more in the list only.` : ""}`;
  figure.querySelector("svg")?.remove();
  figure.prepend(picture);
  figure.hidden = false;
}
