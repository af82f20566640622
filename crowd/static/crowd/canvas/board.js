// The image on the screen: a Konva stage that shows it, a view that moves it, and painters that draw over it in image pixels.
// Konva paints and minds high-density screens; what is hit is answered by geometry/, so that a thousand shapes cost nothing.

import { fit, held, panned, toImage, toScreen, zoomedAt } from "../geometry/views.js";
import { createNavigation } from "./navigation.js";

const CRISP_FROM = 3; // from here on the reader wants to see pixels, not a blur

export function createBoard(container) {
  const { Konva } = window;
  const stage = new Konva.Stage({ container, width: 1, height: 1, listening: false });
  const picture = new Konva.Layer({ listening: false });
  const drawing = new Konva.Layer({ listening: false });
  stage.add(picture, drawing);

  const painters = new Map();
  const listeners = new Set();
  let image = { width: 1, height: 1 };
  let view = { scale: 1, x: 0, y: 0 };
  let fitted = true;
  let tool = null;

  const viewport = () => ({ width: stage.width(), height: stage.height() });
  const minimum = () => Math.min(fit(image, viewport()).scale / 2, 1);

  const brush = new Konva.Shape({
    listening: false,
    perfectDrawEnabled: false,
    sceneFunc: (context) => {
      const ctx = context._context;
      for (const paint of painters.values()) {
        ctx.save();
        paint(ctx, view.scale);
        ctx.restore();
      }
      if (tool?.paint) tool.paint(ctx, view.scale);
    },
  });
  drawing.add(brush);

  function show(next) {
    view = held(next, image, viewport());
    for (const layer of [picture, drawing]) {
      layer.scale({ x: view.scale, y: view.scale });
      layer.position({ x: view.x, y: view.y });
    }
    picture.imageSmoothingEnabled(view.scale < CRISP_FROM);
    picture.batchDraw();
    drawing.batchDraw();
    listeners.forEach((listener) => listener(view));
  }

  const board = {
    container,
    get view() {
      return view;
    },
    get image() {
      return image;
    },
    get viewport() {
      return viewport();
    },
    get tool() {
      return tool;
    },
    // The element is drawn at the size the server states, whatever the file's own metadata made of it.
    setImage(element, size) {
      image = { width: size.width, height: size.height };
      picture.destroyChildren();
      if (element) picture.add(new Konva.Image({ image: element, ...image, listening: false, perfectDrawEnabled: false }));
      board.fit();
    },
    fit() {
      fitted = true;
      show(fit(image, viewport()));
    },
    zoom(factor, at = null) {
      fitted = false;
      const { width, height } = viewport();
      show(zoomedAt(view, at ?? [width / 2, height / 2], factor, minimum()));
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
    redraw() {
      drawing.batchDraw();
    },
    paint(name, painter) {
      painters.set(name, painter);
      board.redraw();
    },
    use(next) {
      tool?.disable?.();
      tool = next;
      tool?.enable?.();
      container.dataset.cursor = tool?.cursor ?? "default";
      board.redraw();
    },
    // Where a pointer is, in image pixels.
    pointOf(event) {
      return toImage(view, board.screenOf(event));
    },
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
      stage.destroy();
    },
  };

  const observer = new ResizeObserver(() => {
    const { clientWidth, clientHeight } = container;
    if (!clientWidth || !clientHeight) return;
    stage.size({ width: clientWidth, height: clientHeight });
    show(fitted ? fit(image, viewport()) : view);
  });
  observer.observe(container);
  const navigation = createNavigation(board);
  navigation.enable();
  return board;
}
