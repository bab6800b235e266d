// Elements made from text. Whatever comes from an article, a file name or a model becomes a text node and nothing else.

/** Make an element. `properties` are attributes; `on` holds listeners by event; children are elements or texts. */
export function element(name, { on = {}, ...attributes } = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  for (const [event, listener] of Object.entries(on)) made.addEventListener(event, listener);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export const byId = (id) => document.getElementById(id);

/** Make a button with a text. */
export function button(text, press, attributes = {}) {
  return element("button", { type: "button", on: { click: press }, ...attributes }, text);
}

// Control characters, and those that turn the direction of what follows, can make a text look like another one. Each is
// one UTF-16 unit and so is what stands for it: offsets stay right.
const TRICKS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** Give a text as it may be shown. */
export const shown = (text) => text.replace(TRICKS, "\ufffd");

/** A name of a person, a file or an article: its direction does not touch what stands around it. */
export const name = (text) => element("bdi", {}, shown(text));

// Its first letter tells which way a text runs.
const FROM_RIGHT = /^\P{L}*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** Give the direction of what stands around a text: of its number, its quotation marks. */
export const direction = (text) => (FROM_RIGHT.test(text) ? "rtl" : "ltr");

/** Let a screen reader say a text when it has finished what it is saying. */
export function say(text) {
  byId("spoken").append(element("p", {}, text));
}

/** Forget what was said, so that it is not found twice on the page. */
export const hush = () => byId("spoken").replaceChildren();

/** Show one line of an error above everything until it is closed. */
export function warn(text) {
  const line = element("p", {}, shown(text));
  line.append(button("Close", () => line.remove(), { class: "plain" }));
  byId("alerts").append(line);
}

/** Ask before something is lost; resolves to true if the user agrees. */
export function sure(question, agree) {
  const dialog = byId("sure");
  byId("sure-question").textContent = shown(question);
  byId("sure-yes").textContent = agree;
  dialog.returnValue = "no";
  dialog.showModal();
  byId("sure-no").focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/** Let the browser draw and take input, then go on. */
export const pause = () => globalThis.scheduler?.yield?.() ?? new Promise((resolve) => setTimeout(resolve));
