// A full table: sorted, filtered, shown page by page, and downloaded whole.

const ROWS = 25; // a page

// A cell as text: what is read, searched and downloaded.
function cellText(column, cell, tree) {
  if (cell === null || cell === undefined) return "";
  if (column.kind === "class") return CALLED[cell];
  if (column.kind === "branch") return branchName(tree, cell);
  if (column.kind === "classes") {
    const [n, ...first] = cell;
    const more = n > first.length ? `; ${(n - first.length).toLocaleString("en")} more` : "";
    return first.map((c) => CALLED[c]).join(", ") + more;
  }
  return column.kind === "number" ? told(cell) : cell;
}

function csvText(columns, rows, tree) {
  const plain = (column, cell) => {
    if (cell === null) return "";
    if (column.kind === "class") return DATA.classes[cell];
    if (column.kind === "branch") return pathOf(tree, cell).join("/") || branchName(tree, cell);
    return column.kind === "number" ? String(cell) : cellText(column, cell, tree);
  };
  const quoted = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = [columns.map((column) => column.title)];
  for (const r of rows) lines.push(columns.map((column) => plain(column, column.cells[r])));
  return lines.map((line) => line.map(quoted).join(",")).join("\r\n") + "\r\n";
}

// "fit < 0.2" keeps rows whose number is below; anything else, rows that hold all its words.
function filterOf(text, columns, words) {
  const asked = /^(.+?)\s*(<=|>=|<|>|=)\s*(-?[\d.]+)$/.exec(text.trim());
  const title = asked && asked[1].toLowerCase();
  const column = asked
    && (columns.find((each) => each.title.toLowerCase() === title)
      || columns.find((each) => each.title.toLowerCase().startsWith(title)));
  if (column && column.kind === "number") {
    const bound = Number(asked[3]);
    const holds = {
      "<": (x) => x < bound, ">": (x) => x > bound, "=": (x) => x === bound,
      "<=": (x) => x <= bound, ">=": (x) => x >= bound,
    }[asked[2]];
    return (r) => column.cells[r] !== null && holds(column.cells[r]);
  }
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  return (r) => wanted.every((word) => words(r).includes(word));
}

