// What all views share: the data, the model that is shown, and the classes that are lit.

const DATA = JSON.parse(document.getElementById("data").textContent);
const CALLED = DATA.called || DATA.classes;
const TREE = DATA.tree;
for (const shape of [TREE, ...DATA.models.flatMap(({ tree }) => tree || [])]) {
  shape.parent = shape.up.map((by, v) => v - by);
}
const HEIGHT_OF_ROW = 18;

const state = { model: DATA.models[0], lit: [], branch: -1, kept: null };
const views = []; // functions that show the state anew; the first argument says what changed

function changed(what, from) {
  for (const view of views) view(what, from);
}

// Light some classes up in every view; `branch` is a node of the tree where they are one. What is
// kept is lit whenever nothing else is; to keep the same again lets it go.
function light(classes, branch = -1, from = null, keep = false) {
  if (keep) state.kept = state.kept && same(state.kept.classes, classes) ? null : { classes, branch };
  const [lit, node] = classes.length || !state.kept ? [classes, branch] : [state.kept.classes, state.kept.branch];
  if (!keep && node === state.branch && same(lit, state.lit)) return;
  state.lit = lit;
  state.branch = node;
  changed("lit", from);
}

function release() {
  state.kept = null;
  light([]);
}

function same(a, b) {
  return a.length === b.length && a.every((c, i) => c === b[i]);
}

// Make an element. Texts go in as texts: a name is never read as HTML.
function make(tag, about = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(about)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null) made.setAttribute(name, value);
  }
  made.append(...inside.filter((each) => each !== null));
  return made;
}

function button(text, about, onclick) {
  return make("button", { type: "button", ...about, onclick }, text);
}

let named = 0;
function choice(label, options, onchange) {
  const id = `choice${(named += 1)}`;
  const select = make("select", { id, onchange: () => onchange(select.value) });
  options.forEach(([value, text]) => select.append(make("option", { value }, text)));
  return { box: make("span", {}, make("label", { for: id }, label), " ", select), select };
}

// A number as people read it.
function told(x) {
  if (x === null || x === undefined) return "";
  if (Number.isInteger(x)) return x.toLocaleString("en");
  return Math.abs(x) < 0.001 ? x.toPrecision(2) : x.toFixed(Math.abs(x) < 100 ? 3 : 1);
}

function counted(n, one, many = `${one}s`) {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}

// A colour of the style sheet, asked for once: drawings need them by the thousand.
const inks = new Map();
function ink(name) {
  if (!inks.has(name)) inks.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
  return inks.get(name);
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => inks.clear());

// Call a function once before the next picture, however often it is asked for.
function soon(f) {
  let waits = false;
  return () => {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => {
      waits = false;
      f();
    });
  };
}
