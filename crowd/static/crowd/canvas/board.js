// The image on the screen: a view that moves it, painters that draw over it in image pixels, and on top the tool's own
// sketch. Moving the view moves what is painted; it is painted anew where that is too little, and once the hand rests.

import { fit, held, panned, toImage, toScreen, zoomedAt } from "../geometry/views.js";
import { paintLoupe } from "./loupe.js";
import { createNavigation } from "./navigation.js";
import { paintCross } from "./paint.js";
import { createPicture } from "./picture.js";
import { createSurface } from "./surface.js";

const MARGIN = 192; // screen pixels painted beyond each edge
const REST = 120; // milliseconds without a move
const CHEAP = 5; // milliseconds: what is painted faster is painted at every step of a zoom
const PLAIN = { brightness: 1, contrast: 1, crosshair: true, loupe: false };

export function createBoard(container) {
  const under = createSurface(container, { margin: MARGIN, name: "picture" });
  const drawing = createSurface(container, { margin: MARGIN, name: "drawing" });
  const over = createSurface(container, { name: "sketch" });
  const painters = new Map();
  const listeners = new Set();
  let viewport = { width: 1, height: 1 };
  let density = 1;
  let view = { scale: 1, x: 0, y: 0 };
  let fitted = true;
  let tool = null;
  let pointer = null; // where it is on the screen
  let handling = false; // a pointer's event: what the tool then asks for is its own sketch, not the objects
  let options = { ...PLAIN };
  let frame = 0;
  let rest = 0;
  const picture = createPicture(() => { under.dirty = true; ask(); });
  const minimum = () => Math.min(fit(picture.size, viewport).scale / 2, 1);
  const filter = () => (options.brightness === 1 && options.contrast === 1 ? "none" : `brightness(${options.brightness}) contrast(${options.contrast})`);

  function paintAll(ctx) {
    for (const paint of painters.values()) {
      ctx.save();
      paint(ctx, view.scale);
      ctx.restore();
    }
  }

  function sketch(ctx, scale) {
    ctx.save();
    tool?.paint?.(ctx, scale);
    ctx.restore();
  }

  function paintOver(ctx) {
    if (options.crosshair && pointer && tool?.cursor === "crosshair") paintCross(ctx, view.scale, toImage(view, pointer), picture.size);
    sketch(ctx, view.scale);
    if (!options.loupe || !pointer || !tool?.paint) return;
    const shapes = (glass) => glass.drawImage(drawing.canvas, -MARGIN, -MARGIN, viewport.width + 2 * MARGIN, viewport.height + 2 * MARGIN);
    paintLoupe(ctx, { at: pointer, view, viewport, density, picture, drawing: shapes, filter: filter(), sketch });
  }

  // Shown moved, or painted: what is cheap to paint is never shown enlarged.
  function settle(surface, run, still) {
    const shown = surface.show(view);
    if (shown && !(surface.moved && (still || (surface.zoomed && surface.cost < CHEAP)))) return;
    surface.paint(view, run);
  }

  // At most once a frame, however much happens in it.
  function draw({ still = false } = {}) {
    frame = 0;
    under.canvas.style.imageRendering = picture.crisp(view.scale) ? "pixelated" : "auto";
    settle(under, (ctx) => picture.paint(ctx, view.scale), still);
    settle(drawing, paintAll, still);
    over.paint(view, paintOver);
    clearTimeout(rest);
    if (under.moved || drawing.moved) rest = setTimeout(() => draw({ still: true }), REST);
  }

  function ask() {
    if (!frame) frame = requestAnimationFrame(() => draw());
  }

  function show(next) {
    view = held(next, picture.size, viewport);
    ask();
    listeners.forEach((listener) => listener(view));
  }

  const board = {
    container,
    get view() { return view; },
    get image() { return picture.size; },
    get viewport() { return viewport; },
    get tool() { return tool; },
    get options() { return options; },
    get pointer() { return pointer; },
    setImage(element, size) {
      picture.set(element, size);
      under.dirty = drawing.dirty = true;
      pointer = null;
      board.fit();
    },
    fit() {
      fitted = true;
      show(fit(picture.size, viewport));
    },
    zoom(factor, at = null) {
      fitted = false;
      show(zoomedAt(view, at ?? [viewport.width / 2, viewport.height / 2], factor, minimum()));
    },
    pan(delta) {
      fitted = false;
      show(panned(view, delta));
    },
    look(next) {
      fitted = false;
      show(next);
    },
    minimum,
    // The sketch; outside a pointer's event the objects too.
    redraw() {
      if (!handling) drawing.dirty = true;
      ask();
    },
    // The objects, whoever asks.
    repaint() {
      drawing.dirty = true;
      ask();
    },
    paint(name, painter) {
      painters.set(name, painter);
      drawing.dirty = true;
      ask();
    },
    use(next) {
      tool?.disable?.();
      tool = next;
      tool?.enable?.();
      container.dataset.cursor = tool?.cursor ?? "default";
      board.redraw();
    },
    // Runs what a pointer's event does to the tool.
    handle(run) {
      handling = true;
      try {
        return run();
      } finally {
        handling = false;
      }
    },
    point(at) {
      pointer = at;
      if (options.loupe || options.crosshair) ask();
    },
    // Brightness and contrast of the picture, crosshair and loupe.
    adjust(next) {
      options = { ...options, ...next };
      under.canvas.style.filter = filter();
      ask();
    },
    plain: PLAIN,
    // Where a pointer is, in image pixels.
    pointOf: (event) => toImage(view, board.screenOf(event)),
    screenOf(event) {
      const { left, top } = container.getBoundingClientRect();
      return [event.clientX - left, event.clientY - top];
    },
    toScreen: (point) => toScreen(view, point),
    onView(listener) {
      listeners.add(listener);
    },
    destroy() {
      observer.disconnect();
      navigation.disable();
      cancelAnimationFrame(frame);
      clearTimeout(rest);
      picture.drop();
      for (const surface of [under, drawing, over]) surface.canvas.remove();
    },
  };

  function resize() {
    const { clientWidth: width, clientHeight: height } = container;
    if (!width || !height) return;
    viewport = { width, height };
    density = window.devicePixelRatio || 1;
    for (const surface of [under, drawing, over]) surface.resize(viewport, density);
    show(fitted ? fit(picture.size, viewport) : view);
    draw(); // at once: a canvas that was resized is empty
  }

  // A window that is moved to another screen, or zoomed by the browser.
  function watchDensity() {
    window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`).addEventListener("change", () => { resize(); watchDensity(); }, { once: true });
  }

  const observer = new ResizeObserver(resize);
  observer.observe(container);
  watchDensity();
  const navigation = createNavigation(board);
  navigation.enable();
  return board;
}
