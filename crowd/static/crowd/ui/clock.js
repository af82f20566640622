// Seconds spent on one image while its page was in front.

export function createClock() {
  let total = 0;
  let since = null;
  const visible = () => document.visibilityState !== "hidden";
  const stop = () => {
    if (since !== null) total += performance.now() - since;
    since = null;
  };
  document.addEventListener("visibilitychange", () => {
    if (visible()) since ??= performance.now();
    else stop();
  });
  return {
    restart(seconds = 0) {
      total = seconds * 1000;
      since = visible() ? performance.now() : null;
    },
    get seconds() {
      const running = since === null ? 0 : performance.now() - since;
      return Math.round((total + running) / 100) / 10;
    },
  };
}
