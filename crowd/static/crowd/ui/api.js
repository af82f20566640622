// The HTTP API, as the signed-in user.

import { gettext } from "../words.js";

export class ApiError extends Error {
  constructor(status, { code = "error", detail = "", errors = {} } = {}) {
    super(detail || gettext("The server answered {status}.", { status }));
    Object.assign(this, { status, code, errors });
  }

  // Worth sending again, unchanged, later.
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

// The cookie first: after signing in again in another tab it is the one that holds, not what this page was made with.
export function csrf() {
  const cookie = /(?:^|; )(?:__Host-)?csrftoken=([^;]+)/.exec(document.cookie)?.[1];
  return cookie ?? document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

export function uniqueKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Browsers carry no more than 64 kB past the end of a page.
export const outlives = (body) => JSON.stringify(body).length < 60_000;

let skew = 0; // of this computer's clock against the server's, in ms

// The server's time, as far as its last answer told: leases end by that clock.
export function now() {
  return Date.now() + skew;
}

export function setClock(time) {
  skew = Date.parse(time) - Date.now() || 0;
}

async function readError(response) {
  try {
    return new ApiError(response.status, await response.json());
  } catch {
    return new ApiError(response.status, {});
  }
}

// {status, body, headers}; throws ApiError, with status 0 when the server cannot be reached.
export async function call(method, path, body = undefined, { key = null, keepalive = false, signal = undefined } = {}) {
  // the page's language, whatever the browser's: what is refused is told in the words around it
  const headers = { Accept: "application/json", "Accept-Language": document.documentElement.lang || "en", "X-CSRFToken": csrf() };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  let response;
  try {
    response = await fetch(`/api/v1/${path}`, {
      method,
      headers,
      keepalive,
      signal,
      credentials: "same-origin",
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, { code: "offline", detail: gettext("The server cannot be reached.") });
  }
  if (!response.ok) throw await readError(response);
  if (response.headers.has("Date") && Math.abs(Date.parse(response.headers.get("Date")) - now()) > 5000) setClock(response.headers.get("Date"));
  return { status: response.status, headers: response.headers, body: response.status === 204 ? null : await response.json() };
}
