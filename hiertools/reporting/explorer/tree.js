// A tree whose branches open and close: which rows it shows, and where its nodes stand.

const WEDGE = 0.22; // of the width of the tree

class Tree {
  // `shape` holds parents (nodes come before their children), nodes of classes and heights; `order`
  // lists the classes from top to bottom, so that each branch holds a run of them.
  constructor(shape, order) {
    const n = shape.parent.length;
    this.shape = shape;
    this.order = order;
    this.own = new Int32Array(n).fill(-1); // the class that sits on a node
    shape.node.forEach((node, c) => (this.own[node] = c));
    this.place = new Int32Array(order.length);
    order.forEach((c, i) => (this.place[c] = i));
    this.start = new Int32Array(n).fill(order.length);
    this.stop = new Int32Array(n);
    this.depth = new Int32Array(n);
    this.children = Array.from({ length: n }, () => []);
    shape.node.forEach((node, c) => {
      this.start[node] = this.place[c];
      this.stop[node] = this.place[c] + 1;
    });
    for (let v = n - 1; v > 0; v -= 1) {
      const above = shape.parent[v];
      if (this.stop[v] === 0) continue; // holds no class
      this.start[above] = Math.min(this.start[above], this.start[v]);
      this.stop[above] = Math.max(this.stop[above], this.stop[v]);
      this.children[above].push(v);
    }
    for (let v = 1; v < n; v += 1) this.depth[v] = this.depth[shape.parent[v]] + 1;
    for (const each of this.children) each.sort((a, b) => this.start[a] - this.start[b]);
    this.opened = new Uint8Array(n);
  }

  size(v) {
    return this.stop[v] - this.start[v];
  }

  classes(v) {
    return this.order.slice(this.start[v], this.stop[v]);
  }

  // Only children say nothing: what is opened is open down to where it parts.
  parting(v) {
    while (this.own[v] < 0 && this.children[v].length === 1) [v] = this.children[v];
    return v;
  }

  parts(v) {
    return this.children[this.parting(v)].length > 0;
  }

  open(v) {
    for (const end = this.parting(v); ; [v] = this.children[v]) {
      this.opened[v] = 1;
      if (v === end) return;
    }
  }

  close(v) {
    this.opened[v] = 0;
  }

  closeAll() {
    this.opened.fill(0);
    this.open(0);
  }

  openAll() {
    this.opened.fill(1);
  }

  // Cut a branch into about so many parts, top to bottom: always the largest in its own. One that
  // holds most classes is cut in any case, or there would be nothing to see.
  cut(top, most) {
    const into = (v) => {
      const end = this.parting(v);
      const own = this.own[end] >= 0 && this.children[end].length ? [{ node: end, cls: this.own[end] }] : [];
      return [...own, ...this.children[end].map((w) => ({ node: w, cls: this.size(w) === 1 ? this.order[this.start[w]] : -1 }))];
    };
    const held = ({ node, cls }) => (cls >= 0 ? 1 : this.size(node));
    const parts = into(top);
    for (;;) {
      parts.sort((a, b) => held(b) - held(a) || a.node - b.node);
      const at = parts.findIndex((part) => {
        if (part.cls >= 0 || !this.parts(part.node)) return false;
        const count = parts.length + into(part.node).length - 1;
        return count <= most || (2 * held(part) > this.size(top) && count <= 4 * most);
      });
      if (at < 0) break;
      parts.push(...into(parts.splice(at, 1)[0].node));
    }
    return parts.sort((a, b) => this.start[a.node] - this.start[b.node] || b.cls - a.cls);
  }

  openSome(most) {
    this.closeAll();
    for (const { node, cls } of this.cut(0, most)) {
      const from = cls >= 0 && this.children[node].length ? node : this.shape.parent[node];
      for (let v = from; v >= 0 && !this.opened[v]; v = this.shape.parent[v]) this.opened[v] = 1;
    }
  }

