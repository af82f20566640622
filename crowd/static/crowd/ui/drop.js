// Uploading: dropped or chosen files, a few at a time, each with its own progress.

import { createUploads } from "./uploads.js";

export function createDrop(root) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const uploads = createUploads({
    project: root.dataset.project,
    list: part("files"),
    onChange({ waiting, done, duplicates, refused }) {
      part("list").hidden = false;
      const words = [`${done} uploaded`];
      if (duplicates) words.push(`${duplicates} were here already`);
      if (refused) words.push(`${refused} refused`);
      part("summary").textContent = waiting ? `Uploading: ${waiting} to go, ${words.join(", ")}` : words.join(", ");
      part("reload").hidden = waiting > 0 || done === 0;
    },
  });

  part("input").addEventListener("change", (event) => {
    uploads.add([...event.target.files]);
    event.target.value = "";
  });

  const drop = part("drop");
  for (const type of ["dragenter", "dragover"]) {
    drop.addEventListener(type, (event) => {
      event.preventDefault();
      drop.classList.add("drop--over");
    });
  }
  for (const type of ["dragleave", "drop"]) drop.addEventListener(type, () => drop.classList.remove("drop--over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    uploads.add([...event.dataTransfer.files]);
  });
  window.addEventListener("beforeunload", (event) => { if (uploads.busy) event.preventDefault(); });
}
