// Where a newcomer is: “Training: 2 of 5”, “Exam: 3 of 10”; nothing once they are at work.

import { call } from "./api.js";
import { plural } from "./dom.js";

const WORDS = { training: "Training", exam: "Exam" };

function percent(mark) {
  return `${Math.round(mark * 100)} %`;
}

// What to say kindly when a stage is over: {kind, title, text}, or null.
export function verdict(before, now, attempts) {
  if (before.stage === "training" && now.stage === "exam") {
    return { kind: "info", title: "Training is done.", text: `Now comes the exam: the same work on ${plural(now.needed, "image")}, without feedback. ${percent(now.pass_mark)} of them must be right; take your time.` };
  }
  if (before.stage === "training" && now.stage === "work") return { kind: "good", title: "Training is done.", text: "From now on your answers count." };
  if (before.stage === "exam" && now.stage === "work") return { kind: "good", title: "You have passed the exam.", text: "Well done. From now on your answers count." };
  if (before.stage === "exam" && now.stage === "exam" && now.attempt > before.attempt) {
    const left = Math.max(attempts - now.attempt, 0);
    const more = left ? `After this one you have ${plural(left, "more attempt")}.` : "This is the last attempt.";
    return { kind: "warn", title: "Not passed this time.", text: `It happens. You may try again, with other images. ${more} Reading the guideline again helps.` };
  }
  return null;
}

export function createStage({ element, project, first, notices, pending = () => 0 }) {
  const { attempts } = first;
  let now = first;

  function show() {
    const word = WORDS[now?.stage];
    element.hidden = !word;
    if (!word) return;
    const extra = now.stage === "exam" && now.attempt > 1 ? ` (attempt ${now.attempt} of ${attempts})` : "";
    element.textContent = `${word}: ${Math.min(now.answered + pending() + 1, now.needed)} of ${now.needed}${extra}`;
    element.title = now.stage === "exam" ? `No feedback; ${percent(now.pass_mark)} must be right.` : "You are shown what was expected.";
  }

  show();
  return {
    show,
    get training() {
      return now?.stage === "training";
    },
    get working() {
      return !WORDS[now?.stage];
    },
    // After an answer or a skip; whoever is at work is asked nothing.
    async refresh() {
      if (!WORDS[now?.stage]) return;
      try {
        const { body } = await call("GET", `projects/${project}/me/`);
        const told = verdict(now, body.qualification, attempts);
        now = body.qualification;
        if (told) notices.show("stage", { kind: told.kind, body: [told.title, told.text].map((text, i) => (i ? ` ${text}` : text)).join(""), onClose: () => {} });
        show();
      } catch {
        // it is shown again with the next answer
      }
    },
  };
}
