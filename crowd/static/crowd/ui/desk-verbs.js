// What a reviewer does with a conflict beside settling it.

import { call, uniqueKey } from "./api.js";

export function createVerbs(desk) {
  const { part } = desk;
  const comment = () => part("comment").value.trim();

  // Some things need a reason; it is written where comments are.
  function reasoned(run, why) {
    if (comment()) return run(comment());
    part("comment").focus();
    return desk.complain([why]);
  }

  return {
    gold() { part("gold").checked = !part("gold").checked; },
    again() {
      const { task } = desk.item.data;
      return reasoned((reason) => desk.send({ path: `tasks/${task}/ask/`, body: { reason }, words: "Asked again" }), "Say in the comment what is wrong; then ask again.");
    },
    exclude() {
      const { task } = desk.item.data;
      return desk.send({ method: "PATCH", path: `tasks/${task}/`, body: { state: "excluded", reason: comment() }, words: "Excluded" });
    },
    escalate() {
      const { conflict } = desk.item.data;
      if (!conflict) return desk.complain(["There is no open conflict to hand on."]);
      return reasoned((reason) => desk.send({ path: `conflicts/${conflict.id}/escalate/`, body: { reason }, words: "Escalated" }), "Say in the comment what an expert should look at; then escalate.");
    },
    // Said at once, and kept with the conflict, whatever the ruling will be.
    async say() {
      const { item } = desk;
      const { conflict } = item.data;
      if (!conflict) return desk.complain(["There is no open conflict to say it of; the comment is kept with the ruling."]);
      if (!comment()) return desk.complain(["Write the comment first."]);
      try {
        const { body } = await call("POST", `conflicts/${conflict.id}/comments/`, { text: comment() }, { key: uniqueKey() });
        conflict.comments.push(body);
        if (desk.item === item) part("comment").value = "";
        return desk.told();
      } catch (error) {
        return desk.complain([error.message]);
      }
    },
  };
}
