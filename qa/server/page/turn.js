// One question and what became of it: the answer as it comes, its citations as buttons, its quotes, its detail.

import { details, percent } from "./detail.js";
import { button, direction, element, name, say, shown } from "./elements.js";

/** Stands in the place of a number for a candidate, which has none. */
export const CANDIDATE = "←";

const MARKER = /(\[\d{1,3}\])/;
// A sentence of an answer ends with its markers: "... of bread [1] [2]."
const BETWEEN_SENTENCES = /(?<=\[\d{1,3}\][.!?…。！？؟।۔]?)\s+(?!\[\d{1,3}\])/;
const IN_ONE_PARAGRAPH = 2; // sentences; more of them, as of a summary, stand apart
const SHOWN_IN_FULL = 3; // quotes; of more of them the first line is shown
const WORDS = [[0.9, "Very sure"], [0.75, "Sure"], [0.5, "Fairly sure"], [0, "Not very sure"]];

// The word is that of the number which is shown.
const confidence = (value) => `${WORDS.find(([least]) => Math.round(value * 100) >= least * 100)[1]}, ${percent(value)}`;

export class Turn {
  answer = null;
  evidence = null;
  #nameOf;
  #content = element("div", { class: "answer", dir: "auto" });
  #state = element("p", { class: "state quiet" }, "Looking in the article …");
  #below = element("div", { class: "below" });

  /** `number` counts the answers of a conversation from 1; `nameOf(source)` is what a source of citations is called. */
  constructor(question, number, nameOf) {
    this.#nameOf = nameOf;
    this.question = question;
    this.number = number;
    const asked = element("h3", { class: "question", dir: "auto" }, shown(question));
    const parts = [asked, this.#content, this.#state, this.#below];
    this.element = element("article", { class: "turn", "aria-label": `Question ${number}` }, ...parts);
  }

  /** Take what an answer is going to rest on. */
  found(evidence) {
    this.evidence = evidence;
    this.#state.textContent = "Writing the answer …";
  }

  /** Show the next piece of the answer. */
  add(text) {
    this.#content.append(shown(text));
    say(text.replaceAll(/\s*\[\d{1,3}\]/g, ""));
  }

  /** Show the whole answer, with citations that can be followed. */
  complete(answer) {
    this.answer = answer;
    this.#state.remove();
    const said = answer.status === "answered";
    this.element.classList.toggle("unsaid", !said);
    this.#content.replaceChildren(...(said ? this.#sentences(answer) : [element("p", { dir: "auto" }, shown(answer.answer))]));
    this.#below.replaceChildren(
      said ? element("p", { class: "confidence quiet small" }, confidence(answer.confidence)) : this.#nearest(),
      said ? quotes(answer.citations, this.#nameOf) : "",
      element("div", { class: "foot" }, said ? this.#copy() : "", details(answer, this.evidence, this.#nameOf)),
    );
    const count = answer.citations.length === 1 ? "1 quote" : `${answer.citations.length} quotes`;
    return said ? `${count}. ${confidence(answer.confidence)}.` : answer.answer;
  }

  #sentences(answer) {
    const sentences = answer.answer.split(BETWEEN_SENTENCES);
    const groups = sentences.length > IN_ONE_PARAGRAPH ? sentences : [answer.answer];
    return groups.map((text) => element("p", { dir: "auto" }, ...linked(text, answer.citations)));
  }

  #nearest() {
    if (!this.evidence) return ""; // it is not kept
    const best = this.evidence.candidates[0];
    if (!best) return element("p", { class: "quiet small" }, "Nothing in it answers this.");
    const show = button("Show it", () => {}, { class: "plain", "data-candidate": 0 });
    const chance = `The nearest place is ${percent(best.probability)} likely to answer it.`;
    return element("p", { class: "quiet small" }, `${chance} `, show);
  }

  #copy() {
    const copy = button("Copy", async () => {
      const lines = this.answer.citations.map((c) => `[${c.number}] “${c.quote}” (${this.#nameOf(c.source)}, characters ${c.start}-${c.end})`);
      try {
        await navigator.clipboard.writeText([this.answer.answer, ...lines].join("\n"));
        copy.textContent = "Copied";
      } catch {
        copy.textContent = "The browser does not let this page copy";
      }
      say(copy.textContent);
      setTimeout(() => (copy.textContent = "Copy"), 2000);
    }, { class: "plain", title: "Copy the answer with its quotes" });
    return copy;
  }

  /** Say that it was stopped. */
  stop() {
    this.#state.textContent = "Stopped.";
  }

  /** Say what went wrong, and offer to try again. */
  fail(failure, again) {
    this.#state.remove();
    this.#content.replaceChildren();
    const line = element("p", { class: "error", role: "alert" }, shown(failure.message));
    this.#below.replaceChildren(line, button("Try again", again));
  }

  /** Give the citation or candidate that an element of this turn stands for; null for others. */
  quoteAt(target) {
    const { citation, candidate } = target.dataset;
    if (citation) return this.answer.citations.find(({ number }) => number === Number(citation));
    return candidate ? { ...this.evidence.candidates[Number(candidate)], number: CANDIDATE } : null;
  }

  /** Give the first button of a citation. */
  buttonOf(number) {
    return this.element.querySelector(`[data-citation="${number}"]`) ?? this.element.querySelector("[data-candidate]");
  }
}

function linked(text, citations) {
  return text.split(MARKER).map((piece) => {
    const cited = MARKER.test(piece) && citations.find(({ number }) => `[${number}]` === piece);
    return cited ? citationButton(cited) : shown(piece);
  });
}

function citationButton({ number }) {
  const label = `Quote ${number}: show it in the article`;
  return element("button", { type: "button", class: "citation", "data-citation": number, "aria-label": label }, `[${number}]`);
}

function quotes(citations, nameOf) {
  const many = citations.length > SHOWN_IN_FULL;
  const items = citations.map((citation) => element("li", {}, quoteButton(citation, nameOf)));
  return element("ol", { class: many ? "quotes many" : "quotes", "aria-label": "Quotes" }, ...items);
}

function quoteButton({ number, quote, source, page }, nameOf) {
  return element("button", { type: "button", class: "quote", dir: direction(quote), "data-citation": number },
    element("span", { class: "number" }, `[${number}]`),
    element("q", { dir: "auto" }, shown(quote)),
    element("span", { class: "quiet small place" },
      element("span", { class: "of" }, name(nameOf(source))), page ? element("span", {}, `page ${page}`) : ""));
}
