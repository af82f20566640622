// Putting entries in order: by dragging their handle, or with the arrow keys on it.

export function movable(item, handle, { place, onMove }) {
  handle.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    onMove(place + step);
  });
  handle.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    handle.focus();
    handle.setPointerCapture(event.pointerId);
    item.classList.add("node--moving");
    let target = place;

    const mark = () => {
      [...item.parentElement.children].forEach((sibling, index) => {
        sibling.classList.toggle("node--before", index === target && target < place);
        sibling.classList.toggle("node--after", index === target && target > place);
      });
    };
    const move = (now) => {
      const boxes = [...item.parentElement.children].map((sibling) => sibling.getBoundingClientRect());
      const under = boxes.findIndex((box) => now.clientY < box.bottom);
      target = now.clientY < boxes[0].top ? 0 : under === -1 ? boxes.length - 1 : under;
      mark();
    };
    const end = (last) => {
      handle.removeEventListener("pointermove", move);
      for (const name of ["pointerup", "pointercancel"]) handle.removeEventListener(name, end);
      item.classList.remove("node--moving");
      const wanted = last.type === "pointerup" ? target : place;
      target = place;
      mark();
      if (wanted !== place) onMove(wanted);
    };
    handle.addEventListener("pointermove", move);
    for (const name of ["pointerup", "pointercancel"]) handle.addEventListener(name, end);
  });
}
