// The conversation: asks, shows what comes, keeps what the next question leans on.

import { events, get } from "./api.js";
import { byId, hush, say, shown, warn } from "./elements.js";
import { Turn } from "./turn.js";

const UNTITLED = "New conversation";

export class Chat {
  conversation = null; // the id under which the server keeps it
  turns = [];
  #turnOf = new WeakMap();
  #asking = null;
  #sources;
  #nameOf;
  #isOpen;
  #kept;
  #answered;

  /**
   * `sources()` gives the ids to ask, null for all; `nameOf(source)` what a source of citations is called, `isOpen(source)`
   * whether it can be asked. `kept(id)` is called when the server keeps the conversation, `answered(turn)` when an answer
   * is whole.
   */
  constructor({ sources, nameOf, isOpen, kept, answered }) {
    this.#isOpen = isOpen;
    this.#sources = sources;
    this.#nameOf = nameOf;
    this.#kept = kept;
    this.#answered = answered;
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    byId("question").addEventListener("keydown", (event) => {
      // While a word is put together from an input method, Enter chooses it.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    byId("stop").addEventListener("click", () => this.#asking?.abort());
  }

  #submit() {
    const field = byId("question");
    const question = field.value.trim();
    if (!question || this.#asking) return;
    field.value = "";
    this.ask(question);
  }

  /** Ask a question, and show the answer as it comes. */
  async ask(question) {
    if (this.#asking) return;
    const asking = new AbortController();
    this.#busy(asking);
    const body = this.#request(question);
    const turn = this.#begin(question);
    try {
      for await (const { event, data } of events("/api/v1/ask", body, asking.signal)) this.#take(turn, event, data);
      if (!turn.answer) throw new Error("The connection broke off before the answer was whole. Try again.");
    } catch (error) {
      if (asking.signal.aborted) turn.stop();
      else turn.fail(error, () => this.#again(turn));
      turn.element.scrollIntoView({ block: "nearest" });
    } finally {
      if (this.#asking === asking) this.#busy(null);
    }
    if (turn.answer && this.turns.includes(turn)) this.#answered(turn);
  }

  #request(question) {
    const sources = this.#sources();
    const answered = this.turns.filter(({ answer }) => answer);
    const body = { question };
    if (sources) body.sources = sources;
    if (this.conversation || !answered.length) body.conversation = this.conversation ?? "new";
    else body.history = answered.map((turn) => [turn.question, turn.answer.answer]);
    return body;
  }

  #take(turn, event, data) {
    if (event === "conversation" && this.turns.includes(turn)) this.#keep(data.id);
    if (event === "evidence") turn.found(data);
    if (event === "text") turn.add(data.text);
    if (event === "answer") say(turn.complete(data));
    if (event === "error") throw new Error(data.error);
    // A long answer is read from its beginning.
    const long = turn.element.clientHeight > byId("talk").clientHeight;
    turn.element.scrollIntoView({ block: long ? "start" : "nearest" });
  }

  #keep(id) {
    if (id === this.conversation) return;
    this.conversation = id;
    this.#kept(id);
  }

  #again(turn) {
    turn.element.remove();
    this.turns = this.turns.filter((other) => other !== turn);
    this.ask(turn.question);
    byId("question").focus();
  }

  #begin(question) {
    hush();
    const turn = new Turn(question, this.turns.filter(({ answer }) => answer).length + 1, this.#nameOf);
    this.turns.push(turn);
    this.#turnOf.set(turn.element, turn);
    byId("turns").append(turn.element);
    this.#head();
    turn.element.scrollIntoView({ block: "end" });
    return turn;
  }

  #busy(asking) {
    this.#asking = asking;
    const stoppedWithin = document.activeElement === byId("stop");
    byId("ask").hidden = Boolean(asking);
    byId("stop").hidden = !asking;
    if (!asking && stoppedWithin) byId("question").focus();
  }

  #head() {
    byId("chat-title").textContent = shown(this.turns[0]?.question ?? UNTITLED);
    byId("new").hidden = !this.turns.length;
    byId("welcome").hidden = this.turns.length > 0;
  }

  /** Begin a new conversation. */
  clear() {
    this.#asking?.abort();
    this.#busy(null);
    hush();
    this.conversation = null;
    this.turns = [];
    byId("turns").replaceChildren();
    this.#head();
  }

  /** Go on with a conversation that the server keeps; a `Failure` leaves everything as it was. */
  async open(id) {
    const { answers } = await get(`/api/v1/conversations/${encodeURIComponent(id)}`);
    this.clear();
    this.conversation = id;
    for (const answer of answers) this.#begin(answer.question).complete(answer);
    const cited = new Set(answers.flatMap((answer) => answer.citations.map(({ source }) => source)));
    const closed = [...cited].filter((source) => !this.#isOpen(source)).map((source) => this.#nameOf(source));
    if (closed.length) warn(`This conversation is about an article that is not open: ${closed.join(", ")}. What you ask now is asked of the open ones.`);
  }

  /** Give the turn that an element is part of, and the quote that it stands for, or null. */
  quoteAt(target) {
    const turn = this.#turnOf.get(target.closest?.(".turn"));
    const holder = target.closest?.("[data-citation], [data-candidate]");
    const quote = turn && holder && turn.quoteAt(holder);
    return quote ? { turn, quote, holder } : null;
  }

  /** Find what `cite` of the address means, such as "2.1"; null if it is not there. */
  cited(cite) {
    const [answer, number] = cite.split(".").map(Number);
    const turn = this.turns.filter((one) => one.answer)[answer - 1];
    const quote = turn?.answer.citations.find((citation) => citation.number === number);
    return quote ? { turn, quote } : null;
  }
}
