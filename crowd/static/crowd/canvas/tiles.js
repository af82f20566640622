// Pixels as small pictures, made only where and as finely as they are seen: a mask of 24 megapixels costs what the screen
// shows of it.

const SIDE = 512; // of a tile
const INSIDE = 0.45; // opacity
const MOST = 48e6; // pixels of all tiles together; the oldest go first

const shelf = new Map(); // every tile there is, the last used last
let kept = 0;

function shelve(tile) {
  shelf.delete(tile);
  shelf.set(tile, true);
}

function drop(tile) {
  if (!shelf.delete(tile)) return;
  kept -= tile.canvas.width * tile.canvas.height;
  tile.home.delete(tile.key);
}

function makeRoom() {
  for (const tile of shelf.keys()) {
    if (kept <= MOST) return;
    drop(tile);
  }
}

// A colour as the numbers of its red, green and blue.
const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const numbers = new Map();
function numbersOf(colour) {
  if (!numbers.has(colour)) {
    probe.clearRect(0, 0, 1, 1);
    probe.fillStyle = colour;
    probe.fillRect(0, 0, 1, 1);
    numbers.set(colour, [...probe.getImageData(0, 0, 1, 1).data.slice(0, 3)]);
  }
  return numbers.get(colour);
}

// Set pixels in the colour, those with an unset neighbour opaque; the samples have a border of one all around.
function coloured(samples, across, down, [r, g, b]) {
  const picture = new ImageData(across - 2, down - 2);
  const words = new Uint32Array(picture.data.buffer);
  const colour = (alpha) => ((alpha << 24) | (b << 16) | (g << 8) | r) >>> 0;
  const [inner, edge] = [colour(Math.round(255 * INSIDE)), colour(255)];
  for (let y = 1, at = 0; y < down - 1; y += 1) {
    for (let x = 1, k = y * across + 1; x < across - 1; x += 1, k += 1, at += 1) {
      if (samples[k]) words[at] = samples[k - 1] && samples[k + 1] && samples[k - across] && samples[k + across] ? inner : edge;
    }
  }
  return picture;
}

let samples = new Uint8Array(0);

// `read(view, target)` gives every step-th pixel, as masks.sample and rasters.sample do.
export function createTiles({ width, height, read }) {
  const home = new Map();
  let colour = null;
  let source = read;

  function refresh(tile) {
    const { left, top, right, bottom } = tile.stale;
    const [across, down] = [right - left + 2, bottom - top + 2];
    if (samples.length < across * down) samples = new Uint8Array(across * down);
    const view = { left: tile.x + (left - 1) * tile.step, top: tile.y + (top - 1) * tile.step, across, down, step: tile.step };
    const target = samples.subarray(0, across * down);
    source(view, target);
    tile.canvas.getContext("2d").putImageData(coloured(target, across, down, numbersOf(colour)), left, top);
    tile.stale = null;
  }

  function tileAt(column, row, step) {
    const key = `${step}/${column}/${row}`;
    let tile = home.get(key);
    if (!tile) {
      const [x, y] = [column * SIDE * step, row * SIDE * step];
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [Math.min(SIDE, Math.ceil((width - x) / step)), Math.min(SIDE, Math.ceil((height - y) / step))];
      tile = { key, home, canvas, x, y, step, stale: { left: 0, top: 0, right: canvas.width, bottom: canvas.height } };
      kept += canvas.width * canvas.height;
      home.set(key, tile);
    }
    shelve(tile);
    if (tile.stale) refresh(tile);
    return tile;
  }

  function clear() {
    [...home.values()].forEach(drop);
  }

  return {
    clear,
    // The same pixels from elsewhere: what is painted stays.
    readFrom(next) {
      source = next;
    },
    // What has changed, in image pixels.
    touch({ left, top, right, bottom }) {
      for (const tile of home.values()) {
        const part = {
          left: Math.max(0, Math.floor((left - tile.x) / tile.step) - 1),
          top: Math.max(0, Math.floor((top - tile.y) / tile.step) - 1),
          right: Math.min(tile.canvas.width, Math.ceil((right - tile.x) / tile.step) + 1),
          bottom: Math.min(tile.canvas.height, Math.ceil((bottom - tile.y) / tile.step) + 1),
        };
        if (part.left >= part.right || part.top >= part.bottom) continue;
        const old = tile.stale ?? part;
        tile.stale = {
          left: Math.min(old.left, part.left), top: Math.min(old.top, part.top),
          right: Math.max(old.right, part.right), bottom: Math.max(old.bottom, part.bottom),
        };
      }
    },
    // The part [x, y, w, h] of the image, on a context scaled to image pixels.
    paint(ctx, [x, y, w, h], tint) {
      if (tint !== colour) clear();
      colour = tint;
      const device = ctx.getTransform().a;
      const step = 2 ** Math.max(0, Math.floor(Math.log2(1 / device)));
      const size = SIDE * step;
      const last = [Math.min(width, x + w), Math.min(height, y + h)];
      ctx.imageSmoothingEnabled = device * step < 1;
      for (let column = Math.max(0, Math.floor(x / size)); column * size < last[0]; column += 1) {
        for (let row = Math.max(0, Math.floor(y / size)); row * size < last[1]; row += 1) {
          const { canvas } = tileAt(column, row, step);
          ctx.drawImage(canvas, column * size, row * size, canvas.width * step, canvas.height * step);
        }
      }
      makeRoom();
    },
  };
}
