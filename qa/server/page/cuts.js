// Where a text is cut: offsets, paragraphs, and pieces at the borders of quotes. Nothing here touches the page.

const HIGH = 0xd800;
const LOW = 0xdc00;
const NO_LONGER = 0xe000;

const isLow = (unit) => unit >= LOW && unit < NO_LONGER;

/** The server counts code points, a string here counts UTF-16 units: a character beyond U+FFFF is one there, two here. */
export class Offsets {
  #pairs = []; // where each pair of units begins, in units

  constructor(text) {
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit >= HIGH && unit < LOW && isLow(text.charCodeAt(at + 1))) this.#pairs.push(at++);
    }
  }

  /** Give the offset in units of an offset in code points. */
  unit(point) {
    return point + before(this.#pairs, (start, count) => start - count < point);
  }
}

/** Count the leading entries of `sorted` that fulfil `holds(entry, index)`. */
export function before(sorted, holds) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(sorted[middle], middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

const LONGEST = 5000; // units of a paragraph; a longer one costs too much to lay out again

/**
 * Yield the paragraphs of a text as `{start, end, continued}`, in units; blank lines lie between them. A paragraph ends
 * at each of `borders` at the latest, and is at least `least` long, so that a large text has not too many.
 */
export function* paragraphs(text, borders = [], least = 0) {
  let start = 0;
  let continued = false;
  let blank = -2; // the next blank line, or -1; looked for only once, for a text can have none
  const blankFrom = (from) => {
    if (blank !== -1 && blank < from) blank = text.indexOf("\n\n", from);
    return blank;
  };
  for (;;) {
    while (text[start] === "\n") {
      start++;
      continued = false;
    }
    if (start >= text.length) return;
    const limit = borders[before(borders, (border) => border <= start)] ?? text.length;
    let end = blankFrom(start);
    while (end >= 0 && end - start < least) end = blankFrom(end + 1);
    end = end < 0 ? limit : Math.min(end, limit);
    const cut = end - start > LONGEST;
    if (cut) end = fittingEnd(text, start);
    yield { start, end, continued };
    start = cut && /\s/.test(text[end]) ? end + 1 : end;
    continued = cut;
  }
}

function fittingEnd(text, start) {
  const half = start + LONGEST / 2;
  const last = text.slice(half, start + LONGEST);
  for (const space of ["\n", " "]) {
    const found = last.lastIndexOf(space);
    if (found > 0) return half + found;
  }
  return start + LONGEST - (isLow(text.charCodeAt(start + LONGEST)) ? 1 : 0);
}

/** Cut [start, end) at the union of the borders of `quotes` and at `also`; each piece knows the quotes that cover it. */
export function pieces(start, end, quotes, also = start) {
  const inside = quotes.filter((quote) => quote.start < end && quote.end > start);
  const borders = inside.flatMap((quote) => [quote.start, quote.end]).filter((border) => border > start && border < end);
  const cuts = [...new Set([start, also, ...borders, end])].sort((a, b) => a - b);
  return cuts.slice(1).map((stop, index) => {
    const begin = cuts[index];
    return { start: begin, end: stop, quotes: inside.filter((quote) => quote.start <= begin && stop <= quote.end) };
  });
}
