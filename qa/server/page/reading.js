// What ties the answers to the article: quotes are marked where they stand, and there is a way there and back.

import { get } from "./api.js";
import { ArticleView, describe } from "./article.js";
import { button, byId, shown } from "./elements.js";
import { goTo } from "./address.js";
import { CANDIDATE } from "./turn.js";

const wide = matchMedia("(min-width: 720px)");

export class Reading {
  current = null; // the text that is shown, as the server gave it
  #view = new ArticleView(byId("article"), byId("article-text"), (number) => this.#back(number));
  #opening = null; // the text that is shown, or on its way
  #turn = null; // whose quotes are marked
  #chosen = null; // the quote that was gone to, and its turn
  #from = null; // the button that led there
  #sources;
  #look;

  /** `sources` is the list of sources; `look(part)` brings a part of the page to the front on a small screen. */
  constructor({ sources, look }) {
    this.#sources = sources;
    this.#look = look;
  }

  /** Show a source, again from the server if `fresh`; resolves to false if it cannot be shown or another came first. */
  open(id, { fresh = false } = {}) {
    if (!fresh && this.#opening?.id === id) return this.#opening.done;
    this.#opening?.stop.abort();
    const opening = { id, stop: new AbortController() };
    this.#opening = opening;
    opening.done = this.#load(opening);
    return opening.done;
  }

  async #load(opening) {
    this.#note("Opening the article …");
    try {
      const text = await get(`/api/v1/sources/${encodeURIComponent(opening.id)}/text`, opening.stop.signal);
      if (this.#opening !== opening) return false;
      this.#note("");
      this.#show(text);
      return true;
    } catch (error) {
      if (this.#opening !== opening) return false;
      this.#opening = null;
      this.#note(error.message, () => this.open(opening.id));
      return false;
    }
  }

  #show(text) {
    const source = this.#sources.get(text.id);
    this.current = text;
    this.#turn = null;
    this.#chosen = null;
    document.title = `${shown(source.title || source.name)} – Article QA`;
    describe(byId("article-head"), source, text.text);
    this.#view.show(text);
    this.#sources.mark(text.id);
  }

  /** Show no text but why there is none. */
  close(reason) {
    this.#opening?.stop.abort();
    this.#opening = null;
    this.current = null;
    this.#note(reason);
    byId("article-head").replaceChildren();
    this.#view.show({ text: "", pages: [], language: "en", direction: "ltr" });
  }

  #note(text, again) {
    const note = byId("article-note");
    note.hidden = !text;
    note.replaceChildren(shown(text), ...(again ? [" ", button("Try again", again)] : []));
  }

  /** Show the first quote of an answer that has just come. */
  async present(turn) {
    const [quote] = turn.answer.citations;
    if (quote && (await this.#goTo({ turn, quote })) && wide.matches) this.#view.reveal(quote.number);
  }

  /** Go to a quote, because its button `holder` was pressed. */
  async follow({ turn, quote, holder }) {
    this.#look("article");
    if (!(await this.#goTo({ turn, quote }))) return;
    if (quote.number !== CANDIDATE) goTo({ source: this.current.id, cite: `${turn.number}.${quote.number}` });
    this.#from = holder;
    await this.#view.reveal(quote.number, { focus: true });
  }

  /** Go to a quote, because the address says so; a place without an answer has no turn. */
  async restore({ turn, quote }) {
    if (await this.#goTo({ turn, quote })) await this.#view.reveal(quote.number);
  }

  /** Bring out a quote while its button is pointed at or has the focus, if its article is shown. */
  point({ turn, quote }) {
    if (quote.number !== CANDIDATE && this.#isFrom(quote)) this.#mark({ turn, quote });
  }

  /** Bring out again what was gone to. */
  leave() {
    if (this.#chosen && this.#isFrom(this.#chosen.quote)) this.#mark(this.#chosen);
    else this.#view.emphasise(null);
  }

  /** Mark nothing any more: the answers are gone. */
  forget() {
    this.#turn = null;
    this.#chosen = null;
    this.#view.mark([]);
  }

  #isFrom({ source, document_sha256: hash }) {
    return this.current?.source === source && (!hash || hash === this.current.sha256);
  }

  /** Open the article of a quote and mark it there; tells whether it stands there. */
  async #goTo({ turn, quote }) {
    const id = await this.#sources.idOf(quote.source);
    if (!id) {
      this.#note("The article of this quote is not among the sources any more.");
      return false;
    }
    if (!(await this.open(id))) return false;
    // The text may have been loaded before the article was changed.
    if (!this.#isFrom(quote) && !(await this.open(id, { fresh: true }))) return false;
    this.#from = null;
    this.#chosen = { turn, quote };
    const stands = this.#mark(this.#chosen);
    this.#note(stands ? "" : "The article has changed since this answer: the quote no longer stands there.");
    return stands;
  }

  /** Mark the quotes of an answer that stand in the article that is shown, or a lone quote; tells whether it stands. */
  #mark({ turn, quote }) {
    const alone = quote.number === CANDIDATE;
    if (alone || this.#turn !== turn) {
      this.#view.mark(alone ? [quote] : turn.answer.citations.filter(({ source }) => source === quote.source));
      this.#turn = alone ? null : turn;
    }
    return this.#view.emphasise(quote.number);
  }

  #back() {
    const way = this.#from?.isConnected ? this.#from : this.#chosen?.turn?.buttonOf(this.#chosen.quote.number);
    this.#look("chat");
    way?.scrollIntoView({ block: "nearest" });
    (way ?? byId("question")).focus();
  }
}
