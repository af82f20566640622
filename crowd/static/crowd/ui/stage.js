// Where a newcomer is: “Training: 2 of 5”, “Exam: 3 of 10”; nothing once they are at work.

import { call } from "./api.js";
import { gettext, ngettext } from "../words.js";

const WORDS = { training: gettext("Training"), exam: gettext("Exam") };

function percent(mark) {
  return `${Math.round(mark * 100)} %`;
}

// What to say kindly when a stage is over: {kind, title, text}, or null.
export function verdict(before, now, attempts) {
  if (before.stage === "training" && now.stage === "exam") {
    return { kind: "info", title: gettext("Training is done."), text: ngettext("Now comes the exam: the same work on {n} image, without feedback. {mark} must be right; take your time.", "Now comes the exam: the same work on {n} images, without feedback. {mark} of them must be right; take your time.", now.needed, { mark: percent(now.pass_mark) }) };
  }
  if (before.stage === "training" && now.stage === "work") return { kind: "good", title: gettext("Training is done."), text: gettext("From now on your answers count.") };
  if (before.stage === "exam" && now.stage === "work") return { kind: "good", title: gettext("You have passed the exam."), text: gettext("Well done. From now on your answers count.") };
  if (before.stage === "exam" && now.stage === "exam" && now.attempt > before.attempt) {
    const left = Math.max(attempts - now.attempt, 0);
    const more = left ? ngettext("After this one you have {n} more attempt.", "After this one you have {n} more attempts.", left) : gettext("This is the last attempt.");
    return { kind: "warn", title: gettext("Not passed this time."), text: [gettext("It happens. You may try again, with other images."), more, gettext("Reading the guideline again helps.")].join(" ") };
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
    const extra = now.stage === "exam" && now.attempt > 1 ? ` (${gettext("attempt {attempt} of {attempts}", { attempt: now.attempt, attempts })})` : "";
    element.textContent = `${gettext("{stage}: {at} of {needed}", { stage: word, at: Math.min(now.answered + pending() + 1, now.needed), needed: now.needed })}${extra}`;
    element.title = now.stage === "exam" ? gettext("No feedback; {mark} must be right.", { mark: percent(now.pass_mark) }) : gettext("You are shown what was expected.");
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
