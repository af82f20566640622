// A canvas a little larger than what is seen. What was painted for one view is shown in the next by moving the canvas,
// which costs nothing, as long as it still covers the screen.

const STRETCH = 2; // how much nearer or farther what is painted may be shown

export function createSurface(container, { margin = 0, name }) {
  const canvas = document.createElement("canvas");
  canvas.className = "board__canvas";
  canvas.dataset.layer = name;
  Object.assign(canvas.style, { position: "absolute", left: `${-margin}px`, top: `${-margin}px`, transformOrigin: "0 0", pointerEvents: "none" });
  container.append(canvas);
  const ctx = canvas.getContext("2d");
  let size = { width: 0, height: 0 };
  let density = 1;
  let painted = null; // the view

  const surface = {
    canvas,
    dirty: true,
    cost: 0, // milliseconds, the last time
    moved: false, // shown elsewhere than it was painted for
    zoomed: false,
    resize(viewport, ratio) {
      [size, density] = [viewport, ratio];
      const [width, height] = [viewport.width + 2 * margin, viewport.height + 2 * margin];
      [canvas.width, canvas.height] = [Math.round(width * density), Math.round(height * density)];
      Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
      surface.dirty = true;
    },
    // Whether what is painted can be shown in this view; if so, it is.
    show(view) {
      if (surface.dirty || !painted) return false;
      const k = view.scale / painted.scale;
      const [x, y] = [view.x + margin - k * (painted.x + margin), view.y + margin - k * (painted.y + margin)];
      const covers = x <= margin && y <= margin && x - margin + k * (size.width + 2 * margin) >= size.width && y - margin + k * (size.height + 2 * margin) >= size.height;
      if (!covers || k > STRETCH || k < 1 / STRETCH) return false;
      surface.zoomed = k !== 1;
      surface.moved = surface.zoomed || x !== 0 || y !== 0;
      canvas.style.transform = surface.moved ? `translate(${x}px, ${y}px) scale(${k})` : "none";
      return true;
    },
    // Painted anew: `run` gets the context, scaled to image pixels.
    paint(view, run) {
      const began = performance.now();
      ctx.setTransform(1, 0, 0, 1, 0, 0);
      ctx.clearRect(0, 0, canvas.width, canvas.height);
      surface.aim(ctx, view);
      run(ctx);
      canvas.style.transform = "none";
      Object.assign(surface, { dirty: false, moved: false, zoomed: false });
      painted = view;
      surface.cost = performance.now() - began;
    },
    // A context of this canvas's size, to paint image pixels as they are in a view.
    aim(context, view) {
      context.setTransform(density * view.scale, 0, 0, density * view.scale, density * (view.x + margin), density * (view.y + margin));
    },
    // The part of the image that the canvas shows: [x, y, w, h].
    seen(view) {
      return [(-margin - view.x) / view.scale, (-margin - view.y) / view.scale, (size.width + 2 * margin) / view.scale, (size.height + 2 * margin) / view.scale];
    },
  };
  return surface;
}
