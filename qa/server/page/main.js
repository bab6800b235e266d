// Puts the page together: who is let in, what the address says, and which part tells which.

import { goTo, place, takeToken } from "./address.js";
import { Failure, enter, get } from "./api.js";
import { Chat } from "./chat.js";
import { Conversations } from "./conversations.js";
import { button, byId, element, shown, warn } from "./elements.js";
import { Reading } from "./reading.js";
import { Sources, unfinished } from "./sources.js";
import { CANDIDATE } from "./turn.js";

const OF_THE_WHOLE = ["What is the article about?", "Who is quoted?"];
const WELCOME = "Every answer comes with the words of the article that it rests on. What the article does not say is not answered.";

const sources = new Sources({
  open: async (id, { chosen = false } = {}) => {
    if (chosen) look("article");
    if (await reading.open(id)) goTo({ source: id, cite: null }, { replace: !chosen });
  },
  changed: () => {
    scope();
    suggest();
    if (!entered) return;
    if (reading.current && !sources.get(reading.current.id)) reading.close(nothing());
    if (!reading.current) apply();
  },
});
const reading = new Reading({ sources, look });
const chat = new Chat({
  sources: () => sources.chosen(),
  nameOf: (path) => sources.nameOf(path),
  isOpen: (path) => sources.mayHold(path),
  kept: (id) => goTo({ conversation: id }, { replace: true }),
  answered: (turn) => {
    reading.present(turn);
    conversations.refresh().then(() => conversations.mark(chat.conversation), () => {});
  },
});
const conversations = new Conversations({
  open: (id) => {
    look("chat");
    goTo({ conversation: id, cite: null });
    apply();
  },
  deleted: (id) => {
    if (chat.conversation === id) begin();
  },
});

/** Bring one part of the page to the front, where there is room for one alone. */
function look(part) {
  document.body.dataset.view = part;
  for (const tab of document.querySelectorAll(".views button")) {
    tab.setAttribute("aria-pressed", String(tab.dataset.view === part));
  }
}

/** Show what the address says. */
async function apply() {
  const { source, quote, cite, conversation } = place();
  try {
    if (conversation !== chat.conversation) {
      if (conversation) await chat.open(conversation);
      else chat.clear();
      reading.forget();
    }
  } catch (error) {
    goTo({ conversation: chat.conversation }, { replace: true });
    if (!(error instanceof Failure) || error.status !== 404) warn(error.message);
    else warn("That conversation is not kept any more.");
  }
  conversations.mark(chat.conversation);
  await sources.meet(source);
  const cited = (cite && chat.cited(cite)) || linked(source, quote);
  if (cited) return reading.restore(cited);
  const first = sources.get(source)?.status === "ready" ? source : (reading.current?.id ?? sources.ready[0]?.id);
  if (!first) reading.close(nothing());
  else if (await reading.open(first)) goTo({ source: first, cite: null }, { replace: true });
}

function linked(source, quote) {
  const [, start, end] = /^(\d+)-(\d+)$/.exec(quote ?? "") ?? [];
  const path = sources.get(source)?.source;
  return path && end ? { turn: null, quote: { number: CANDIDATE, source: path, start: Number(start), end: Number(end) } } : null;
}

const nothing = () => (sources.all.some(unfinished) ? "The article is being indexed …" : "There is nothing to read. Add a file to begin.");

function begin() {
  goTo({ conversation: null, cite: null });
  chat.clear();
  reading.forget();
  conversations.mark(null);
  look("chat");
  byId("question").focus();
}

function scope() {
  const waiting = sources.all.some(unfinished) ? " What is being indexed is not asked yet." : "";
  byId("scope").textContent = sources.scope + waiting;
  byId("ask").disabled = !sources.any;
  byId("question").placeholder = sources.any ? "Ask about the article" : "Choose or add a source first";
}

const wide = matchMedia("(min-width: 1100px)"); // there is room for the library beside the rest
let entered = false;
let suggestedFor = null;

async function suggest() {
  const source = sources.asked[0];
  byId("welcome-text").textContent = sources.any ? WELCOME : "";
  if (suggestedFor === (source?.id ?? "")) return;
  suggestedFor = source?.id ?? "";
  // In another language the server knows them.
  const overall = source?.language === "en" ? OF_THE_WHOLE : [];
  offer(overall);
  if (!source) return;
  const { questions } = await get(`/api/v1/sources/${encodeURIComponent(source.id)}/suggestions`).catch(() => ({ questions: [] }));
  if (suggestedFor === source.id) offer([...new Set([...questions, ...overall])]);
}

function offer(questions) {
  byId("suggestions").replaceChildren(
    ...questions.map((question) => element("li", { dir: "auto" }, button(shown(question), () => {
      chat.ask(question);
      byId("question").focus();
    }))),
  );
}

function listen() {
  const talk = byId("talk");
  const at = (event) => chat.quoteAt(event.target);
  for (const event of ["mouseover", "focusin"]) {
    talk.addEventListener(event, (happened) => {
      const found = at(happened);
      if (found) reading.point(found);
    });
  }
  for (const event of ["mouseout", "focusout"]) talk.addEventListener(event, (happened) => at(happened) && reading.leave());
  talk.addEventListener("click", (event) => {
    const found = at(event);
    if (found) reading.follow(found);
  });
  for (const tab of document.querySelectorAll(".views button")) tab.addEventListener("click", () => look(tab.dataset.view));
  byId("new").addEventListener("click", begin);
  byId("skip").addEventListener("click", () => {
    look("chat");
    byId("question").focus();
  });
  byId("library-toggle").addEventListener("click", () => openLibrary(byId("library").classList.contains("closed")));
  addEventListener("popstate", arrive);
  document.addEventListener("locked", () => lock("The server does not know this browser, or it was started anew."));
  byId("library").addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || wide.matches) return;
    openLibrary(false);
    byId("library-toggle").focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    byId("skip").click();
  });
  byId("entrance-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const given = byId("token").value.trim();
    byId("token").value = "";
    start(given.includes("token=") ? new URLSearchParams(given.split("#").pop()).get("token") : given);
  });
}

function openLibrary(open) {
  byId("library").classList.toggle("closed", !open);
  byId("library-toggle").setAttribute("aria-expanded", String(open));
}

/** Say how to get in. */
function lock(reason) {
  byId("panes").hidden = true;
  byId("entrance").hidden = false;
  byId("entrance-reason").textContent = reason;
  byId("token").focus();
}

/** Come in with a token, or with the cookie of an earlier visit, and show everything. */
async function start(token) {
  try {
    if (token !== null) await enter(token);
    byId("entrance").hidden = true;
    byId("panes").hidden = false;
    await sources.refresh();
    await conversations.refresh().catch((error) => warn(error.message));
    await apply();
    entered = true;
    byId("question").focus({ preventScroll: true });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.status !== 401) lock(error.message);
    else lock(token === null ? "There is no key for it in this browser yet." : "This key does not fit. Was the server started anew?");
  }
}

/** The address has changed: by back and forward, or by a new token behind it. */
function arrive() {
  const token = takeToken();
  if (token === null) apply();
  else start(token);
}

look("chat");
openLibrary(wide.matches);
listen();
start(takeToken());
