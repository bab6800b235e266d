// How an answer came about: what was searched, what was found and how sure it is, what became of what was written.

import { direction, element, name, shown } from "./elements.js";

/** Say a probability as a number; nothing is ever wholly certain. */
export const percent = (probability) => `${Math.min(99, Math.round(probability * 100))} %`;

/** Make the part of a turn that can be opened. Evidence is known only while the page that asked is open. */
export function details(answer, evidence, nameOf) {
  const rows = [
    ["Searched for", element("span", { dir: "auto" }, shown(answer.standalone_question))],
    ["Confidence", `${percent(answer.confidence)} that ${ofWhat(answer)}`],
    ["Found", candidates(evidence, nameOf)],
    ["Checks", lines(answer.checks)],
    ["Seconds", seconds(answer.timings)],
    ["Tokens", tokens(answer.timings)],
    ["Models", models(answer.models)],
  ];
  return element("details", { class: "detail" },
    element("summary", {}, "How this came about"),
    element("dl", {}, ...rows.filter(([, value]) => value).flatMap(([term, value]) => [element("dt", {}, term), element("dd", {}, value)])));
}

const ofWhat = ({ status }) =>
  status === "answered" ? "this answers the question rightly" : "the likeliest answer is right, too little to give it";

function candidates(evidence, nameOf) {
  if (!evidence) return "This is not kept with a conversation; ask again to see it.";
  if (!evidence.candidates.length) return null;
  return element("ol", { class: "candidates" },
    ...evidence.candidates.map((candidate, index) => element("li", {}, candidateButton(candidate, index, nameOf))));
}

function candidateButton({ answer, quote, probability, source }, index, nameOf) {
  const told = answer && answer !== quote;
  const row = { type: "button", class: "quote", dir: direction(quote), "data-candidate": index, title: "Show it in the article" };
  return element("button", row,
    element("span", { class: "number" }, percent(probability)),
    element("q", { dir: "auto" }, shown(quote)),
    element("span", { class: "quiet place" },
      element("span", { class: "of" }, name(nameOf(source))), told ? element("span", {}, "the answer in it: ", name(answer)) : ""));
}

function lines(checks) {
  return checks.length ? element("ul", {}, ...checks.map((check) => element("li", { dir: "auto" }, shown(check)))) : null;
}

const seconds = (timings) =>
  [["opening", timings.load_s], ["finding", timings.retrieve_s], ["until the first words", timings.first_token_s], ["in all", timings.total_s]]
    .map(([what, value]) => `${value.toFixed(2)} ${what}`)
    .join(", ");

const tokens = ({ prompt_tokens: read, reused_tokens: reused, completion_tokens: written }) =>
  read + written ? `${read} read (${reused} of them kept from before), ${written} written` : null;

const models = ({ reader, generator, embedder }) =>
  [reader && `${reader} reads`, `${generator} writes`, `${embedder} searches`].filter(Boolean).map(shown).join(", ");
