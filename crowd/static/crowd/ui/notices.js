// Things to be known, over the image until they are put away; never a window in the way.

import { h, icon } from "./dom.js";
import { gettext } from "../words.js";

// {show(id, content…)}: a notice of the same id takes the old one's place.
export function createNotices(area) {
  function hide(id) {
    area.querySelector(`[data-notice="${CSS.escape(id)}"]`)?.remove();
  }
  return {
    hide,
    show(id, { kind = "info", role = "status", sign = null, body, actions = [], onClose = null }) {
      hide(id);
      const close = () => { hide(id); onClose?.(); };
      area.append(
        h("div", { class: `notice notice--${kind} flow-notice`, role, dataset: { notice: id } },
          sign ? icon(sign) : null,
          h("div", { class: "flow-notice__body" }, body),
          actions,
          onClose === null ? null : h("button", { type: "button", class: "button button--quiet button--icon", "aria-label": gettext("Close"), onclick: close }, icon("x"))),
      );
    },
  };
}
