// Pointers on the board: two fingers, the wheel and the middle button move the view; everything else goes to the tool.

import { pinched } from "../geometry/views.js";

const WHEEL_STEP = 0.0016;

export function createNavigation(board) {
  const { container } = board;
  const fingers = new Map();
  let panning = null;
  let drawingPointer = null;
  let space = false;
  let pen = null;

  // A hand that rests on the glass while its pen draws.
  const isPalm = (event) => event.pointerType === "touch" && pen !== null && fingers.has(pen);

  function down(event) {
    if (event.button > 1 || isPalm(event)) return;
    container.setPointerCapture(event.pointerId);
    container.focus({ preventScroll: true });
    fingers.set(event.pointerId, board.screenOf(event));
    if (event.pointerType === "pen") pen = event.pointerId;
    board.point(board.screenOf(event));
    if (fingers.size === 2) {
      board.tool?.interrupt ? board.tool.interrupt() : board.tool?.cancel?.(); // a pinch takes back this stroke, not the shape begun
      drawingPointer = panning = null;
      return;
    }
    if (fingers.size > 2) return;
    if (event.button === 1 || space || !board.tool) {
      panning = event.pointerId;
      event.preventDefault();
      return;
    }
    drawingPointer = event.pointerId;
    const answer = board.handle(() => board.tool.down?.(board.pointOf(event), event));
    if (answer === "pan") [panning, drawingPointer] = [event.pointerId, null];
  }

  function move(event) {
    const before = fingers.get(event.pointerId);
    const now = board.screenOf(event);
    if (before) fingers.set(event.pointerId, now);
    if (before && fingers.size === 2) {
      const other = [...fingers].find(([id]) => id !== event.pointerId)[1];
      board.look(pinched(board.view, [other, before], [other, now], board.minimum()));
    } else if (panning === event.pointerId) {
      board.pan([now[0] - before[0], now[1] - before[1]]);
    } else if (drawingPointer === event.pointerId || !fingers.size) {
      board.handle(() => board.tool?.move?.(board.pointOf(event), event));
    }
    board.point(now);
  }

  function up(event) {
    fingers.delete(event.pointerId);
    if (event.pointerType === "touch") board.point(null);
    if (panning === event.pointerId) panning = null;
    if (drawingPointer !== event.pointerId) return;
    drawingPointer = null;
    if (event.type === "pointercancel") board.tool?.cancel?.();
    else board.handle(() => board.tool?.up?.(board.pointOf(event), event));
  }

  function leave() {
    if (fingers.size) return;
    board.point(null);
    board.handle(() => board.tool?.leave?.());
  }

  function wheel(event) {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    const speed = event.ctrlKey ? 5 : 1; // a trackpad's pinch comes as small steps with ctrl
    board.zoom(Math.exp(-event.deltaY * lines * WHEEL_STEP * speed), board.screenOf(event));
  }

  // Held, the space bar makes every drag move the view.
  function hold(value) {
    space = value;
    container.dataset.cursor = space ? "grab" : (board.tool?.cursor ?? "default");
  }

  function key(event) {
    if (event.code !== "Space" || ![container, document.body].includes(event.target)) return;
    hold(event.type === "keydown");
    event.preventDefault();
  }

  const letGo = () => { if (space) hold(false); };
  const handlers = [
    [container, { pointerdown: down, pointermove: move, pointerup: up, pointercancel: up, pointerleave: leave, wheel }],
    [document, { keydown: key, keyup: key }],
    [window, { blur: letGo }],
  ];
  const each = (run) => handlers.forEach(([target, of]) => Object.entries(of).forEach(([type, handler]) => run(target, type, handler)));

  return {
    enable: () => each((target, type, handler) => target.addEventListener(type, handler, { passive: false })),
    disable: () => each((target, type, handler) => target.removeEventListener(type, handler)),
  };
}
