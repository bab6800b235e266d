// Kept conversations: listed, opened, exported, deleted.

import { Failure, get, remove } from "./api.js";
import { button, byId, element, shown, sure, warn } from "./elements.js";

const FORMS = { md: "Markdown", html: "Web page", jsonl: "JSON lines" };
const when = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "numeric", minute: "2-digit" });

export class Conversations {
  #open;
  #deleted;
  #shown = null;
  #all = [];

  /** `open(id)` shows a conversation; `deleted(id)` is called when one is gone. */
  constructor({ open, deleted }) {
    this.#open = open;
    this.#deleted = deleted;
  }

  /** Mark the one that is shown; null for none. */
  mark(id) {
    this.#shown = id;
    this.#draw();
  }

  async refresh() {
    this.#all = (await get("/api/v1/conversations")).conversations;
    this.#draw();
  }

  #draw() {
    const none = element("li", { class: "quiet small" }, "What you ask is kept here, on this machine.");
    byId("conversations").replaceChildren(...(this.#all.length ? this.#all.map((one) => this.#line(one)) : [none]));
  }

  #line({ id, title, turns, updated }) {
    const questions = turns === 1 ? "1 question" : `${turns} questions`;
    const at = new Date(updated);
    const open = element("button", {
      type: "button", class: "entry", "aria-current": this.#shown === id ? "true" : null, on: { click: () => this.#open(id) },
    }, element("span", { dir: "auto" }, shown(title)),
    element("span", { class: "quiet small" }, `${questions}, ${Number.isNaN(at.getTime()) ? updated : when.format(at)}`));
    const path = `/api/v1/conversations/${encodeURIComponent(id)}`;
    const files = Object.entries(FORMS).map(([form, said]) =>
      element("a", { href: `${path}/export?format=${form}`, download: "" }, said));
    return element("li", { class: "conversation" }, open,
      element("details", { class: "more" },
        element("summary", { "aria-label": `More: export or delete ${shown(title)}` }, "More"),
        element("div", { class: "actions" }, element("span", { class: "quiet small" }, "Export as"), ...files,
          button("Delete", () => this.#delete(id, title, path), { class: "plain" }))));
  }

  async #delete(id, title, path) {
    if (!(await sure(`Delete the conversation “${title}”? It cannot be brought back.`, "Delete"))) return;
    try {
      await remove(path);
    } catch (error) {
      // What somebody else has deleted is deleted.
      if (!(error instanceof Failure) || error.status !== 404) return warn(error.message);
    }
    this.#deleted(id);
    await this.refresh().catch((error) => warn(error.message));
    byId("question").focus();
  }
}
