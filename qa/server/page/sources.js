// The sources: a list to read from and to choose from, files that are added, and what becomes of them.

import { Failure, get, remove, upload } from "./api.js";
import { button, byId, element, name, say, shown, sure, warn } from "./elements.js";

const POLL = 600; // milliseconds between two looks at what is being indexed
const LISTED = 200; // documents of a collection; the others are found by a part of their names
const TYPING = 250; // milliseconds without a key before they are looked for

/** Tell whether a source is on its way. */
export const unfinished = ({ status }) => status === "waiting" || status === "indexing";

export class Sources {
  all = [];
  total = 0;
  collection = ""; // the name of the one that is served; its documents are all asked while none is chosen
  #met = new Map(); // documents that are not in the list, by id
  #marked = new Set(); // ids whose mark was changed: in a collection they are chosen, else left out
  #shown = null;
  #open;
  #changed;
  #polling = false;

  /** `open(id)` shows a source; `changed()` is called when the sources or the choice among them are others. */
  constructor({ open, changed }) {
    this.#open = open;
    this.#changed = changed;
    byId("add").addEventListener("click", () => byId("files").click());
    byId("files").addEventListener("change", () => {
      this.add([...byId("files").files]);
      byId("files").value = "";
    });
    let typing;
    byId("find").addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(() => this.refresh().catch((error) => warn(error.message)), TYPING);
    });
    this.#acceptDrops();
  }

  get(id) {
    return this.all.find((source) => source.id === id) ?? this.#met.get(id);
  }

  /** Tell whether citations of `path` can be followed, as far as that is known without asking. */
  mayHold(path) {
    return this.collection !== "" || this.all.some(({ source }) => source === path);
  }

  /** Give the id of the source that citations call `path`; null if it is none. */
  async idOf(path) {
    const known = this.all.find(({ source, status }) => source === path && status === "ready");
    if (known || !this.collection) return known?.id ?? null;
    const { sources } = await get(`/api/v1/sources?query=${encodeURIComponent(path)}`);
    const found = sources.find(({ source }) => source === path);
    if (found) this.#met.set(found.id, found);
    return found?.id ?? null;
  }

  /** Get to know the source of an address, if it is a document beyond the list. */
  async meet(id) {
    if (!id || !this.collection || this.get(id)) return;
    const text = await get(`/api/v1/sources/${encodeURIComponent(id)}/text`).catch(() => null);
    if (text) await this.idOf(text.source);
  }

  /** Say what a source of citations is called, also when it is not open any more. */
  nameOf(path) {
    const source = this.all.find((one) => one.source === path);
    return source ? source.title || source.name : path.split(/[\\/]/).pop();
  }

  get ready() {
    return this.all.filter(({ status }) => status === "ready");
  }

  /** Give those that are asked; in a collection, those that were chosen. */
  get asked() {
    if (this.collection) return [...this.#marked].map((id) => this.get(id)).filter((source) => source?.status === "ready");
    return this.ready.filter(({ id }) => !this.#marked.has(id));
  }

  /** Tell whether there is something to ask. */
  get any() {
    return this.collection ? this.total > 0 : this.asked.length > 0;
  }

  /** Give the ids to ask; null if it is all of them. */
  chosen() {
    const asked = this.asked.map(({ id }) => id);
    const all = this.collection ? !asked.length : asked.length === this.ready.length;
    return all ? null : asked;
  }

  /** Say what is asked. */
  get scope() {
    const asked = this.asked.length;
    const all = this.collection ? this.total : this.ready.length;
    const what = this.collection ? `documents of ${this.collection}` : "sources";
    return all > 1 ? `Asks ${this.chosen() ? `${asked} of` : "all"} ${all.toLocaleString("en")} ${what}.` : "";
  }

  /** Mark the one that is shown. */
  mark(id) {
    this.#shown = id;
    this.#draw();
  }

  /** Ask the server for the list, and again as long as something is being indexed. */
  async refresh() {
    const before = new Map(this.all.map((source) => [source.id, source]));
    const query = byId("find").value.trim();
    const { sources, total, collection } = await get(`/api/v1/sources?query=${encodeURIComponent(query)}`);
    if (query !== byId("find").value.trim()) return;
    // A document that is chosen or shown stays so when the list shows others.
    const kept = ({ id, uploaded }) => collection && !uploaded && (this.#marked.has(id) || id === this.#shown);
    for (const source of this.all.filter(kept)) this.#met.set(source.id, source);
    Object.assign(this, { all: collection ? sources.slice(0, LISTED) : sources, total, collection });
    byId("find").hidden = !query && total <= this.all.length;
    this.#draw();
    for (const source of this.all) this.#tell(source, before.get(source.id));
    this.#changed();
    this.#poll();
  }

  async #poll() {
    if (this.#polling || !this.all.some(unfinished)) return;
    this.#polling = true;
    await new Promise((resolve) => setTimeout(resolve, POLL));
    this.#polling = false;
    this.refresh().catch((error) => warn(error.message));
  }

  #tell(source, before) {
    if (!before || before.status === source.status) return;
    const title = shown(source.name);
    if (source.status === "ready") say(`${title} can be asked now.`);
    if (source.status === "failed") say(`${title} could not be read: ${source.error}`);
    if (source.status === "ready" && source.uploaded) this.#open(source.id);
  }

  /** Add files, one after the other. */
  async add(files) {
    for (const file of files) {
      const line = element("li", { class: "source" }, name(file.name), element("p", { class: "quiet small" }, "Sending …"));
      byId("sources").append(line);
      try {
        // A short text can be ready before the list is asked for again.
        this.all.push(await upload(file));
        say(`${shown(file.name)} is being read.`);
      } catch (error) {
        warn(`${file.name}: ${error.message}`);
      }
      line.remove();
    }
    await this.refresh().catch((error) => warn(error.message));
  }

  async #remove(source) {
    const lost = source.uploaded
      ? "The copy on the server and its index are deleted; answers keep the quotes that they have."
      : "The file itself stays where it is; qa serve opens it again.";
    const harmless = source.status === "failed";
    if (!harmless && !(await sure(`Remove ${source.name} from the sources? ${lost}`, "Remove"))) return;
    try {
      await remove(`/api/v1/sources/${encodeURIComponent(source.id)}`);
    } catch (error) {
      if (!(error instanceof Failure) || error.status !== 404) warn(error.message);
    }
    await this.refresh().catch((error) => warn(error.message));
    byId("add").focus();
  }

  #draw() {
    const list = byId("sources");
    const key = document.activeElement?.dataset.key;
    list.replaceChildren(...this.all.map((source) => this.#line(source)));
    document.body.classList.toggle("one-source", this.total < 2);
    if (key) list.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
  }

  #line(source) {
    const { id, status } = source;
    const title = source.title || source.name;
    const ready = status === "ready";
    const choice = element("input", { type: "checkbox", "data-key": `ask ${id}`, "aria-label": `Ask ${shown(title)}` });
    const usual = !this.collection;
    choice.checked = this.#marked.has(id) !== usual;
    choice.addEventListener("change", () => {
      if (choice.checked === usual) this.#marked.delete(id);
      else this.#marked.add(id);
      this.#changed();
    });
    const length = source.words ? `${source.words.toLocaleString("en")} words` : `${source.characters.toLocaleString("en")} characters`;
    const words = source.title ? source.name : length;
    const open = element("button", {
      type: "button", class: "entry", "data-key": `open ${id}`, disabled: !ready,
      "aria-current": this.#shown === id ? "true" : null, on: { click: () => this.#open(id, { chosen: true }) },
    }, name(title), element("span", { class: "quiet small" }, ready ? name(words) : ""));
    return element("li", { class: "source" },
      ready && this.ready.length > 1 ? choice : "",
      open,
      // A document stays in its collection.
      this.collection && !source.uploaded ? "" : button("Remove", () => this.#remove(source), {
        class: "plain remove", "data-key": `remove ${id}`, "aria-label": `Remove ${shown(title)}`,
      }),
      unfinished(source) ? progress(source) : "",
      status === "failed" ? element("p", { class: "error small" }, shown(source.error ?? "It could not be read.")) : "");
  }

  #acceptDrops() {
    const hint = byId("drop");
    const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
    document.addEventListener("dragover", (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      hint.hidden = byId("panes").hidden;
    });
    document.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) hint.hidden = true;
    });
    document.addEventListener("drop", (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      hint.hidden = true;
      if (!byId("panes").hidden) this.add([...event.dataTransfer.files]);
    });
  }
}

function progress({ name: title, progress: done, status }) {
  const bar = element("progress", { max: 1, "aria-label": `Indexing ${shown(title)}` });
  if (status === "indexing" && done > 0) bar.value = done;
  const said = status === "waiting" ? "Waiting" : `Indexing, ${Math.round(done * 100)} %`;
  return element("div", { class: "progress" }, bar, element("span", { class: "quiet small" }, said));
}
