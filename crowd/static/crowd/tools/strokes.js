// What all tools that paint a mask share: the mask that is painted on, as pixels; one stroke, one undo.

import { hand, hide, reveal, seenBy, take } from "../canvas/paint-masks.js";
import { colourOf } from "../canvas/paint.js";
import { createTiles } from "../canvas/tiles.js";
import { topmost } from "../geometry/outlines.js";
import * as rasters from "../geometry/rasters.js";

export function createStrokes(editor) {
  const { board } = editor;
  let raster = null;
  let loaded = null; // the mask that the raster holds; undefined for one that nobody has
  let stroke = null; // {index, mask, tiles}

  function selectedMask() {
    return editor.document.objects[editor.selected]?.mask ?? null;
  }

  function prepare(mask) {
    const { width, height } = board.image;
    if (raster?.width !== width || raster?.height !== height) [raster, loaded] = [rasters.createRaster(board.image), null];
    if (loaded !== mask) rasters.load(raster, mask);
    loaded = mask;
  }

  return {
    get active() {
      return stroke !== null;
    },
    // Onto the selected mask, else a new one. To take away from, the one under the pointer is taken; false without any.
    begin(point, { existing = false } = {}) {
      if (existing && !selectedMask()) {
        editor.selected = topmost(editor.document.objects.map((object) => (object.mask ? object : { label: "" })), point, 0);
        editor.render();
      }
      const mask = selectedMask();
      if (existing && !mask) return false;
      prepare(mask);
      const tiles = mask ? take(mask) : createTiles({ ...board.image, read: null });
      tiles.readFrom((view, target) => rasters.sample(raster, view, target));
      stroke = { index: mask ? editor.selected : -1, mask, tiles, colour: mask ? colourOf(editor.classOf(editor.document.objects[editor.selected].label)) : editor.activeColour };
      if (mask) hide(mask);
      if (mask) board.repaint();
      return true;
    },
    // `run(raster)` paints, and says where.
    paint(run) {
      const area = run(raster);
      if (area) stroke.tiles.touch(area);
      if (area) board.redraw();
      return area;
    },
    // Into the document, as one change; a mask without a pixel is no object.
    end() {
      const { index, mask, tiles } = stroke;
      const next = rasters.toMask(raster);
      stroke = null;
      if (mask) reveal(mask);
      loaded = next;
      if (next && next.counts === mask?.counts) hand(loaded = mask, tiles);
      else if (next) hand(next, tiles);
      else tiles.clear();
      if (next === null && index >= 0) editor.remove(index);
      else if (next && loaded !== mask) {
        if (index < 0) editor.add({ mask: next });
        else editor.changeObject(index, { ...editor.document.objects[index], mask: next });
      }
      board.repaint();
    },
    drop() {
      if (!stroke) return false;
      stroke.tiles.clear();
      if (stroke.mask) reveal(stroke.mask);
      [stroke, loaded] = [null, undefined];
      board.repaint();
      return true;
    },
    sketch(ctx) {
      if (stroke) stroke.tiles.paint(ctx, seenBy(ctx), stroke.colour);
    },
    // The pixels are given back: a large image has many.
    free() {
      this.drop();
      [raster, loaded] = [null, null];
    },
  };
}
