// COCO's compressed run lengths: pixels column by column, runs of zeros and ones in turn, zeros first. From the fourth on
// a run is written as its difference to the one two before; each number as groups of five bits, lowest first, a character
// (48 + group, + 32 where more follow) each; the last group's highest bit is the sign.

const FIRST = 48;
const MORE = 0x20;
const LONGEST = 7; // groups: every 32-bit run and its difference to another

// The run lengths that a string says; it throws on one that is no such string.
export function runsOf(counts) {
  const runs = [];
  let number = 0;
  let group = 0;
  for (let i = 0; i < counts.length; i += 1) {
    const code = counts.charCodeAt(i) - FIRST;
    if (code < 0 || code > 63 || group >= LONGEST) throw new Error("These are no compressed run lengths.");
    number += (code & 0x1f) * 32 ** group;
    group += 1;
    if (code & MORE) continue;
    if (code & 0x10) number -= 32 ** group;
    const run = runs.length > 2 ? number + runs[runs.length - 2] : number;
    if (run < 0) throw new Error("A run is of negative length.");
    runs.push(run);
    [number, group] = [0, 0];
  }
  if (group) throw new Error("The last run is cut off.");
  return runs;
}

export function countsOf(runs) {
  const letters = [];
  runs.forEach((run, i) => {
    let rest = i > 2 ? run - runs[i - 2] : run;
    let more = true;
    while (more) {
      const group = rest & 0x1f;
      rest >>= 5;
      more = rest !== (group & 0x10 ? -1 : 0);
      letters.push(String.fromCharCode(FIRST + group + (more ? MORE : 0)));
    }
  });
  return letters.join("");
}

// Where each run ends.
export function endsOf(runs) {
  const ends = new Uint32Array(runs.length);
  let at = 0;
  runs.forEach((run, i) => { ends[i] = at += run; });
  return ends;
}

// Runs of `length` pixels from spans [start, end) that are sorted; spans that touch or overlap become one.
export function runsFromSpans(spans, length) {
  const runs = [];
  let at = 0; // runs are written up to here, the last one being of ones
  for (const [start, end] of spans) {
    if (end <= Math.max(start, at)) continue;
    if (runs.length && start <= at) runs[runs.length - 1] += end - at;
    else runs.push(start - at, end - start);
    at = end;
  }
  if (at < length || !runs.length) runs.push(length - at);
  return runs;
}

// The first run that ends after a position.
export function runAt(ends, position) {
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle] > position) high = middle;
    else low = middle + 1;
  }
  return low;
}
