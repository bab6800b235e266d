// What the page shows, kept in the fragment of its address, so that back, forward and reload work. A fragment never
// leaves the browser.

const FIELDS = ["source", "quote", "cite", "conversation", "token"];

/**
 * Read the fragment: `source` and `quote` ("120-188": a place in it, which a link from elsewhere can name), `cite` ("2.1":
 * answer 2, citation 1), `conversation`, `token`. Absent ones are null.
 */
export function place() {
  const fields = new URLSearchParams(location.hash.slice(1));
  return Object.fromEntries(FIELDS.map((key) => [key, fields.get(key)]));
}

/** Change what the fragment says; null removes a field. A new step for the back button, unless `replace`. */
export function goTo(changes, { replace = false } = {}) {
  const fields = new URLSearchParams();
  const elsewhere = "source" in changes ? { quote: null } : {};
  for (const [key, value] of Object.entries({ ...place(), ...elsewhere, ...changes })) if (value) fields.set(key, value);
  const address = location.pathname + (fields.size ? `#${fields}` : "");
  if (replace) history.replaceState(null, "", address);
  else if (address !== location.pathname + location.hash) history.pushState(null, "", address);
}

/** Take the token out of the address, at once; null if there is none. */
export function takeToken() {
  const { token } = place();
  if (token !== null) goTo({ token: null }, { replace: true });
  return token;
}
