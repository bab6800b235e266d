// The article: its text in paragraphs, quotes marked in it by their offsets, and the way from a mark to its answer.

import { Offsets, before, paragraphs, pieces } from "./cuts.js";
import { button, element, name, pause, shown } from "./elements.js";

const LARGE = 1_000_000; // units from which short paragraphs are drawn together
const GATHERED = 2000; // units of such a paragraph
const BLOCK = 10_000; // units of a block, which the browser lays out only near the screen
const AT_ONCE = 10; // milliseconds of building before the browser may draw and take input
const SETTLING = 8; // frames in which what is scrolled to may still move
const LONGEST_WORD = 16; // characters a word, on average, in a text that parts its words
const HEADING = /^(#{1,6} )[^\n]{1,300}$/;

export class ArticleView {
  #pane;
  #body;
  #text = "";
  #offsets = new Offsets("");
  #records = [];
  #quotes = [];
  #emphasised = null;
  #building = null;
  #back;

  /** `back(number)` is called when the reader wants to go from a mark to its answer. */
  constructor(pane, body, back) {
    this.#pane = pane;
    this.#body = body;
    this.#back = back;
  }

  /** Show a text, as the server gives it: `text`, `pages`, `language`, `direction`. Resolves when all of it stands. */
  show({ text, pages, language, direction }) {
    const building = { over: false };
    if (this.#building) this.#building.over = true;
    this.#building = building;
    this.#text = text;
    this.#offsets = new Offsets(text);
    this.#records = [];
    this.#quotes = [];
    this.#emphasised = null;
    this.#body.replaceChildren();
    this.#body.lang = language;
    this.#body.dir = direction;
    this.#pane.scrollTop = 0;
    building.done = this.#build(building, pages.map((page) => this.#offsets.unit(page)));
    return building.done;
  }

  async #build(building, pages) {
    this.#body.setAttribute("aria-busy", "true");
    const labels = new Map(pages.map((start, index) => [start, index + 1]));
    let block = null;
    let filled = BLOCK;
    let began = performance.now();
    for (const record of paragraphs(this.#text, pages, this.#text.length > LARGE ? GATHERED : 0)) {
      if (filled >= BLOCK) {
        if (performance.now() - began > AT_ONCE) {
          await pause();
          if (building.over) return;
          began = performance.now();
        }
        block = element("div", { class: "block" });
        this.#body.append(block);
        filled = 0;
      }
      record.from = this.#records.at(-1)?.end ?? 0;
      this.#labelPages(block, labels, record.start);
      record.element = this.#paragraph(record);
      this.#records.push(record);
      this.#fill(record);
      block.append(record.element);
      filled += record.end - record.start;
    }
    this.#body.removeAttribute("aria-busy");
  }

  #labelPages(block, labels, start) {
    for (const [page, number] of labels) {
      if (page > start) return;
      block.append(element("p", { class: "page" }, `Page ${number}`));
      labels.delete(page);
    }
  }

  #paragraph(record) {
    const heading = HEADING.exec(this.#text.slice(record.start, Math.min(record.end, record.start + 310)));
    record.markup = heading ? heading[1].length : 0;
    // In a text from right to left a paragraph can begin with a foreign name, and is still one of its own.
    const dir = this.#body.dir === "rtl" ? null : "auto";
    if (!heading) return element("p", { class: record.continued ? "continued" : null, dir });
    return element("h3", { class: `level-${Math.min(heading[1].length - 1, 3)}`, dir });
  }

  #fill(record) {
    const text = record.start + record.markup;
    const children = pieces(record.start, record.end, this.#quotes, text).flatMap((piece) => {
      const words = shown(this.#text.slice(piece.start, piece.end));
      const content = piece.start < text ? element("span", { class: "markup" }, words) : words;
      if (!piece.quotes.length) return [content];
      const begun = piece.quotes.filter((quote) => begins(quote, record, piece));
      return [...begun.map((quote) => this.#way(quote)), this.#mark(piece.quotes, content)];
    });
    record.element.replaceChildren(...children);
  }

  #mark(quotes, content) {
    const numbers = quotes.map((quote) => quote.number);
    const active = numbers.includes(this.#emphasised);
    return element("mark", { class: active ? "active" : null, "data-numbers": numbers.join(" ") }, content);
  }

  #way(quote) {
    const label = typeof quote.number === "number" ? `Quote ${quote.number}: back to the answer` : "Back to the answer";
    const press = () => this.#back(quote.number);
    return button(String(quote.number), press, { class: "way", "data-way": quote.number, "aria-label": label, title: label });
  }

  /** Mark quotes, `{number, start, end, quote}` in code points. One that does not stand there is left out. */
  mark(quotes) {
    const placed = quotes.map(({ number, start, end, quote }) => {
      return { number, quote, start: this.#offsets.unit(start), end: this.#offsets.unit(end) };
    });
    const stands = ({ start, end, quote }) => start < end && (quote ?? this.#text.slice(start, end)) === this.#text.slice(start, end);
    const here = placed.filter(stands);
    const touched = new Set([...this.#touchedBy(this.#quotes), ...this.#touchedBy(here)]);
    this.#quotes = here;
    this.#emphasised = null;
    for (const record of touched) this.#fill(record);
  }

  #touchedBy(quotes) {
    return quotes.flatMap(({ start, end }) => {
      const first = before(this.#records, (record) => record.end <= start);
      return this.#records.slice(first, before(this.#records, (record) => record.start < end));
    });
  }

  /** Bring out one of the marked quotes; null brings out none. Tells whether it is marked. */
  emphasise(number) {
    this.#emphasised = number;
    for (const mark of this.#body.querySelectorAll("mark")) {
      mark.classList.toggle("active", mark.dataset.numbers.split(" ").includes(String(number)));
    }
    return this.#quotes.some((quote) => quote.number === number);
  }

  /** Scroll to a marked quote and bring it out; with `focus`, the keyboard goes on from there. */
  async reveal(number, { focus = false } = {}) {
    await this.#building?.done;
    this.emphasise(number);
    const mark = this.#body.querySelector("mark.active");
    if (!mark) return;
    const smooth = this.#scrollTo(mark);
    if (focus) this.#body.querySelector(`[data-way="${number}"]`).focus({ preventScroll: true });
    // What lay far away gets its true height only when it is near, and moves then.
    for (let still = 0, frame = 0; still < 2 && frame < SETTLING && !smooth; frame++) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      still = this.#isInView(mark) ? still + 1 : 0;
      if (!still) this.#scrollTo(mark);
    }
  }

  #scrollTo(mark) {
    const [pane, place] = [this.#pane.getBoundingClientRect(), mark.getBoundingClientRect()];
    const near = Math.abs(place.top - pane.top) < 2 * pane.height;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const block = place.height < pane.height / 2 ? "center" : "start";
    mark.scrollIntoView({ block, behavior: near && !calm ? "smooth" : "instant" });
    return near && !calm;
  }

  #isInView(mark) {
    const [pane, place] = [this.#pane.getBoundingClientRect(), mark.getBoundingClientRect()];
    return place.bottom > pane.top && place.top < pane.bottom;
  }
}

// A quote that begins in the space between two paragraphs begins with the second.
function begins(quote, record, piece) {
  return quote.start >= record.from && Math.max(quote.start, record.start) === piece.start;
}

/** Describe a source above its text: title, then what is known of it. A title that the text begins with is not repeated. */
export function describe(head, source, text) {
  // Where no spaces part words, what is counted as one is a whole clause.
  const unparted = source.words && source.characters > LONGEST_WORD * source.words;
  const counted = `${source.words.toLocaleString("en")} words`;
  const words = unparted ? `${source.characters.toLocaleString("en")} characters` : source.words ? counted : "";
  const facts = [source.author, source.date, source.title ? source.name : "", language(source), words].filter(Boolean);
  const title = source.title || source.name;
  const repeated = text.slice(0, title.length + 8).replace(/^#+ /, "").startsWith(title);
  head.replaceChildren(
    element("h2", { dir: "auto", class: repeated ? "unseen" : null }, name(title)),
    element("p", { class: "quiet small" }, ...facts.flatMap((fact, index) => (index ? [" · ", name(fact)] : [name(fact)]))),
  );
}

function language({ language: code }) {
  try {
    return new Intl.DisplayNames(["en"], { type: "language" }).of(code);
  } catch {
    return ""; // it is not known, or what a file says of itself is no language
  }
}
