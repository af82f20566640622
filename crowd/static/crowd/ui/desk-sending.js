// Rulings on their way: each can be taken back for a few seconds, while the next conflict is already there.

import { uniqueKey } from "./api.js";
import { createHolding } from "./holding.js";
import { createOutbox } from "./outbox.js";
import { toast } from "./toasts.js";

export function createSending({ root, shelf, page, onUndo }) {
  const pending = new Set();
  const outbox = createOutbox({
    shelf,
    onChange: ({ signedOut }) => { root.querySelector('[data-part="signed-out"]').hidden = !signedOut; },
    onSent: ({ about }) => { pending.delete(about?.task); },
    onRefused: ({ about }, error) => {
      pending.delete(about?.task);
      const box = toast(`${about?.name ?? "A ruling"}: ${error.message}`, { kind: "bad" });
      if (!about) return;
      const link = document.createElement("a");
      link.href = `${page}${about.task}/`;
      link.textContent = "Look at it again";
      box.querySelector("p").append(" ", link);
    },
  });
  const holding = createHolding({ bar: root.querySelector('[data-part="undo"]'), outbox, onUndo: (item) => { pending.delete(item.data.task); onUndo(item); } });
  outbox.flush();

  return {
    pending: () => [...pending],
    undo: () => holding.undo(),
    // False when this browser cannot keep it.
    send(item, { method = "POST", path, body, words }) {
      const { task, image } = item.data;
      const held = holding.hold(item, { method, path, body, key: uniqueKey(), about: { task, name: image.name } }, { words });
      if (held) pending.add(task);
      return held;
    },
  };
}
