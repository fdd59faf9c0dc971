// Live pages: one stream of news for the page.  The news are described in gateway/measures/live.py.
"use strict";
import { Chart, counted, instant, recent, say, written } from "./charts.js";

const RETRY_MS = 10_000;
const MOST_NAMED = 6;
const told = document.getElementById("news");
const badge = told?.querySelector(".state");
const words = told ? JSON.parse(told.dataset.words) : {};
const charts = told ? [...document.querySelectorAll("figure.chart")].map((figure) => new Chart(figure, words)) : [];
const title = document.title;
const [seconds, minutes, hours, days] = ["second", "minute", "hour", "day"].map(
  (unit) => new Intl.NumberFormat(words.language, { style: "unit", unit, unitDisplay: "short" }));
let over = false;

function filled(words, values) {
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function mark(element, look, text) {
  element.className = `state ${look}`;
  say(element, text);
}

// 40 s, 12 min, 3 h 5 min, 4 d 2 h.
function lasting(length) {
  const whole = Math.max(0, Math.round(length));
  const parts = [[days, 86400], [hours, 3600], [minutes, 60], [seconds, 1]];
  const first = Math.max(0, parts.findIndex(([, size]) => whole >= size));
  const rest = whole % parts[first][1];
  const text = [parts[first][0].format(Math.floor(whole / parts[first][1]))];
  if (first + 1 < parts.length && first < 2) {
    const [format, size] = parts[first + 1];
    if (rest >= size) text.push(format.format(Math.floor(rest / size)));
  }
  return text.join(" ");
}

// --- what is told of a link ---------------------------------------------------------------------------------------

function reason(loss) {
  return words.reasons[loss.code] + (loss.detail ? ` (${loss.detail})` : "");
}

function lossText(sentence, loss, now) {
  return loss ? filled(sentence, { at: recent(loss.at, now), why: reason(loss) }) : "";
}

const TOLD = {
  since: (link, now) => `${filled(words.since, { at: recent(link.since_at, now) })} · ${lasting(now - link.since_at)}`,
  lost: (link, now) => lossText(words.last_lost, link.lost, now),
  failed: (link, now) => {
    const retry = link.retry_at ? ` · ${filled(words.retry, { left: lasting(link.retry_at - now) })}` : "";
    return link.failed ? lossText(words.failed, link.failed, now) + retry : "";
  },
  paused_seconds: (link) => `${link.paused_seconds.toFixed(1)} s`,
  segments_per_second: (link) => (link.segments_per_second === null ? words.none : counted(link.segments_per_second)),
};

function showLink(place, link, now) {
  for (const cell of place.querySelectorAll("[data-link]")) {
    const field = cell.dataset.link;
    if (field === "state") mark(cell, words.looks[link.state], words.states[link.state]);
    else say(cell, field in TOLD ? TOLD[field](link, now) : counted(link[field]));
  }
}

function showBound(place, links) {
  const bound = links.filter((link) => link.state === "bound").length;
  mark(place, bound === links.length ? "good" : "bad", `${bound}\u202f/\u202f${links.length}`);
}

// --- tables that grow -----------------------------------------------------------------------------------------------

function row(table, attribute, key, texts) {
  const found = [...table.tBodies[0].rows].find((each) => each.getAttribute(attribute) === key);
  if (found) return found;
  const made = table.tBodies[0].insertRow();
  made.setAttribute(attribute, key);
  for (const text of texts) made.insertCell().textContent = text;
  made.insertCell().className = "number";
  const region = table.closest(".scroll");
  region.hidden = false;
  region.previousElementSibling.hidden = true;
  return made;
}

function count(tableRow, number) {
  say(tableRow.cells[tableRow.cells.length - 1], counted(number));
}

function showRefusals(table, links) {
  for (const link of links) {
    for (const [kind, refusals] of [["mt", link.errors], ["mo", link.mo_refusals]]) {
      for (const [name, number] of Object.entries(refusals)) {
        const own = "withLink" in table.dataset ? [link.name] : [];
        count(row(table, "data-refusal", `${link.name} ${kind} ${name}`, [...own, table.dataset[kind], name]), number);
      }
    }
  }
}

function showReceipts(table, receipts) {
  for (const [state, number] of Object.entries(receipts)) {
    count(row(table, "data-receipt", state, [words.receipts[state]]), number);
  }
}

function showTrunks(trunks, troubles) {
  for (const trunk of trunks) {
    const place = document.querySelector(`[data-trunk="${CSS.escape(trunk.name)}"]`);
    if (!place) continue;
    const works = !["unavailable", "invalid", "unknown"].includes(trunk.state.toLowerCase());
    mark(place.querySelector("[data-trunk-state]"), works ? "good" : "bad", trunk.state);
    if (!works) troubles.push(`${trunk.name}: ${trunk.state}`);
    say(place.querySelector("[data-trunk-channels]"), counted(trunk.channels));
  }
}

// --- a second's news ------------------------------------------------------------------------------------------------

function bySubject(news) {
  const subjects = new Map();
  const all = news.carriers.flatMap((carrier) => carrier.links);
  if (news.values) subjects.set("", { values: news.values, links: all });
  for (const carrier of news.carriers) {
    subjects.set(carrier.name, carrier);
    for (const link of carrier.links) subjects.set(`${carrier.name}/${link.name}`, { values: link.values, link });
  }
  return subjects;
}

function found(news, path) {
  return path.split(".").reduce((value, name) => (value === null || value === undefined ? undefined : value[name]), news);
}

// A count that is not in the news did not happen.
function valueOf(subject, name) {
  const value = subject?.values[name];
  return value === undefined ? (subject?.link?.[name] ?? (subject ? 0 : null)) : value;
}

function showSubjects(subjects, now) {
  for (const place of document.querySelectorAll("[data-subject]:not(.chart)")) {
    const subject = subjects.get(place.dataset.subject);
    if (!subject) continue;
    for (const cell of place.querySelectorAll("[data-value]")) {
      say(cell, written(subject.values[cell.dataset.value], cell.dataset.unit));
    }
    if (subject.link) showLink(place, subject.link, now);
    if (!subject.links) continue;
    for (const cell of place.querySelectorAll("[data-bound]")) showBound(cell, subject.links);
    for (const table of place.querySelectorAll("[data-refusals]")) showRefusals(table, shownOf(subject.links));
    for (const table of place.querySelectorAll("[data-receipts]")) showReceipts(table, subject.receipts);
  }
}

// On the page of one link its carrier's news tell of the others, too.
function shownOf(links) {
  const own = links.filter((link) => document.querySelector(`[data-subject$="/${CSS.escape(link.name)}"]`));
  return own.length ? own : links;
}

function showFlags(news, troubles) {
  for (const cell of document.querySelectorAll("[data-flag]")) {
    const denied = cell.dataset.flag.startsWith("!");
    const works = Boolean(found(news, cell.dataset.flag.slice(denied ? 1 : 0))) !== denied;
    mark(cell, works ? "good" : "bad", works ? words.up : words.down);
    if (!works) troubles.push(`${cell.dataset.name}: ${words.down}`);
  }
  for (const cell of document.querySelectorAll("dd[data-path], span[data-path]")) {
    const value = found(news, cell.dataset.path);
    if (value !== undefined) say(cell, counted(value));
  }
}

// The links that the page lists and that are not bound; on a link's own page its state stands at the top anyway.
function linkTroubles(news) {
  const links = news.carriers.flatMap((carrier) => carrier.links.map((link) => ({ ...link, carrier: carrier.name })));
  const down = document.querySelector("table.links") ? links.filter((link) => link.state !== "bound") : [];
  if (!down.length) return [];
  const several = news.carriers.length > 1;
  const names = down.map((link) => (several ? `${link.carrier} ${link.name}` : link.name));
  const loss = down.length === 1 && (down[0].lost || down[0].failed);
  const named = names.slice(0, MOST_NAMED).join(", ") + (names.length > MOST_NAMED ? ", …" : "");
  const why = loss ? `: ${reason(loss)}` : "";
  return [filled(words.unbound, { number: down.length, of: links.length, links: named }) + why];
}

function showTroubles(news, troubles) {
  const all = [...linkTroubles(news), ...troubles];
  const place = document.getElementById("trouble");
  place.hidden = !all.length;
  say(place, all.join("\n"));
  document.title = all.length ? `✕ ${title}` : title;
}

function show(news) {
  const subjects = bySubject(news);
  const troubles = [];
  document.body.classList.remove("stale");
  mark(badge, "good", words.live);
  say(document.getElementById("clock"), instant(news.at + 1));
  showSubjects(subjects, news.at + 1);
  showFlags(news, troubles);
  showTrunks(news.asterisk?.trunks ?? [], troubles);
  showTroubles(news, troubles);
  for (const chart of charts) {
    const subject = subjects.get(chart.subject);
    chart.add(news.at, (name) => valueOf(subject, name));
  }
}

// --- the stream -----------------------------------------------------------------------------------------------------

function isStale(text) {
  document.body.classList.add("stale");
  mark(badge, "bad", text);
}

function listen() {
  const source = new EventSource(told.dataset.path);
  const stop = () => { over = true; source.close(); isStale(words.over); };
  source.addEventListener("message", (event) => show(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    if (over) return;
    isStale(words.lost);
    document.dispatchEvent(new Event("zhenma:look")); // perhaps nobody is signed in any more
    if (source.readyState !== EventSource.CLOSED) return;
    document.removeEventListener("zhenma:over", stop);
    setTimeout(() => over || listen(), RETRY_MS);
  });
  document.addEventListener("zhenma:over", stop);
}

if (told) {
  document.addEventListener("zhenma:over", () => { over = true; });
  charts.forEach((chart) => chart.load());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach((chart) => chart.redraw()));
  listen();
}
