// The predefined tree, and face to face with it the inferred one: coloured, linked, opened, closed.

function makeTrees() {
  const two = Boolean(DATA.models[0].tree);
  const sides = [];
  const look = { mode: "value", zoom: 1, cursor: null, pointed: null };
  const title = two ? "Predefined tree left, inferred tree right" : "The tree";
  const view = tallCanvas(
    `${title}. Arrow keys walk, right and left open and close branches, Enter keeps one lit.`, draw,
  );
  const tip = make("div", { class: "tip", "aria-hidden": "true" });
  tip.hidden = true;
  const found = make("div", { class: "found" });
  const input = make("input", { type: "search", id: "search", oninput: search,
    onkeydown: (event) => event.key === "Enter" && found.firstChild && found.firstChild.click() });
  const many = TREE.node.length;
  const detail = choice("Show", [["some", "main branches"],
    ...levelsOf().map(([name], i) => [String(i), name]), ["all", "every class"]], opened);
  const colour = choice("Colour by", [["value", two ? "recovery" : DATA.value], ["group", "groups"]],
    (value) => { look.mode = value; legend(); view.redraw(); });
  const key = make("div", { class: "key" });
  const info = make("div", { class: "info", role: "status" });
  const box = make("div", { class: "trees" },
    make("div", { class: "bar" },
      make("label", { for: "search" }, "Search"), input, detail.box, colour.box,
      make("span", { class: "group", role: "group", "aria-label": "Zoom" },
        button("−", { "aria-label": "Zoom out" }, () => zoom(1 / 1.5)),
        button("+", { "aria-label": "Zoom in" }, () => zoom(1.5)),
        button("Whole tree", {}, () => zoom(0)))),
    found, key, make("div", { class: "frame" }, view.box, tip), info);

  function levelsOf() {
    const tree = new Tree(TREE, DATA.models[0].left);
    let before = 1;
    return levels(tree).filter(([, ends]) => {
      tree.openAbove(ends);
      tree.lay();
      const news = tree.rows.length > before && tree.rows.length < many;
      before = tree.rows.length;
      return news;
    });
  }

  // ---- what is shown

  function fill() {
    const { model } = state;
    sides.length = 0;
    sides.push(side(new Tree(TREE, model.left), 1));
    if (two) sides.push(side(new Tree(model.tree, model.right), -1));
    opened(detail.select.value);
    legend();
  }

  function side(tree, direction) {
    const groups = new Int32Array(tree.own.length).fill(-2); // -2 none yet, -1 several
    const { parent, node } = tree.shape;
    node.forEach((v, c) => (groups[v] = DATA.group[c]));
    for (let v = groups.length - 1; v > 0; v -= 1) {
      const above = parent[v];
      if (groups[v] === -2) continue;
      groups[above] = groups[above] === -2 || groups[above] === groups[v] ? groups[v] : -1;
    }
    return { tree, direction, groups, mains: new Map() };
  }

  function opened(value) {
    const limit = Math.max(12, Math.min(40, Math.round(window.innerHeight / HEIGHT_OF_ROW)));
    const all = value === "all" || (value === "some" && many <= limit);
    for (const { tree } of sides) {
      if (all) tree.openAll();
      else if (value === "some" || tree !== sides[0].tree) {
        tree.openSome(value === "some" ? limit : Math.max(limit, sides[0].tree.rows.length));
      } else tree.openAbove(levelsOf()[Number(value)][1]);
      tree.lay();
    }
    look.zoom = 1;
    lay();
  }

  function lay() {
    for (const { tree } of sides) tree.lay();
    if (two) join();
    look.laid = (look.laid || 0) + 1;
    const rows = Math.max(...sides.map(({ tree }) => tree.rows.length));
    const height = Math.min(rows * HEIGHT_OF_ROW + 8, Math.max(320, window.innerHeight * 0.72));
    view.canvas.setAttribute("aria-description", sides.map(({ tree }, i) => {
      const closed = tree.rows.filter(({ cls }) => cls < 0).length;
      return `${two ? ["Left: ", "Right: "][i] : ""}${counted(closed, "branch", "branches")} closed, `
        + `${counted(tree.rows.length - closed, "class", "classes")} shown.`;
    }).join(" "));
    view.size(Math.round(height), Math.round(rows * HEIGHT_OF_ROW * look.zoom + 8));
  }

  // Links between rows: classes that go the same way are one, the broader the more they are.
  function join() {
    const [left, right] = sides.map(({ tree }) => tree);
    const links = new Map();
    for (let c = 0; c < many; c += 1) {
      const at = left.rowOf[c] * right.rows.length + right.rowOf[c];
      const link = links.get(at);
      if (!link) links.set(at, { from: left.rowOf[c], to: right.rowOf[c], n: 1, group: DATA.group[c], first: c });
      else {
        link.n += 1;
        if (link.group !== DATA.group[c]) link.group = -1;
      }
    }
    look.links = [...links.values()].sort((a, b) => a.n - b.n);
    look.most = look.links[look.links.length - 1].n;
  }

  function zoom(by) {
    const rows = Math.max(...sides.map(({ tree }) => tree.rows.length));
    const fit = (view.height - 8) / (rows * HEIGHT_OF_ROW);
    const middle = (view.top + view.height / 2) / view.whole;
    look.zoom = by ? Math.min(Math.max(look.zoom * by, Math.min(fit, 1)), 4) : fit;
    view.size(view.height, Math.round(rows * HEIGHT_OF_ROW * look.zoom + 8));
    view.scroll(middle * view.whole - view.height / 2 - view.top);
  }

  // ---- where things are

  function columns() {
    const w = view.width;
    if (!two) return [{ tree: [6, w * 0.55], names: [w * 0.55 + 8, w - 4] }];
    const cut = w < 620 ? [0.2, 0.53, 0.8, 0.8] : [0.22, 0.41, 0.59, 0.78];
    const [a, b, c, d] = cut.map((x) => x * w);
    return [{ tree: [6, a], names: [a + 6, b] }, { tree: [w - 6, d], names: [d - 6, c] }];
  }

  function xOf(i, v) {
    const [outer, inner] = columns()[i].tree;
    return inner + (outer - inner) * sides[i].tree.x[v];
  }

  function yOf(i, row) {
    return ((row + 0.5) / sides[i].tree.rows.length) * (view.whole - 8) + 4 - view.top;
  }

  function rowAt(i, y) {
    const rows = sides[i].tree.rows.length;
    const row = Math.floor(((y + view.top - 4) / (view.whole - 8)) * rows);
    return Math.min(Math.max(row, 0), rows - 1);
  }

  // What is under the pointer: a row, or an open branch whose lines pass there.
  function hit(x, y) {
    const i = two && x > view.width / 2 ? 1 : 0;
    const { tree } = sides[i];
    const [outer, inner] = columns()[i].tree;
    if ((x - inner) * (outer - inner) > 0) {
      let best = null;
      for (const v of tree.shown) {
        const near = Math.abs(x - xOf(i, v));
        const [top, bottom] = [yOf(i, tree.top[v]), yOf(i, tree.bottom[v])];
        if (near < 6 && y > top - 5 && y < bottom + 5 && (!best || near < best.near)) best = { v, near };
      }
      if (best) return { i, node: best.v, open: true };
    }
    const row = rowAt(i, y);
    return { i, row, ...tree.rows[row] };
  }

  function classesOf(at) {
    const { tree } = sides[at.i];
    return at.cls >= 0 ? [at.cls] : tree.classes(at.node);
  }

  function branchOf(at) {
    return at.i === 0 && !(at.cls >= 0) ? at.node : -1;
  }

  // ---- drawing

  // All that is there is drawn once, until it moves; what is lit, on top of it, paler, each time.
  function draw(ctx) {
    const dense = ctx.canvas.width / view.width;
    const stands = [view.top, view.width, view.height, view.whole, look.mode, look.laid, dense].join();
    if (look.stands !== stands) {
      look.still ??= make("canvas");
      [look.still.width, look.still.height] = [ctx.canvas.width, ctx.canvas.height];
      const below = look.still.getContext("2d");
      below.setTransform(ctx.getTransform());
      [below.font, below.textBaseline] = [ctx.font, ctx.textBaseline];
      drawAll(below, null);
      look.stands = stands;
    }
    ctx.fillStyle = ink("--page");
    ctx.fillRect(0, 0, view.width, view.height);
    ctx.globalAlpha = state.lit.length ? 0.4 : 1;
    ctx.drawImage(look.still, 0, 0, view.width, view.height);
    ctx.globalAlpha = 1;
    if (state.lit.length || look.cursor) drawAll(ctx, new Set(state.lit));
  }

  // Without `lit`, everything; with it, no more than what is lit.
  function drawAll(ctx, lit) {
    if (two) drawLinks(ctx, lit);
    sides.forEach((side, i) => {
      drawBranches(ctx, side, i, lit);
      drawNames(ctx, side, i, lit);
    });
  }

  function groupInk(group) {
    return group < 0 ? ink("--faint") : DATA.groups[group].ink;
  }

  function drawLinks(ctx, lit) {
    const [left, right] = [columns()[0].names[1] + 4, columns()[1].names[1] - 4];
    const middle = (left + right) / 2;
    const step = ((view.whole - 8) / Math.max(...sides.map(({ tree }) => tree.rows.length)));
    const broad = Math.min(step * 0.7, 9);
    const shines = lit && litRows(lit);
    const batches = new Map();
    for (const link of look.links) {
      const [from, to] = [yOf(0, link.from), yOf(1, link.to)];
      if (Math.max(from, to) < -20 || Math.min(from, to) > view.height + 20) continue;
      if (shines && !shines.has(link.from * sides[1].tree.rows.length + link.to)) continue;
      const width = link.n === 1 ? 1 : 1 + (broad - 1) * Math.sqrt(link.n / look.most);
      const style = `${groupInk(link.group)}|${Math.round(2 * (lit ? width + 1 : width)) / 2}`;
      if (!batches.has(style)) batches.set(style, []);
      batches.get(style).push(from, to);
    }
    ctx.globalAlpha = lit ? 1 : 0.5;
    for (const [style, ends] of batches) {
      const [stroke, width] = style.split("|");
      ctx.strokeStyle = stroke;
      ctx.lineWidth = Math.max(0.6, Number(width));
      ctx.beginPath();
      for (let k = 0; k < ends.length; k += 2) {
        ctx.moveTo(left, ends[k]);
        ctx.bezierCurveTo(middle, ends[k], middle, ends[k + 1], right, ends[k + 1]);
      }
      ctx.stroke();
    }
    ctx.globalAlpha = 1;
  }

  function litRows(lit) {
    const [left, right] = sides.map(({ tree }) => tree);
    return new Set([...lit].map((c) => left.rowOf[c] * right.rows.length + right.rowOf[c]));
  }

  // Of one class, the way up to the root is lit; of several, the branches that hold no other.
  function litNodes(tree, lit) {
    const some = litSome(tree, lit);
    return (v) => {
      const held = some(v);
      return held > 0 && (lit.size === 1 || held === tree.size(v));
    };
  }

  // How many of a node's classes are lit.
  function litSome(tree, lit) {
    const before = new Int32Array(tree.order.length + 1);
    tree.order.forEach((c, k) => (before[k + 1] = before[k] + (lit.has(c) ? 1 : 0)));
    return (v) => before[tree.stop[v]] - before[tree.start[v]];
  }

  function drawBranches(ctx, { tree, groups }, i, lit) {
    const on = lit ? litNodes(tree, lit) : () => true;
    const broad = lit ? 2 : 0;
    const byValue = look.mode === "value";
    const inkOf = (v) => {
      if (byValue && i === 0) return shade(state.model.values[v]);
      if (groups[v] >= 0 || tree.opened[v]) return groupInk(groups[v]);
      const [group, n] = main(sides[i], v);
      return groupInk(n > tree.size(v) / 2 ? group : -1);
    };
    const segments = new Map();
    const line = (colour, width, ...ends) => {
      const style = `${colour}|${width}`;
      if (!segments.has(style)) segments.set(style, []);
      segments.get(style).push(ends);
    };
    const visible = (from, to) => to > -10 && from < view.height + 10;
    const thin = byValue && i === 0 ? 1.6 : 1;
    const [outer, end] = columns()[i].tree;
    const wedge = end + (outer - end) * WEDGE;
    for (const v of tree.shown) {
      const [top, bottom] = [yOf(i, tree.top[v]), yOf(i, tree.bottom[v])];
      if (!visible(top, bottom)) continue;
      const x = xOf(i, v);
      if (!lit || (on(v) && lit.size > 1)) line(inkOf(v), thin + broad, x, top, x, bottom);
      for (const w of tree.children[v]) {
        const y = yOf(i, tree.at[w]);
        if (!on(w)) continue;
        if (lit && lit.size === 1) line(inkOf(w), thin + broad, x, yOf(i, tree.at[v]), x, y);
        if (!visible(y, y)) continue;
        line(inkOf(w), thin + broad, x, y, tree.opened[w] && tree.parts(w) ? xOf(i, w) : end, y);
      }
      if (tree.own[v] >= 0 && (!lit || lit.has(tree.own[v]))) {
        const y = yOf(i, tree.rowOf[tree.own[v]]);
        line(inkOf(v), thin + broad, x, y, end, y);
      }
    }
    const step = (view.whole - 8) / tree.rows.length;
    const [first, last] = [rowAt(i, 0), rowAt(i, view.height)];
    for (let r = first; r <= last; r += 1) {
      const { node, cls } = tree.rows[r];
      if (cls >= 0 || !on(node)) continue;
      const [y, half] = [yOf(i, r), Math.min(step * 0.4, 7)];
      ctx.fillStyle = inkOf(node);
      ctx.beginPath();
      ctx.moveTo(wedge, y);
      ctx.lineTo(end, y - half);
      ctx.lineTo(end, y + half);
      ctx.fill();
    }
    for (const [style, ends] of segments) {
      const [colour, width] = style.split("|");
      ctx.strokeStyle = colour;
      ctx.lineWidth = Number(width);
      ctx.beginPath();
      for (const [x1, y1, x2, y2] of ends) {
        ctx.moveTo(x1, y1);
        ctx.lineTo(x2, y2);
      }
      ctx.stroke();
    }
    if (!(byValue && i === 0)) return;
    for (const v of tree.shown) {
      const y = yOf(i, tree.at[v]);
      if (state.model.values[v] === null || !visible(y, y) || !on(v) || tree.children[v].length < 2) continue;
      ctx.fillStyle = inkOf(v);
      ctx.beginPath();
      ctx.arc(xOf(i, v), y, lit ? 5.5 : 4, 0, 2 * Math.PI);
      ctx.fill();
    }
  }

  function drawNames(ctx, { tree, direction }, i, lit) {
    const [from, to] = columns()[i].names;
    const width = Math.abs(to - from);
    if (width < 30) return;
    ctx.textAlign = direction > 0 ? "left" : "right";
    const rows = [];
    const some = lit && litSome(tree, lit);
    let taken = -Infinity;
    for (let r = rowAt(i, 0); r <= rowAt(i, view.height); r += 1) {
      const { node, cls } = tree.rows[r];
      const on = lit && (cls >= 0 ? lit.has(cls) : some(node) > 0);
      const at = lit && look.cursor && look.cursor.i === i && look.cursor.row === r;
      if (lit && !on && !at) continue;
      const y = yOf(i, r);
      const crowded = y - taken < 13;
      if (crowded && !(on && lit.size <= 3) && !at) continue;
      if (!crowded) taken = y;
      rows.push({ y, on, at, node, cls });
    }
    const page = ink("--page");
    // Lit names come last, on top of those that they cover.
    for (const { y, on, at, node, cls } of rows.sort((a, b) => a.on - b.on || a.y - b.y)) {
      const text = fitted(ctx, rowName(i, tree, node, cls), width);
      if (on || at) {
        const wide = ctx.measureText(text).width + 6;
        ctx.fillStyle = page;
        ctx.fillRect(Math.min(from, to), y - 8, width, 16);
        ctx.fillStyle = on ? ink("--lit") : page;
        ctx.fillRect(direction > 0 ? from - 3 : from + 3 - wide, y - 8, wide, 16);
      }
      if (at) {
        ctx.strokeStyle = ink("--ink");
        ctx.lineWidth = 1;
        ctx.strokeRect(Math.min(from, to) - 3, y - 8.5, width + 6, 17);
      }
      ctx.fillStyle = ink("--ink");
      ctx.fillText(text, from, y);
    }
  }

  // A closed branch of the predefined tree has a name and a number; one of the inferred tree is
  // called by the group that most of its classes belong to.
  function rowName(i, tree, node, cls) {
    if (cls >= 0) return CALLED[cls];
    const size = tree.size(node);
    if (i === 0) {
      const value = state.model.values[node];
      return `${branchName(tree, node)} (${size.toLocaleString("en")})${value === null ? "" : ` ${value.toFixed(2)}`}`;
    }
    const [group, n] = main(sides[i], node);
    const name = DATA.groups[group].name;
    return n === size ? `${name} (${n.toLocaleString("en")})` : `${name} (${n.toLocaleString("en")} of ${size.toLocaleString("en")})`;
  }

  // The group of most classes of a branch, found once.
  function main(side, v) {
    if (!side.mains.has(v)) side.mains.set(v, mostly(side.tree.classes(v)));
    return side.mains.get(v);
  }

  function mostly(classes) {
    const counts = new Map();
    for (const c of classes) counts.set(DATA.group[c], (counts.get(DATA.group[c]) || 0) + 1);
    return [...counts].reduce((a, b) => (b[1] > a[1] ? b : a));
  }

  function legend() {
    const dot = (colour, text) => make("span", {}, spot(colour), text);
    if (look.mode === "group") {
      const named = DATA.groups.filter((group, i, all) => i === 0 || group.ink !== all[i - 1].ink);
      key.replaceChildren(...named.slice(0, 12).map((group) => dot(group.ink, group.name)),
        ...(DATA.groups.length > 12 ? [dot(ink("--faint"), `${DATA.groups.length - 12} smaller groups`)] : []));
      return;
    }
    const words = DATA.value === "overlap"
      ? ["lost in the model", "overlap with its most similar branch", "found again"]
      : [`${DATA.value} 0`, "", "1"];
    const scale = make("canvas", { width: "120", height: "10", "aria-hidden": "true" });
    const ctx = scale.getContext("2d");
    for (let x = 0; x < 120; x += 1) {
      ctx.fillStyle = shade(x / 119);
      ctx.fillRect(x, 0, 1, 10);
    }
    key.replaceChildren(make("span", {}, words[0], " ", scale, " ", words[2]),
      ...(words[1] ? [make("span", { class: "quiet" }, `Branches: ${words[1]}.`)] : []));
  }

  function spot(colour) {
    const made = make("i", { class: "spot" });
    made.style.background = colour;
    return made;
  }

  // ---- what is told

  function facts(tables, kind, cell) {
    const table = tables.find((each) => each.columns[0].kind === kind);
    const row = table ? table.columns[0].cells.indexOf(cell) : -1;
    if (row < 0) return "";
    const tree = sides[0].tree;
    return table.columns.slice(1).map((column) => [column, cellText(column, column.cells[row], tree)])
      .filter(([, text]) => text !== "").map(([column, text]) => `${column.title} ${text}`).join(" · ");
  }

  function tell() {
    const { lit, branch, model } = state;
    if (!lit.length) {
      info.textContent = "Point at a class or a branch to see it everywhere; click to keep it lit, or "
        + "to open and close a branch.";
      return;
    }
    const { tree } = sides[0];
    if (lit.length === 1) {
      const [c] = lit;
      const path = pathOf(tree, TREE.parent[TREE.node[c]]).join(" / ");
      const name = CALLED[c] === DATA.classes[c] ? CALLED[c] : `${CALLED[c]} (${DATA.classes[c]})`;
      info.replaceChildren(make("strong", {}, name), path ? make("span", { class: "quiet" }, ` ${path}`) : "",
        make("br"), facts(model.tables, "class", c));
    } else if (branch >= 0) {
      info.replaceChildren(make("strong", {}, branchName(tree, branch)),
        make("span", { class: "quiet" }, ` ${pathOf(tree, TREE.parent[branch]).join(" / ")}`), make("br"),
        facts(model.tables, "branch", branch) || counted(lit.length, "class", "classes"));
    } else {
      const [group, n] = mostly(lit);
      info.replaceChildren(make("strong", {}, counted(lit.length, "class", "classes")),
        ` of ${DATA.groups[group].name}${n < lit.length ? ` (${n}) and others` : ""}`, make("br"),
        lit.slice(0, 8).map((c) => CALLED[c]).join(", ") + (lit.length > 8 ? ", …" : ""));
    }
  }

  // ---- what is done

  function toggle(at) {
    const { tree } = sides[at.i];
    if (at.open) tree.close(at.node);
    else if (at.cls < 0) tree.open(at.node);
    else return false;
    const y = yOf(at.i, tree.at[at.node]);
    lay();
    view.scroll(yOf(at.i, tree.at[at.node]) - y);
    return true;
  }

  function pointer(event) {
    const frame = view.canvas.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  }

  view.canvas.addEventListener("mousemove", (event) => {
    const [x, y] = pointer(event);
    const at = hit(x, y);
    const over = at.i === 0 ? at.open || at.cls < 0 : at.open;
    light(classesOf(at), branchOf(at), view);
    tip.hidden = !(over || narrowName(at));
    if (tip.hidden) return;
    const { tree } = sides[at.i];
    tip.textContent = at.i === 0 && !(at.cls >= 0) ? rowName(0, tree, at.node, -1) : rowName(at.i, tree, at.node, at.cls ?? -1);
    tip.style.left = `${Math.min(x + 14, view.width - 180)}px`;
    tip.style.top = `${y + 16}px`;
  });

  function narrowName(at) {
    return !at.open && view.whole / sides[at.i].tree.rows.length < 14;
  }

  view.canvas.addEventListener("mouseleave", () => {
    tip.hidden = true;
    light([], -1, view);
  });
  view.canvas.addEventListener("click", (event) => {
    const at = hit(...pointer(event));
    if (toggle(at)) return;
    light(classesOf(at), branchOf(at), view, true);
  });
  view.canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2);
  }, { passive: false });

  view.canvas.addEventListener("keydown", (event) => {
    const at = look.cursor || { i: 0, row: rowAt(0, 0) };
    const { tree } = sides[at.i];
    const here = { i: at.i, ...tree.rows[Math.min(at.row, tree.rows.length - 1)] };
    const last = tree.rows.length - 1;
    const go = (row) => { look.cursor = { i: at.i, row: Math.min(Math.max(row, 0), last) }; };
    const above = () => {
      const up = here.cls >= 0 && tree.opened[here.node] ? here.node : tree.shape.parent[here.node];
      if (up > 0) {
        tree.close(up);
        lay();
        look.cursor = { i: at.i, row: tree.rowOf[tree.order[tree.start[up]]] };
      }
    };
    const moves = {
      ArrowDown: () => go(look.cursor ? at.row + 1 : at.row), ArrowUp: () => go(at.row - 1),
      Home: () => go(0), End: () => go(last), PageDown: () => go(at.row + 10), PageUp: () => go(at.row - 10),
      ArrowRight: () => toggle(here), ArrowLeft: above,
      Enter: () => light(classesOf(here), branchOf(here), view, true), Escape: release,
    };
    if (!moves[event.key]) return;
    event.preventDefault();
    moves[event.key]();
    const { row } = look.cursor || at;
    const now = sides[at.i].tree.rows[Math.min(row, sides[at.i].tree.rows.length - 1)];
    const y = yOf(at.i, row);
    if (y < 12 || y > view.height - 12) view.scroll(y - view.height / 2);
    if (event.key !== "Escape") light(classesOf({ i: at.i, ...now }), branchOf({ i: at.i, ...now }), view);
    view.redraw();
  });
  view.canvas.addEventListener("blur", () => { look.cursor = null; view.redraw(); });

  function search() {
    const text = input.value.trim().toLowerCase();
    if (!text) {
      found.replaceChildren();
      release();
      return;
    }
    const { tree } = sides[0];
    const classes = [];
    CALLED.forEach((name, c) => {
      if (name.toLowerCase().includes(text) || DATA.classes[c].toLowerCase().includes(text)) classes.push(c);
    });
    const branches = TREE.label.flatMap((name, v) => (name.toLowerCase().includes(text) && tree.size(v) > 1 ? [v] : []));
    const exact = (name) => name.toLowerCase() === text;
    classes.sort((a, b) => exact(CALLED[b]) - exact(CALLED[a]));
    branches.sort((a, b) => exact(TREE.label[b]) - exact(TREE.label[a]));
    const links = [
      ...classes.slice(0, 6).map((c) => button(CALLED[c], {}, () => reveal(c))),
      ...branches.slice(0, 4).map((v) => button(`${TREE.label[v]} (${tree.size(v).toLocaleString("en")})`, {}, () => revealBranch(v))),
    ];
    const n = classes.length + branches.length;
    found.replaceChildren(...links, make("span", { class: "quiet", role: "status" },
      n === 0 ? "nothing of that name" : n > links.length ? `${(n - links.length).toLocaleString("en")} more` : ""));
    state.kept = null;
    light(classes, -1, null, true);
  }

  function reveal(c) {
    state.kept = null;
    for (const { tree } of sides) tree.reveal(c);
    lay();
    scrollTo(sides[0].tree.rowOf[c]);
    light([c], -1, null, true);
  }

  function revealBranch(v) {
    state.kept = null;
    const { tree } = sides[0];
    tree.reveal(tree.order[tree.start[v]]);
    lay();
    scrollTo(tree.rowOf[tree.order[tree.start[v]]]);
    light(tree.classes(v), v, null, true);
  }

  function scrollTo(row) {
    view.scroll(yOf(0, row) - view.height / 2);
  }

  views.push((what) => {
    if (what === "model") fill();
    tell();
    view.redraw();
  });
  window.addEventListener("resize", soon(lay));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    look.stands = null;
    legend();
    view.redraw();
  });
  return { box, fill, reveal, tree: () => sides[0].tree };
}
