// A canvas that shows the visible part of something tall, and the colours of what is drawn.

const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

// Orange where a branch is lost, blue where it is found: the colours of the still picture.
const LOST_TO_FOUND = [[194, 81, 12], [224, 138, 60], [185, 169, 143], [106, 163, 213], [31, 111, 178]];

function shade(x) {
  if (x === null || x === undefined) return ink("--faint");
  const at = Math.min(Math.max(x, 0), 1) * (LOST_TO_FOUND.length - 1);
  const i = Math.min(Math.floor(at), LOST_TO_FOUND.length - 2);
  const mixed = LOST_TO_FOUND[i].map((low, k) => Math.round(low + (at - i) * (LOST_TO_FOUND[i + 1][k] - low)));
  return `rgb(${mixed.join(",")})`;
}

// A box that scrolls a drawing of any height: only what is visible is ever drawn.
function tallCanvas(label, draw) {
  const canvas = make("canvas", { tabindex: "0", role: "application", "aria-label": label });
  const space = make("div", { class: "space" });
  const box = make("div", { class: "tall" }, canvas, space);
  const made = { box, canvas, width: 0, height: 0, whole: 0, redraw: null };
  const ctx = canvas.getContext("2d");

  function paint() {
    if (!made.width) return;
    const dense = window.devicePixelRatio || 1;
    canvas.width = Math.round(made.width * dense);
    canvas.height = Math.round(made.height * dense);
    ctx.setTransform(dense, 0, 0, dense, 0, 0);
    ctx.font = FONT;
    ctx.textBaseline = "middle";
    draw(ctx, made);
  }
  made.redraw = soon(paint);

  // Give the box its height, and the drawing in it.
  made.size = (height, whole) => {
    box.style.height = `${height}px`;
    canvas.style.height = `${height}px`;
    made.height = height;
    made.whole = Math.max(whole, height);
    space.style.height = `${made.whole}px`;
    space.style.marginTop = `${-height}px`;
    made.width = box.clientWidth;
    made.top = box.scrollTop;
    canvas.style.width = `${made.width}px`;
    made.redraw();
  };
  // Where it is scrolled to is kept: to ask the box would have the page laid out each time.
  made.top = 0;
  made.scroll = (by) => {
    box.scrollTop += by;
    made.top = box.scrollTop;
    made.redraw();
  };
  box.addEventListener("scroll", () => {
    made.top = box.scrollTop;
    made.redraw();
  });
  return made;
}

// A text cut to a width, with dots where it was cut.
function fitted(ctx, text, width) {
  if (width < 12) return "";
  if (ctx.measureText(text).width <= width) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (ctx.measureText(`${text.slice(0, middle)}…`).width <= width) low = middle;
    else high = middle - 1;
  }
  return low ? `${text.slice(0, low)}…` : "";
}
