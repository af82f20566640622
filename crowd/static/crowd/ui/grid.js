// A grid of however many tiles: only those near the screen are in the page, the rest is empty space of the right height.

const AHEAD = 1.5; // screens kept ready above and below
const FETCH_AHEAD = 4; // screens before the end at which more is asked for

// `make(item)` returns a tile's element; `load(cursor)` the next {tiles, cursor, looked_at}.
export function createGrid({ list, make, load, onChange }) {
  let items = [];
  let cursor = "";
  let looked = 0;
  let busy = false;
  let failed = false;
  let turn = 0;
  let elements = new Map(); // id → element, of what is in the page
  let shape = { columns: 1, row: 200 };

  function measure() {
    const style = getComputedStyle(list);
    const columns = style.gridTemplateColumns.split(" ").length;
    const first = list.firstElementChild;
    const gap = parseFloat(style.rowGap) || 0;
    if (first) shape = { columns, row: first.getBoundingClientRect().height + gap };
    else shape = { ...shape, columns };
  }

  function bounds() {
    const top = -list.getBoundingClientRect().top;
    const screen = window.innerHeight;
    const rows = Math.ceil(items.length / shape.columns);
    const from = Math.min(Math.max(0, Math.floor((top - AHEAD * screen) / shape.row)), Math.max(0, rows - 1));
    const to = Math.min(rows, Math.max(from + 1, Math.ceil((top + (1 + AHEAD) * screen) / shape.row)));
    return { from, to, rows };
  }

  function show() {
    const { from, to, rows } = bounds();
    const kept = new Map();
    for (const item of items.slice(from * shape.columns, to * shape.columns)) kept.set(item.id, elements.get(item.id) ?? make(item));
    const wanted = [...kept.values()];
    const same = wanted.length === list.children.length && wanted.every((element, index) => list.children[index] === element);
    if (!same) {
      const focused = document.activeElement;
      list.replaceChildren(...wanted);
      if (focused && focused !== document.activeElement && list.contains(focused)) focused.focus({ preventScroll: true });
    }
    elements = kept;
    list.style.paddingTop = `${from * shape.row}px`;
    list.style.paddingBottom = `${Math.max(0, rows - to) * shape.row}px`;
  }

  function near() {
    return list.getBoundingClientRect().bottom < (1 + FETCH_AHEAD) * window.innerHeight;
  }

  async function fill() {
    if (busy) return;
    busy = true;
    const mine = turn;
    while (mine === turn && cursor && !failed && near()) {
      onChange(state());
      try {
        take(await load(cursor), mine);
      } catch {
        failed = mine === turn;
      }
    }
    busy = false;
    if (mine === turn) onChange(state());
    else fill();
  }

  function take(page, mine) {
    if (mine !== turn) return;
    const known = new Set(items.slice(-500).map((item) => item.id));
    items.push(...page.tiles.filter((item) => !known.has(item.id)));
    cursor = page.cursor;
    looked += page.looked_at;
    render();
  }

  function render() {
    if (!list.children.length && items.length) show();
    measure();
    show();
  }

  function state() {
    return { count: items.length, looked, busy, failed, over: !cursor };
  }

  let frame = 0;
  const ask = () => {
    if (!frame) {
      frame = requestAnimationFrame(() => {
        frame = 0;
        show();
        fill();
      });
    }
  };
  window.addEventListener("scroll", ask, { passive: true });
  new ResizeObserver(() => {
    measure();
    ask();
  }).observe(list.parentElement);

  return {
    get items() {
      return items;
    },
    get state() {
      return state();
    },
    element: (id) => elements.get(id),
    // Begins anew with a page that is here already.
    begin(page) {
      turn += 1;
      [items, cursor, looked, failed, elements] = [[], "", 0, false, new Map()];
      list.replaceChildren();
      take(page, turn);
      fill();
      onChange(state());
    },
    retry() {
      failed = false;
      fill();
    },
  };
}
