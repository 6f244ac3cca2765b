// Put the views on the page. Until all stand, the page is the still one.

function start() {
  const place = document.getElementById("explorer");
  const many = DATA.models.length > 1;
  if (many) {
    const models = choice("Model", DATA.models.map(({ name }, i) => [String(i), name]), (i) => {
      state.model = DATA.models[Number(i)];
      changed("model", null);
    });
    place.append(make("div", { class: "bar" }, models.box));
  }
  document.documentElement.classList.add("live");
  const trees = makeTrees();
  place.append(trees.box);
  const parts = [trees];
  if (DATA.models[0].mistakes) {
    parts.push(makeMistakes(trees));
    place.append(parts[1].box);
  }
  if (DATA.models.some(({ cells }) => cells)) {
    const cells = makeCells();
    place.append(cells.box);
    parts.push(cells);
  }
  const tables = DATA.models[0].tables.map((each) => makeTable(each));
  tables.forEach((table) => place.append(table.box));
  views.unshift((what) => what === "model" && fillTables());
  function fillTables() {
    tables.forEach((table, i) => table.fill(state.model.tables[i].columns, trees.tree()));
  }
  for (const part of parts) part.fill();
  fillTables();
  changed("lit", null);
  document.addEventListener("keydown", (event) => event.key === "Escape" && release());
  reach();
  window.addEventListener("resize", soon(reach));
}

// What scrolls sideways can be reached and scrolled by keys.
function reach() {
  for (const box of document.querySelectorAll(".scroll, figure")) {
    if (box.getAttribute("role") === "region") continue;
    if (box.scrollWidth > box.clientWidth) box.setAttribute("tabindex", "0");
    else box.removeAttribute("tabindex");
  }
}

try {
  start();
} catch (error) {
  document.documentElement.classList.remove("live");
  throw error;
}
