// Mistakes from branch to branch: open one to look inside, a cell to see its mistakes class by class.

const PARTS = 14; // into which a branch is cut
const MOST_BRANCHES = 25; // shown of one that has more, those with most mistakes

function makeMistakes(trees) {
  const { mistakes } = DATA.models[0];
  const where = { node: 0, from: null, to: null };
  const way = make("div", { class: "way" });
  const note = make("p", { class: "quiet" });
  const matrix = make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Mistakes from branch to branch" });
  const measure = choice("Show", [["count", "mistakes"], ["cost", "cost (mistakes × distance)"]], draw);
  const table = makeTable({ title: "Mistakes, class by class", columns: columnsOf(mistakes), within, pairs: true });
  const box = make("div", { class: "mistakes" }, make("h3", {}, "Mistakes, branch by branch"),
    make("p", {}, "Rows are labels, columns what they were taken for; on the diagonal, mistakes that stay "
      + "within a branch. Open a branch to look inside; choose a cell to list its mistakes below."), make("div", { class: "bar" }, measure.box), way, matrix, note, table.box);
  let parts = [];
  let partOf = null;

  function columnsOf(wrong) {
    return [
      { title: "label", kind: "class", cells: wrong.label },
      { title: "taken for", kind: "class", cells: wrong.predicted },
      { title: "times", kind: "number", cells: wrong.count },
      { title: "distance", kind: "number", cells: wrong.distance },
      { title: "cost", kind: "number", cells: wrong.count.map((n, i) => n * wrong.distance[i]) },
    ];
  }

  function tree() {
    return trees.tree();
  }

  // Rows of the table that the matrix has in view, or in the chosen cell.
  function within(r) {
    if (!partOf) return true;
    const [from, to] = [partOf[state.model.mistakes.label[r]], partOf[state.model.mistakes.predicted[r]]];
    return from >= 0 && (where.from === null || (from === where.from && to === where.to));
  }

  function enter(node) {
    const t = tree();
    where.node = t.parting(node);
    [where.from, where.to] = [null, null];
    parts = t.cut(where.node, PARTS).map(({ node, cls }) => (cls >= 0
      ? { node: -1, name: CALLED[cls], classes: [cls] }
      : { node, name: branchName(t, node), classes: t.classes(node) }));
    if (!parts.length) parts = [{ node: -1, name: branchName(t, where.node), classes: t.classes(where.node) }];
    draw();
  }

  function draw() {
    const wrong = state.model.mistakes;
    const by = measure.select.value;
    partOf = new Int32Array(CALLED.length).fill(-1);
    let outside = parts.length;
    parts.forEach((part, i) => part.classes.forEach((c) => (partOf[c] = i)));
    const sums = parts.map(() => new Map());
    for (let r = 0; r < wrong.label.length; r += 1) {
      const from = partOf[wrong.label[r]];
      if (from < 0) continue;
      const to = partOf[wrong.predicted[r]] < 0 ? outside : partOf[wrong.predicted[r]];
      const amount = wrong.count[r] * (by === "cost" ? wrong.distance[r] : 1);
      sums[from].set(to, (sums[from].get(to) || 0) + amount);
    }
    const all = sums.map((row) => [...row.values()].reduce((a, b) => a + b, 0));
    const came = parts.map((_, j) => sums.reduce((sum, row) => sum + (row.get(j) || 0), 0));
    // Of many branches, those with most mistakes.
    const shown = parts.map((_, i) => i).sort((a, b) => all[b] + came[b] - all[a] - came[a] || a - b)
      .slice(0, MOST_BRANCHES).sort((a, b) => a - b);
    const most = Math.max(1, ...shown.flatMap((i) => shown.map((j) => sums[i].get(j) || 0)));
    const elsewhere = where.node > 0 && tree().size(where.node) < CALLED.length;
    drawWay();
    const corner = make("tr", {}, make("th", { scope: "col" }, "label"),
      ...shown.map((i, k) => make("th", { scope: "col", class: "n", title: parts[i].name }, String(k + 1))),
      elsewhere ? make("th", { scope: "col", class: "n" }, "elsewhere") : null);
    const rows = shown.map((i, k) => make("tr", {}, make("th", { scope: "row",
      onmouseenter: () => light(parts[i].classes, parts[i].node, matrix),
      onmouseleave: () => light([], -1, matrix) }, `${k + 1} `,
      parts[i].classes.length > 1 && parts[i].node >= 0
        ? button(`${parts[i].name} (${parts[i].classes.length.toLocaleString("en")})`, { class: "link" }, () => enter(parts[i].node))
        : parts[i].name),
      ...shown.map((j) => cell(i, j, sums[i].get(j) || 0, most)),
      elsewhere ? cell(i, outside, sums[i].get(outside) || 0, most) : null));
    const left = parts.length - shown.length;
    matrix.replaceChildren(make("table", { class: "matrix" }, make("thead", {}, corner), make("tbody", {}, ...rows)),
      ...(left > 0 ? [make("p", { class: "quiet" }, `${counted(left, "branch", "branches")} with fewer mistakes are not shown.`)] : []));
    table.heading.textContent = where.from === null ? "Mistakes, class by class"
      : `Mistakes, class by class: ${parts[where.from].name} taken for ${where.to === outside ? "what lies elsewhere" : parts[where.to].name}`;
    table.choose();
  }

  function cell(i, j, amount, most) {
    const to = j === parts.length ? "what lies elsewhere" : parts[j].name;
    const made = make("td", { class: i === j ? "n own" : "n" });
    if (!amount) return made;
    const strength = Math.sqrt(amount / most);
    made.style.background = `rgba(217, 100, 30, ${(0.75 * Math.min(strength, 1)).toFixed(3)})`;
    const chosen = where.from === i && where.to === j;
    made.append(button(told(amount), { "aria-pressed": String(chosen),
      "aria-label": `${parts[i].name} taken for ${i === j ? "others of its own" : to}: ${told(amount)}` }, () => {
      [where.from, where.to] = chosen ? [null, null] : [i, j];
      draw();
    }));
    return made;
  }

  // The branches above, to go back to.
  function drawWay() {
    const t = tree();
    const above = [];
    for (let v = where.node; v >= 0; v = t.shape.parent[v]) {
      if (v === where.node || t.children[v].length > 1) above.unshift(v);
    }
    const name = (v) => (t.size(v) === CALLED.length ? "all classes" : branchName(t, v));
    way.replaceChildren(...above.flatMap((v, i) => [i ? " › " : "",
      v === where.node ? make("strong", {}, name(v)) : button(name(v), { class: "link" }, () => enter(v))]));
  }

  function fill() {
    const wrong = state.model.mistakes;
    partOf = null;
    table.fill(columnsOf(wrong), tree());
    enter(where.node);
    note.textContent = wrong.left_out
      ? `${counted(wrong.left_out, "confusion")} that cost least are left out of this page.` : "";
  }

  views.push((what) => what === "model" && fill());
  return { box, fill };
}