let files = 0;
function makeTable({ title, columns, within = () => true, pairs = false }) {
  const box = make("div", { class: "full" });
  const heading = make("h3", {}, title);
  const id = `table${(files += 1)}`;
  const input = make("input", {
    type: "search", id, placeholder: "words, or fit < 0.2", oninput: soon(() => choose()),
  });
  const count = make("span", { class: "quiet", role: "status" });
  const before = button("‹ Previous", {}, () => turn(-ROWS));
  const after = button("Next ›", {}, () => turn(ROWS));
  const head = make("tr");
  const body = make("tbody");
  const name = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  const download = button("Download CSV", {}, save);
  box.append(
    heading,
    make("div", { class: "bar" }, make("label", { for: id }, "Filter"), input, count,
      make("span", { class: "pager" }, before, after), download),
    make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title },
      make("table", {}, make("thead", {}, head), body)),
  );
  const numeric = columns.find((each) => each.kind === "number");
  input.placeholder = `words, or ${numeric.title} > 1`;
  const shown = { columns, tree: null, rows: [], at: 0, by: null, down: false, texts: [] };

  function words(r) {
    shown.texts[r] ??= shown.columns
      .map((column) => cellText(column, column.cells[r], shown.tree)).join("\t").toLowerCase();
    return shown.texts[r];
  }

  function choose() {
    const length = shown.columns[0].cells.length;
    const kept = filterOf(input.value, shown.columns, words);
    shown.rows = Array.from({ length }, (_, r) => r).filter((r) => within(r) && kept(r));
    if (shown.by !== null) sortRows();
    shown.at = 0;
    draw();
  }

  function sortRows() {
    const column = shown.columns[shown.by];
    const key = column.kind === "number" ? (cell) => cell
      : column.kind === "classes" ? ([n]) => n
        : (cell) => cellText(column, cell, shown.tree);
    const sign = shown.down ? -1 : 1;
    const keys = column.cells.map((cell) => (cell === null ? null : key(cell)));
    const order = new Intl.Collator("en", { numeric: true }).compare;
    shown.rows.sort((a, b) => {
      const [x, y] = [keys[a], keys[b]];
      if (x === null || y === null) return (x === null) - (y === null) || a - b;
      return sign * (typeof x === "number" ? x - y : order(x, y)) || a - b;
    });
  }

  function turn(by) {
    shown.at = Math.min(Math.max(0, shown.at + by), Math.max(0, shown.rows.length - 1));
    shown.at -= shown.at % ROWS;
    draw();
  }

  function save() {
    const text = csvText(shown.columns, shown.rows, shown.tree);
    const link = make("a", { download: `${name}.csv` });
    link.href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
    link.click();
    URL.revokeObjectURL(link.href);
  }

  function lights(r) {
    const [column] = shown.columns;
    const cell = column.cells[r];
    if (pairs) return [[cell, shown.columns[1].cells[r]], -1];
    return column.kind === "class" ? [[cell], -1] : [shown.tree.classes(cell), cell];
  }

  function drawHead() {
    head.replaceChildren(...shown.columns.map((column, i) => {
      const sorted = shown.by !== i ? "none" : shown.down ? "descending" : "ascending";
      const mark = { none: "", ascending: " ▲", descending: " ▼" }[sorted];
      const sort = () => {
        shown.down = shown.by === i ? !shown.down : column.kind === "number";
        shown.by = i;
        sortRows();
        shown.at = 0;
        drawHead();
        draw();
        head.children[i].firstChild.focus();
      };
      return make("th", { scope: "col", "aria-sort": sorted, class: right(column) },
        button(column.title + mark, { class: "sort" }, sort));
    }));
  }

  function draw() {
    const part = shown.rows.slice(shown.at, shown.at + ROWS);
    body.replaceChildren(...part.map((r) => make("tr", {
      "data-row": r,
      onmouseenter: () => light(...lights(r), body),
      onmouseleave: () => light([], -1, body),
      onclick: () => light(...lights(r), body, true),
    }, ...shown.columns.map((column, i) => {
      const text = cellText(column, column.cells[r], shown.tree);
      if (i > 0) return make("td", { class: right(column) }, text);
      const path = column.kind === "branch" ? pathOf(shown.tree, column.cells[r]).join(" / ") : null;
      return make("th", { scope: "row", title: path }, text);
    }))));
    const n = shown.rows.length;
    const last = Math.min(shown.at + ROWS, n);
    const all = shown.columns[0].cells.length;
    count.textContent = n === 0 ? "no row"
      : n <= ROWS && n === all ? counted(n, "row")
        : `${(shown.at + 1).toLocaleString("en")} to ${last.toLocaleString("en")} of `
          + `${counted(n, "row")}${n < all ? `, ${all.toLocaleString("en")} in all` : ""}`;
    before.disabled = shown.at === 0;
    after.disabled = last >= n;
    before.parentElement.hidden = n <= ROWS;
    shine();
  }

  function shine() {
    const lit = new Set(state.lit);
    for (const row of body.rows) {
      const cell = shown.columns[0].cells[row.dataset.row];
      const on = shown.columns[0].kind !== "class" ? cell === state.branch
        : lit.has(cell) && (!pairs || lit.has(shown.columns[1].cells[row.dataset.row]));
      row.classList.toggle("lit", on);
    }
  }

  // Turn to the page that holds what is lit, unless it was lit here.
  function find() {
    const [column] = shown.columns;
    const wanted = column.kind === "class" ? state.lit[0] : state.branch;
    if (column.kind === "class" && state.lit.length !== 1) return;
    const place = shown.rows.findIndex((r) => column.cells[r] === wanted);
    if (place < 0) return;
    const at = place - (place % ROWS);
    if (at !== shown.at) {
      shown.at = at;
      draw();
    }
  }

  // Show other columns of the same kinds: those of another model.
  function fill(next, tree) {
    shown.columns = next;
    shown.tree = tree;
    shown.texts = [];
    drawHead();
    choose();
  }

  const follow = soon(() => {
    find();
    shine();
  });
  views.push((what, from) => {
    if (what === "lit") (from === body ? shine : follow)();
  });
  return { box, fill, choose, heading };
}

function right(column) {
  return { number: "n", classes: "which" }[column.kind] || null;
}
