// The images of a project: the grid, what is chosen in it, uploading.

import { h, json } from "../ui/dom.js";
import { createDrop } from "../ui/drop.js";
import { createBulk } from "../ui/grid-bulk.js";
import { createGrid } from "../ui/grid.js";

const data = json("grid-data");
const part = (name) => document.querySelector(`[data-part="${name}"]`);
const query = new URLSearchParams(data.filter);

function tile(item) {
  const box = h("input", { type: "checkbox", class: "tile__box", "aria-label": `Choose ${item.name}`, checked: bulk.has(item.id) });
  box.addEventListener("click", (event) => bulk.toggle(item.id, box.checked, event.shiftKey));
  const picture = h("img", { src: item.thumbnail, alt: "", loading: "lazy", decoding: "async", width: String(item.width), height: String(item.height) });
  const sure = item.confidence === null ? null : h("span", { class: "tile__sure muted num", title: "Confidence" }, item.confidence.toFixed(2));
  return h("li", { class: "tile", dataset: { id: String(item.id) } },
    h("a", { class: "tile__picture", href: item.href, tabindex: "-1", "aria-hidden": "true" }, picture),
    h("label", { class: "tile__choose" }, box),
    h("div", { class: "tile__text" },
      h("a", { class: "tile__name", href: item.href, title: item.name }, item.name),
      h("span", { class: "tile__foot" }, h("span", { class: `badge badge--${item.state}` }, item.word), sure, h("span", { class: "muted num", title: "Answers" }, `${item.labels} / ${item.overlap}`))));
}

async function load(cursor) {
  const page = new URLSearchParams(query);
  if (cursor) page.set("after", cursor);
  const response = await fetch(`${data.tiles}?${page}`, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  return response.json();
}

function status({ count, looked, busy, failed, over }) {
  part("empty").hidden = count > 0 || !over;
  const line = part("status");
  const rare = looked > count + 1000;
  line.hidden = !failed && !(rare && !over) && !(over && count > 60);
  if (failed) line.replaceChildren("The server cannot be reached. ", h("button", { type: "button", class: "link", onclick: () => grid.retry() }, "Try again"));
  else if (over) line.textContent = `${count.toLocaleString("en")} images.`;
  else line.textContent = `${busy ? "Looking further: " : ""}${count.toLocaleString("en")} found among ${looked.toLocaleString("en")}.`;
}

const grid = createGrid({ list: part("tiles"), make: tile, load, onChange: status });
const bulk = createBulk({
  root: document,
  project: data.project,
  filter: data.filter,
  grid,
  onChoice() {
    for (const element of part("tiles").children) {
      element.querySelector("input").checked = bulk.has(Number(element.dataset.id));
      element.classList.toggle("tile--chosen", bulk.has(Number(element.dataset.id)));
    }
  },
  onDone: () => load("").then((page) => grid.begin(page), () => grid.retry()),
});

part("pages")?.remove();
grid.begin(data.page);
if (data.bulk) bulk.watch(data.bulk);

part("filter").addEventListener("change", (event) => { if (event.target.name === "state") part("filter").requestSubmit(); });
// Empty fields would only lengthen the address.
part("filter").addEventListener("formdata", (event) => {
  for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
});

const upload = document.getElementById("upload");
if (upload) {
  createDrop(upload);
  const show = part("show-upload");
  show.addEventListener("click", () => {
    upload.hidden = !upload.hidden;
    show.setAttribute("aria-expanded", String(!upload.hidden));
  });
}
