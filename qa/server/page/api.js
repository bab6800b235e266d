// Requests to the server that this page came from. Every failure is a `Failure` with one line to show; where there is no
// session (any longer), the document gets the event "locked" too.

const LOST = "The server does not answer. Start qa serve again, then try again.";

/** What went wrong, in one line. `status` is 0 if there was no answer; `wait` is in seconds, for a busy server. */
export class Failure extends Error {
  constructor(message, status = 0, wait = null) {
    super(message);
    this.status = status;
    this.wait = wait;
  }
}

async function failureOf(response) {
  let line = "";
  try {
    line = (await response.json()).error;
  } catch {
    // Not every error comes from our own code.
  }
  if (response.status === 429) {
    const wait = Number(response.headers.get("Retry-After")) || 1;
    return new Failure(`The server is busy with other questions. Try again in ${wait} s.`, 429, wait);
  }
  const text = typeof line === "string" && line ? line : `The server said ${response.status}. Try again.`;
  return new Failure(text, response.status);
}

async function request(method, path, { body, type, accept = "application/json", signal } = {}) {
  const headers = { "X-QA": "1", Accept: accept };
  if (type) headers["Content-Type"] = type;
  let response;
  try {
    response = await fetch(path, { method, headers, body, signal, cache: "no-store", credentials: "same-origin" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure(LOST);
  }
  if (response.status === 401) document.dispatchEvent(new Event("locked"));
  if (!response.ok) throw await failureOf(response);
  return response;
}

async function whole(response) {
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure(LOST);
  }
}

export const get = async (path, signal) => whole(await request("GET", path, { signal }));

export const remove = (path) => request("DELETE", path);

const json = (value) => ({ body: JSON.stringify(value), type: "application/json" });

/** Exchange the token for the cookie. */
export const enter = (token) => request("POST", "/api/v1/session", json({ token }));

/** Send a file as it is. */
export async function upload(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new Failure("it cannot be read; a folder cannot be sent, its files can.");
  }
  const path = `/api/v1/sources?name=${encodeURIComponent(file.name)}`;
  return whole(await request("POST", path, { body: file, type: "application/octet-stream" }));
}

/** Post `value` and yield the events of the answer as `{event, data}`, each as it comes. */
export async function* events(path, value, signal) {
  const response = await request("POST", path, { ...json(value), accept: "text/event-stream", signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    let step;
    try {
      step = await reader.read();
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Failure("The connection broke off before the answer was whole. Try again.");
    }
    if (step.done) return;
    const messages = (rest + step.value).split(/\r?\n\r?\n/);
    rest = messages.pop();
    for (const message of messages) {
      const event = parsed(message);
      if (event) yield event;
    }
  }
}

function parsed(message) {
  const fields = { event: "message", data: [] };
  for (const line of message.split(/\r?\n/)) {
    const [, field, value] = /^([a-z]*): ?(.*)$/s.exec(line) ?? [];
    if (field === "event") fields.event = value;
    if (field === "data") fields.data.push(value);
  }
  return fields.data.length ? { event: fields.event, data: JSON.parse(fields.data.join("\n")) } : null;
}
