// The keypoints of the selected object by name, each seen, occluded or left out: chosen and changed without hitting a dot.

import { ABSENT, placed, restored } from "../geometry/keypoints.js";
import { h } from "./dom.js";
import { gettext } from "../words.js";

const STATES = [["2", gettext("visible")], ["1", gettext("occluded")], ["0", gettext("left out")]];

function changed(points, place, v) {
  if (v === 0) return points.with(place, ABSENT);
  const there = points[place][2] > 0 ? points : restored(points, place);
  return there.with(place, [there[place][0], there[place][1], v]);
}

export function createPoints(editor, object, index) {
  const names = editor.classOf(object.label)?.keypoints ?? [];
  const points = object.keypoints;
  const set = (place, v) => {
    const next = changed(points, place, v);
    if (!placed(next).length) {
      editor.say(gettext("One point at least must stay. Delete the whole object instead."));
      return editor.render();
    }
    editor.changeObject(index, { ...object, keypoints: next });
    return editor.takeHandle(v ? `v0.${place}` : null);
  };
  const row = (name, place) => {
    const v = String(points[place]?.[2] ?? 0);
    const taken = editor.handle === `v0.${place}`;
    return h("li", { class: `keypoint${taken ? " keypoint--taken" : ""}` },
      h("button", { type: "button", class: "keypoint__name", disabled: v === "0", dataset: { focus: `point-${index}-${place}` }, onclick: () => editor.takeHandle(taken ? null : `v0.${place}`) }, name),
      h("select", {
        class: "input", "aria-label": `${name} is`, disabled: editor.readOnly, dataset: { focus: `state-${index}-${place}` },
        onchange: (event) => set(place, Number(event.target.value)),
      }, STATES.map(([value, text]) => h("option", { value, selected: value === v }, text))));
  };
  return h("ul", { class: "keypoints plain", "aria-label": gettext("Keypoints") }, names.map(row));
}
