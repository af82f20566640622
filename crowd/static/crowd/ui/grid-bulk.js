// Choosing tiles and changing what is chosen: named, or all that match the filter.

import { call, uniqueKey } from "./api.js";
import { plural } from "./dom.js";
import { toast } from "./toasts.js";

const EVERY = 1000; // milliseconds between looks at a change under way

export function createBulk({ root, project, filter, grid, onChoice, onDone }) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const form = part("bulk-form");
  const chosen = new Set();
  let all = false;
  let last = null; // the one chosen before, where a range begins
  let running = null;

  const word = (count) => count.toLocaleString("en");

  function show() {
    const any = all || chosen.size > 0;
    part("bulk").hidden = !any || running !== null;
    part("bulk-count").textContent = all ? "All that match" : `${word(chosen.size)} chosen`;
    part("bulk-all").hidden = all;
    const { action } = form.elements;
    for (const input of form.querySelectorAll("[data-for]")) input.hidden = !input.dataset.for.split(" ").includes(action.value);
    onChoice();
  }

  function set(id, on) {
    if (on) chosen.add(id);
    else chosen.delete(id);
  }

  // With Shift all between this one and the one before.
  function toggle(id, on, range) {
    all = false;
    const ids = grid.items.map((item) => item.id);
    const [from, to] = [ids.indexOf(last), ids.indexOf(id)].sort((a, b) => a - b);
    if (range && from >= 0) ids.slice(from, to + 1).forEach((each) => set(each, on));
    else set(id, on);
    last = id;
    show();
  }

  function clear() {
    chosen.clear();
    all = false;
    last = null;
    show();
  }

  function sure(action) {
    const what = all ? "all images that match the filter" : plural(chosen.size, "image");
    const words = form.elements.action.selectedOptions[0].textContent.toLowerCase();
    if (action === "gold") return window.confirm(`Make the consensus of ${what} the known answer? Workers are judged by it from now on.`);
    return !(all || action === "exclude") || window.confirm(`${words[0].toUpperCase()}${words.slice(1)}: ${what}?`);
  }

  async function begin(event) {
    event.preventDefault();
    const data = new FormData(form);
    const action = data.get("action");
    if (!sure(action)) return;
    const body = { action, ...(all ? { filter } : { ids: [...chosen] }) };
    if (["priority", "overlap"].includes(action)) body.value = Number(data.get("value"));
    if (action === "skill") body.skill = data.get("skill");
    if (action === "reopen") body.reason = data.get("reason");
    try {
      const { body: made } = await call("POST", `projects/${project}/tasks/bulk/`, body, { key: uniqueKey() });
      chosen.clear();
      all = false;
      if (made.state === "running") watch(made.id);
      else finish(made);
    } catch (error) {
      toast(error.message, { kind: "bad" });
    }
  }

  function said({ done, unchanged, refused }) {
    return [`${word(done)} changed`, unchanged && `${word(unchanged)} were so already`, refused && `${word(refused)} left as they are`].filter(Boolean).join(", ");
  }

  function finish(made) {
    running = null;
    part("progress").hidden = true;
    const why = made.faults[0] ? ` ${made.faults[0].detail}` : "";
    toast(`${made.state === "cancelled" ? "Stopped: " : ""}${said(made)}.${why}`, { kind: made.refused ? "warn" : "info" });
    show();
    onDone();
  }

  async function watch(id) {
    running = id;
    show();
    part("progress").hidden = false;
    part("progress-text").textContent = "Going on in the background…";
    while (running === id) {
      try {
        const { body: made } = await call("GET", `projects/${project}/tasks/bulk/${id}/`);
        if (made.state !== "running") return finish(made);
        part("progress-text").textContent = `Going on in the background: ${said(made)}.`;
      } catch (error) {
        if (!error.passing) throw error;
      }
      await new Promise((resolve) => { setTimeout(resolve, EVERY); });
    }
    return null;
  }

  form.addEventListener("submit", begin);
  form.elements.action.addEventListener("change", show);
  part("bulk-clear").addEventListener("click", clear);
  part("bulk-all").addEventListener("click", () => { chosen.clear(); all = true; show(); });
  part("progress-cancel").addEventListener("click", () => call("POST", `projects/${project}/tasks/bulk/${running}/cancel/`).catch((error) => toast(error.message, { kind: "bad" })));

  return { has: (id) => all || chosen.has(id), toggle, watch };
}
