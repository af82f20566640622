// One image, one tab: what a tab has in its line is locked in this browser until the tab goes.

const WAIT = 500; // ms; a page that is being reloaded has not quite let go yet

const gone = new Promise((resolve) => window.addEventListener("pagehide", resolve));

const ask = (name, options) =>
  new Promise((resolve) => {
    navigator.locks
      .request(name, options, (lock) => {
        resolve(lock !== null);
        return lock && gone; // held as long as the page is there; one that only sleeps in the browser's cache has no image
      })
      .catch(() => resolve(false));
  });

async function lock(name) {
  if (await ask(name, { ifAvailable: true })) return true;
  return ask(name, { signal: AbortSignal.timeout(WAIT) });
}

// {take(id)}: true once this tab alone has it. `onOther` is told when another tab labels in the same project.
export function createTabs({ user, project, onOther }) {
  if (!navigator.locks) return { take: async () => true };
  const mine = new Map();
  lock(`crowd:${user}:${project}:bench`).then((alone) => { if (!alone) onOther(); });
  return {
    take(id) {
      if (!mine.has(id)) mine.set(id, lock(`crowd:${user}:assignment:${id}`).then((got) => { if (!got) mine.delete(id); return got; }));
      return mine.get(id);
    },
  };
}