  // Open what lies above the nodes at which `ends` is true.
  openAbove(ends) {
    this.opened.fill(0);
    this.opened[0] = 1;
    for (let v = 1; v < this.opened.length; v += 1) {
      if (this.opened[this.shape.parent[v]] && !ends(v)) this.opened[v] = 1;
    }
  }

  reveal(c) {
    for (let v = this.shape.parent[this.shape.node[c]]; v >= 0; v = this.shape.parent[v]) {
      this.opened[v] = 1;
    }
  }

  // Say which rows there are, top to bottom, and where each shown node stands.
  lay() {
    const { parent } = this.shape;
    this.rows = []; // {node, cls}: a class, or a closed branch (cls -1)
    this.rowOf = new Int32Array(this.order.length);
    this.shown = []; // open nodes, each after its parent
    this.at = new Float64Array(parent.length).fill(NaN);
    const row = (node, cls, from, to) => {
      this.at[node] = this.rows.length;
      for (let i = from; i < to; i += 1) this.rowOf[this.order[i]] = this.rows.length;
      this.rows.push({ node, cls });
    };
    const stack = [0];
    while (stack.length) {
      const v = stack.pop();
      if (this.stop[v] === 0) continue;
      const leaf = this.children[v].length === 0;
      if (leaf || !this.opened[v]) {
        const only = leaf || this.size(v) === 1;
        row(v, only ? this.order[this.start[v]] : -1, this.start[v], this.stop[v]);
        continue;
      }
      this.shown.push(v);
      if (this.own[v] >= 0) row(v, this.own[v], this.start[v], this.start[v] + 1);
      for (let i = this.children[v].length - 1; i >= 0; i -= 1) stack.push(this.children[v][i]);
    }
    // Open branches stand a step apart from each other, by their heights: so many fit as are open.
    const heights = [...new Set(this.shown.map((v) => this.shape.height[v]))].sort((a, b) => a - b);
    const rank = new Map(heights.map((height, i) => [height, (i + 1) / heights.length]));
    const leaves = this.rows.every(({ cls }) => cls >= 0) ? 0 : WEDGE;
    this.x = new Float64Array(parent.length);
    for (const v of this.shown) this.x[v] = leaves + (1 - leaves) * rank.get(this.shape.height[v]);
    this.top = new Float64Array(parent.length); // of the line that joins a node's children
    this.bottom = new Float64Array(parent.length);
    for (let i = this.shown.length - 1; i >= 0; i -= 1) {
      const v = this.shown[i];
      const below = this.children[v];
      this.top[v] = this.own[v] >= 0 || !below.length ? this.at[v] : this.at[below[0]];
      this.bottom[v] = below.length ? this.at[below[below.length - 1]] : this.at[v];
      this.at[v] = (this.top[v] + this.bottom[v]) / 2;
    }
  }
}

// ---- the predefined tree

function branchName(tree, v) {
  if (tree.own[v] >= 0 && tree.children[v].length === 0) return CALLED[tree.own[v]];
  if (tree.shape.label[v]) return tree.shape.label[v];
  if (tree.own[v] >= 0) return CALLED[tree.own[v]];
  const held = tree.size(v);
  const first = CALLED[tree.order[tree.start[v]]];
  return held === 1 ? first : v === 0 ? "all classes" : `${first} and ${held - 1} more`;
}

function pathOf(tree, v) {
  const names = [];
  for (; v > 0; v = tree.shape.parent[v]) {
    const name = tree.own[v] >= 0 ? CALLED[tree.own[v]] : tree.shape.label[v];
    if (name) names.unshift(name);
  }
  return names;
}

// The levels that a tree can be closed at: its ranks where it has any.
function levels(tree) {
  if (DATA.ranks) {
    return DATA.ranks.map((name, i) => [name, (v) => DATA.rank[v] >= i]);
  }
  const most = tree.depth.reduce((a, b) => Math.max(a, b), 0);
  return Array.from({ length: most }, (_, i) => [`level ${i}`, (v) => tree.depth[v] >= i + 1]);
}
