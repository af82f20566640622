// The colours of the theme in force, for what is painted on a canvas.

const NAMES = {
  text: "--text-2",
  grid: "--line",
  line: "--accent",
  quiet: "--line-strong",
  good: "--good-fill",
  warn: "--warn-fill",
  bad: "--bad-fill",
  second: "--label-2",
  third: "--label-3",
};

export function colours() {
  const style = getComputedStyle(document.documentElement);
  const found = Object.fromEntries(Object.entries(NAMES).map(([name, token]) => [name, style.getPropertyValue(token).trim()]));
  return { ...found, font: `12px ${style.getPropertyValue("--font").trim() || "sans-serif"}` };
}
