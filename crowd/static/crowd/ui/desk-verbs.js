// What a reviewer does with a conflict beside settling it.

export function createVerbs(desk) {
  const { part } = desk;
  const comment = () => part("comment").value.trim();

  // Some things need a reason; it is written where comments are.
  function reasoned(run, why) {
    if (comment()) return run();
    part("comment").focus();
    return desk.complain([why]);
  }

  return {
    get canEscalate() { return false; },
    gold() { part("gold").checked = !part("gold").checked; },
    again() {
      const { task } = desk.item.data;
      return reasoned(() => desk.send({ path: `tasks/${task}/reopen/`, body: { reason: comment() }, words: "Asked again" }), "Say in the comment why one more answer is needed.");
    },
    exclude() {
      const { task } = desk.item.data;
      return desk.send({ method: "PATCH", path: `tasks/${task}/`, body: { state: "excluded" }, words: "Excluded" });
    },
    escalate() {},
  };
}
