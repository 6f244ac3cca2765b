// All distances of a model as shades; the rows and columns of what is lit stand out.

function makeCells() {
  const canvas = make("canvas", { role: "img",
    "aria-label": "Distances of all pairs of classes in the model, in the order of the tree" });
  const said = make("span", { class: "quiet" });
  const box = make("div", { class: "cells" }, make("h3", {}, "Distances in the model"),
    make("p", {}, "Classes in the order of the tree, the nearest pairs darkest: dark blocks on the "
      + "diagonal are groups that the model keeps together."), canvas, said);
  let held = null;
  let picture = null;

  function fill() {
    const { cells } = state.model;
    box.hidden = !cells;
    if (!cells) return;
    const shades = Uint8Array.from(atob(cells.shades), (letter) => letter.charCodeAt(0));
    const place = new Int32Array(cells.order.length);
    cells.order.forEach((c, i) => (place[c] = i));
    held = { ...cells, shades, place };
    picture = make("canvas", { width: cells.n, height: cells.n });
    const ctx = picture.getContext("2d");
    const image = ctx.createImageData(cells.n, cells.n);
    for (let i = 0; i < cells.n; i += 1) {
      for (let j = 0; j < cells.n; j += 1) {
        const value = shades[at(Math.max(i, j), Math.min(i, j))];
        const [r, g, b] = value === 255 ? [128, 128, 128] : tint(value / 254);
        image.data.set([r, g, b, 255], 4 * (i * cells.n + j));
      }
    }
    ctx.putImageData(image, 0, 0);
    draw();
  }

  function at(i, j) {
    return (i * (i + 1)) / 2 + j;
  }

  // The shades of the still picture: viridis.
  const SHADES = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
  function tint(x) {
    const i = Math.min(Math.floor(x * 4), 3);
    return SHADES[i].map((from, k) => Math.round(from + (x * 4 - i) * (SHADES[i + 1][k] - from)));
  }

  const draw = soon(() => {
    if (!held) return;
    const side = Math.min(box.clientWidth, 460);
    const dense = window.devicePixelRatio || 1;
    canvas.width = Math.round(side * dense);
    canvas.height = canvas.width;
    canvas.style.width = `${side}px`;
    const ctx = canvas.getContext("2d");
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(picture, 0, 0, canvas.width, canvas.height);
    if (!state.lit.length) return;
    const bins = new Set(state.lit.map((c) => binOf(held.place[c])));
    const step = canvas.width / held.n;
    ctx.fillStyle = "rgba(255, 255, 255, 0.55)";
    for (const bin of bins) {
      ctx.fillRect(0, bin * step, canvas.width, Math.max(step, 1.5));
      ctx.fillRect(bin * step, 0, Math.max(step, 1.5), canvas.height);
    }
  });

  function binOf(place) {
    return Math.floor(((place + 1) * held.n - 1) / held.order.length);
  }

  function inBin(bin) {
    const C = held.order.length;
    return held.order.slice(Math.floor((bin * C) / held.n), Math.floor(((bin + 1) * C) / held.n));
  }

  canvas.addEventListener("mousemove", (event) => {
    const frame = canvas.getBoundingClientRect();
    const bin = (x) => Math.min(held.n - 1, Math.max(0, Math.floor((x / frame.width) * held.n)));
    const [i, j] = [bin(event.clientY - frame.top), bin(event.clientX - frame.left)];
    const value = held.shades[at(Math.max(i, j), Math.min(i, j))];
    const some = (classes) => CALLED[classes[0]] + (classes.length > 1 ? ` and ${classes.length - 1} more` : "");
    said.textContent = value === 255 ? some(inBin(i))
      : `${some(inBin(i))} and ${some(inBin(j))}: ${{ 0: "at most ", 254: "at least " }[value] || ""}`
        + told(held.low + (value / 254) * (held.high - held.low));
    light(i === j ? inBin(i) : [...inBin(i), ...inBin(j)], -1, canvas);
  });
  canvas.addEventListener("mouseleave", () => {
    said.textContent = "";
    light([], -1, canvas);
  });
  canvas.addEventListener("click", () => light(state.lit, -1, canvas, true));
  views.push((what) => (what === "model" ? fill() : draw()));
  window.addEventListener("resize", draw);
  return { box, fill };
}
