// The sources: a list to read from and to choose from, files that are added, and what becomes of them.

import { Failure, get, remove, upload } from "./api.js";
import { button, byId, element, name, say, shown, sure, warn } from "./elements.js";

const POLL = 600; // milliseconds between two looks at what is being indexed

/** Tell whether a source is on its way. */
export const unfinished = ({ status }) => status === "waiting" || status === "indexing";

export class Sources {
  all = [];
  #left = new Set(); // ids that are not asked
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
    this.#acceptDrops();
  }

  get(id) {
    return this.all.find((source) => source.id === id);
  }

  /** Give the id of the source that citations call `source`. */
  idOf(path) {
    return this.all.find(({ source, status }) => source === path && status === "ready")?.id ?? null;
  }

  /** Say what a source of citations is called, also when it is not open any more. */
  nameOf(path) {
    const source = this.all.find((one) => one.source === path);
    return source ? source.title || source.name : path.split(/[\\/]/).pop();
  }

  get ready() {
    return this.all.filter(({ status }) => status === "ready");
  }

  /** Give those that are asked. */
  get asked() {
    return this.ready.filter(({ id }) => !this.#left.has(id));
  }

  /** Give the ids to ask; null if it is all of them. */
  chosen() {
    return this.asked.length === this.ready.length ? null : this.asked.map(({ id }) => id);
  }

  /** Mark the one that is shown. */
  mark(id) {
    this.#shown = id;
    this.#draw();
  }

  /** Ask the server for the list, and again as long as something is being indexed. */
  async refresh() {
    const before = new Map(this.all.map((source) => [source.id, source]));
    this.all = (await get("/api/v1/sources")).sources;
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
    document.body.classList.toggle("one-source", this.all.length < 2);
    if (key) list.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
  }

  #line(source) {
    const { id, status } = source;
    const title = source.title || source.name;
    const ready = status === "ready";
    const choice = element("input", { type: "checkbox", "data-key": `ask ${id}`, "aria-label": `Ask ${shown(title)}` });
    choice.checked = !this.#left.has(id);
    choice.addEventListener("change", () => {
      if (choice.checked) this.#left.delete(id);
      else this.#left.add(id);
      this.#changed();
    });
    const words = source.title ? source.name : `${source.words.toLocaleString("en")} words`;
    const open = element("button", {
      type: "button", class: "entry", "data-key": `open ${id}`, disabled: !ready,
      "aria-current": this.#shown === id ? "true" : null, on: { click: () => this.#open(id, { chosen: true }) },
    }, name(title), element("span", { class: "quiet small" }, ready ? name(words) : ""));
    return element("li", { class: "source" },
      ready && this.ready.length > 1 ? choice : "",
      open,
      button("Remove", () => this.#remove(source), {
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
