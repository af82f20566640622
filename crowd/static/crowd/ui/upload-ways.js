// How one file gets to the server: posted to it, or put into its bucket and then judged by it.

import { ApiError, call, csrf } from "./api.js";

const LATER = { kind: "later", text: "The server could not be reached." };

// {status, body}; 0 when nobody answered or it was given up.
function request(method, url, { headers = {}, body, type = "", signal, onProgress, site = true }) {
  return new Promise((resolve) => {
    const made = new XMLHttpRequest();
    made.open(method, url);
    if (site) made.setRequestHeader("X-CSRFToken", csrf());
    for (const [name, value] of Object.entries(headers)) made.setRequestHeader(name, value);
    made.responseType = type;
    made.upload.addEventListener("progress", (event) => onProgress(event.loaded));
    made.addEventListener("load", () => resolve({ status: made.status, body: made.response }));
    for (const end of ["error", "abort"]) made.addEventListener(end, () => resolve({ status: 0, body: null }));
    signal.addEventListener("abort", () => made.abort(), { once: true });
    made.send(body);
  });
}

const passing = (status) => status === 0 || status === 429 || status >= 500;

// Through our own server, which reads it at once.
export function byPost(project) {
  return async (file, { signal, onProgress }) => {
    const form = new FormData();
    form.append("file", file, file.name);
    const { status, body } = await request("POST", `/api/v1/projects/${project}/images/`, {
      headers: { Accept: "application/json" }, body: form, type: "json", signal, onProgress,
    });
    if (passing(status)) return LATER;
    if (status === 413) return { kind: "refused", text: body?.detail ?? "The file is too large." };
    if (status !== 201) return { kind: "refused", text: body?.detail ?? `The server answered ${status}.` };
    if (body.rejected.length) return { kind: "refused", text: body.rejected[0].detail };
    return body.duplicates.length ? { kind: "duplicate", text: "Here already" } : { kind: "done", text: "Uploaded" };
  };
}

async function digest(file) {
  if (!globalThis.crypto?.subtle) return undefined; // not over TLS: the server finds it out itself
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const KINDS = { done: "done", duplicate: "duplicate", refused: "refused" };
const told = ({ state, detail }) => ({ kind: KINDS[state] ?? "later", text: detail });

const MISSES = 3;

// Into the bucket by an address that is good for this file alone; the server then looks at what came. A bucket that
// never answers, as one whose rules do not let this site in, is left: the files go through the server.
export function byBucket(project) {
  const post = byPost(project);
  let answered = false;
  let misses = 0;
  return async (file, { signal, onProgress }) => {
    if (!answered && misses >= MISSES) return post(file, { signal, onProgress });
    try {
      const asked = { name: file.name, bytes: file.size, sha256: await digest(file) };
      const { body } = await call("POST", `projects/${project}/uploads/`, { files: [asked] });
      const [upload] = body.results;
      if (upload.state !== "waiting") return told(upload);
      const { status } = await request("PUT", upload.url, { body: new Blob([file]), signal, onProgress, site: false, headers: upload.headers });
      if (status) answered = true;
      else if (!signal.aborted) misses += 1;
      if (status !== 200) return { kind: "later", text: `The bucket answered ${status}.` };
      const { body: done } = await call("POST", `uploads/${upload.id}/complete/`);
      return told(done);
    } catch (error) {
      if (error instanceof ApiError && !error.passing) return { kind: "refused", text: error.message };
      return LATER;
    }
  };
}
