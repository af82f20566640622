// Numbers on axes and in legends.

export function number(value) {
  if (value == null) return "–";
  if (Math.abs(value) >= 1e6) return `${+(value / 1e6).toFixed(1)} M`;
  if (Math.abs(value) >= 1e4) return `${+(value / 1e3).toFixed(1)} k`;
  return String(+value.toFixed(Math.abs(value) < 10 ? 2 : 0));
}

export function percent(value) {
  return value == null ? "–" : `${+(100 * value).toFixed(1)} %`;
}

const DAY = 86400;

// A moment on an axis whose marks are so many seconds apart: the day where that is enough, else the time of day.
export function when(seconds, apart) {
  const moment = new Date(1000 * seconds);
  const day = { day: "numeric", month: "short", ...(apart >= 300 * DAY ? { year: "numeric" } : {}) };
  if (apart >= DAY) return moment.toLocaleDateString("en-GB", day);
  const time = { hour: "2-digit", minute: "2-digit", ...(apart < 60 ? { second: "2-digit" } : {}) };
  return moment.toLocaleTimeString("en-GB", time);
}

export function moment(seconds) {
  return seconds == null ? "–" : `${when(seconds, DAY)}, ${when(seconds, 1)}`;
}

export function writer(unit) {
  return unit === "percent" ? percent : number;
}

// Of a colour as the tokens have it, six hexadecimal digits.
export function faded(colour, share) {
  return colour + Math.round(255 * share).toString(16).padStart(2, "0");
}
