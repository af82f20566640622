// Files to the API, one request each, three at a time; refused ones say why and stay on the list.

import { csrf } from "./api.js";
import { h } from "./dom.js";

const AT_ONCE = 3;
const SHOWN = 200;

function send(project, file, onProgress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append("file", file, file.name);
    request.open("POST", `/api/v1/projects/${project}/images/`);
    request.setRequestHeader("X-CSRFToken", csrf());
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => event.lengthComputable && onProgress(event.loaded / event.total));
    request.addEventListener("load", () => resolve({ status: request.status, body: request.response }));
    request.addEventListener("error", () => resolve({ status: 0, body: null }));
    request.send(form);
  });
}

// {kind: "done" | "duplicate" | "refused", text}
function outcome({ status, body }) {
  if (status === 0) return { kind: "refused", text: "The server could not be reached." };
  if (status === 413) return { kind: "refused", text: body?.detail ?? "The file is too large." };
  if (status !== 201) return { kind: "refused", text: body?.detail ?? `The server answered ${status}.` };
  if (body.rejected.length) return { kind: "refused", text: body.rejected[0].detail };
  if (body.duplicates.length) return { kind: "duplicate", text: "Here already" };
  return { kind: "done", text: "Uploaded" };
}

function row(file) {
  const state = h("span", { class: "muted small" }, "Waiting");
  const bar = h("progress", { max: 1, value: 0, "aria-label": `Progress of ${file.name}` });
  const element = h("li", {}, h("span", { class: "uploads__name" }, file.name), state, bar);
  return {
    element,
    progress(share) {
      bar.value = share;
      state.textContent = share < 1 ? `${Math.round(share * 100)} %` : "Being read";
    },
    finish({ kind, text }) {
      bar.remove();
      state.textContent = kind === "refused" ? "Refused" : text;
      if (kind === "refused") element.append(h("span", { class: "uploads__fault" }, text));
    },
  };
}

export function createUploads({ project, list, onChange }) {
  const waiting = [];
  const counts = { done: 0, duplicates: 0, refused: 0 };
  let running = 0;
  const tell = () => onChange({ waiting: waiting.length + running, ...counts });

  async function next() {
    if (running >= AT_ONCE || !waiting.length) return;
    const { file, line } = waiting.shift();
    running += 1;
    const result = outcome(await send(project, file, line.progress));
    running -= 1;
    counts[{ done: "done", duplicate: "duplicates", refused: "refused" }[result.kind]] += 1;
    line.finish(result);
    if (result.kind === "refused") list.prepend(line.element);
    else if (list.children.length > SHOWN) line.element.remove();
    tell();
    next();
  }

  return {
    get busy() {
      return running > 0 || waiting.length > 0;
    },
    add(files) {
      for (const file of files) {
        const line = row(file);
        waiting.push({ file, line });
        list.append(line.element);
      }
      tell();
      for (let i = 0; i < AT_ONCE; i += 1) next();
    },
  };
}
