// Where a newcomer is: “Training: 2 of 5”, “Exam: 3 of 10”; nothing once they are at work.

import { call } from "./api.js";
import { toast } from "./toasts.js";

const WORDS = { training: "Training", exam: "Exam" };

function tell(before, { stage, attempt }) {
  if (before.stage === "training" && stage === "exam") toast("Training is done. Now comes the exam: the same work, without feedback.");
  else if (before.stage === "training" && stage === "work") toast("Training is done. From now on your answers count.", { kind: "good" });
  else if (before.stage === "exam" && stage === "work") toast("You have passed the exam. From now on your answers count.", { kind: "good" });
  else if (before.stage === "exam" && stage === "exam" && attempt > before.attempt) toast("You have not passed the exam. You may try again, with other images.", { kind: "warn" });
}

export function createStage({ element, project, first }) {
  let now = first;

  function show() {
    const word = WORDS[now?.stage];
    element.hidden = !word;
    if (!word) return;
    element.textContent = `${word}: ${Math.min(now.answered + 1, now.needed)} of ${now.needed}`;
    element.title = now.stage === "exam" ? `No feedback; ${Math.round(now.pass_mark * 100)} % must be right.` : "You are shown what was expected.";
  }

  show();
  return {
    // After an answer or a skip; whoever is at work is asked nothing.
    async refresh() {
      if (!WORDS[now?.stage]) return;
      try {
        const { body } = await call("GET", `projects/${project}/me/`);
        tell(now, body.qualification);
        now = body.qualification;
        show();
      } catch {
        // it is shown again with the next answer
      }
    },
  };
}
