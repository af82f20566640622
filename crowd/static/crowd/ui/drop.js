// Uploading: files or whole folders, dropped or chosen; how far it is, and a way to stop.

import { createUploads } from "./uploads.js";

const number = (value) => value.toLocaleString("en");
const size = (bytes) => (bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`);
const span = (seconds) => (seconds < 90 ? `${Math.ceil(seconds)} s` : seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`);

function summary({ waiting, done, duplicates, refused, before, failed, cancelled }) {
  const words = [`${number(done)} uploaded`];
  if (before) words.push(`${number(before)} were sent before`);
  if (duplicates) words.push(`${number(duplicates)} were here already`);
  if (refused) words.push(`${number(refused)} refused`);
  if (failed) words.push(`${number(failed)} could not be sent`);
  if (cancelled) words.push("stopped");
  return waiting ? `Uploading: ${number(waiting)} to go, ${words.join(", ")}` : words.join(", ");
}

function pace({ waiting, sent, bytes, speed, timeLeft }) {
  if (!waiting) return "";
  const words = [`${size(sent)} of ${size(bytes)}`];
  if (speed) words.push(`${size(speed)} a second`);
  if (timeLeft !== null) words.push(`about ${span(timeLeft)} left`);
  return words.join(" · ");
}

// Every file in what was dropped, folders and all; their paths tell files of one name apart.
async function filesIn(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return [...transfer.files];
  const found = [];
  while (entries.length) {
    const entry = entries.pop();
    if (entry.isFile) {
      const file = await new Promise((resolve) => entry.file(resolve, () => resolve(null)));
      if (file && !file.name.startsWith(".")) { file.path = entry.fullPath; found.push(file); }
    } else {
      const reader = entry.createReader();
      for (;;) {
        const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
        if (!some.length) break; // a folder is read a hundred entries at a time
        entries.push(...some);
      }
    }
  }
  return found;
}

export function createDrop(root) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const uploads = createUploads({
    project: root.dataset.project,
    direct: root.dataset.direct === "true",
    list: part("files"),
    onChange(state) {
      part("list").hidden = false;
      part("summary").textContent = summary(state);
      part("pace").textContent = pace(state);
      part("whole").hidden = !state.waiting;
      part("whole").value = state.bytes ? state.sent / state.bytes : 0;
      part("stop").hidden = !state.waiting;
      part("again").hidden = state.waiting > 0 || !state.failed;
      part("reload").hidden = state.waiting > 0 || state.done === 0;
    },
  });
  part("stop").addEventListener("click", () => uploads.cancel());
  part("again").addEventListener("click", () => uploads.retry());
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
  drop.addEventListener("drop", async (event) => {
    event.preventDefault();
    uploads.add(await filesIn(event.dataTransfer));
  });
  window.addEventListener("beforeunload", (event) => { if (uploads.busy) event.preventDefault(); });
}
