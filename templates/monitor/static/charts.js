// A chart for each <figure class="chart">.  The series are described in gateway/monitor/live_pages.py.
"use strict";

const DASHES = [[], [8, 4], [2, 4], [12, 3, 2, 3]];
// uPlot's formats by the distance of ticks, in 24 hours; the second line where the day or year changes.
const TICKS = [
  [86400 * 28, "{YYYY}-{MM}", null], [86400, "{MM}-{DD}", "\n{YYYY}"], [60, "{HH}:{mm}", "\n{MM}-{DD}"],
  [1, "{HH}:{mm}:{ss}", "\n{MM}-{DD}"],
].map(([step, usual, changed]) => [step, usual, changed, null, changed, null, null, null, 1]);
const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000];
const CHINA_MS = 8 * 3_600_000; // no summer time
const [RETRY_MS, RELOAD_MS] = [10_000, 60_000];
const TABLE_ROWS = 60;
const [number, fine] = [1, 2].map(
  (digits) => new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: digits, useGrouping: true }));

export function counted(value) {
  return value === null || value === undefined ? "–" : (value < 1 ? fine : number).format(value).replaceAll(",", "\u202f");
}

export function written(value, unit) {
  if (value === null || value === undefined) return "–";
  if (unit !== "seconds") return counted(value);
  if (value < 1) return `${number.format(value * 1000)} ms`;
  return value < 3600 ? `${number.format(value)} s` : `${number.format(value / 3600)} h`;
}

// As the pages write it that the gateway sends: 2026-05-01 08:00:00.
export function instant(seconds) {
  return new Date(seconds * 1000 + CHINA_MS).toISOString().slice(0, 19).replace("T", " ");
}

// The same, by the time alone if it is of the same day as `now`.
export function recent(seconds, now) {
  const [text, today] = [instant(seconds), instant(now).slice(0, 10)];
  return text.startsWith(today) ? text.slice(11) : text;
}

export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export class Chart {
  constructor(figure, words) {
    this.figure = figure;
    this.words = words;
    this.subject = figure.dataset.subject;
    this.unit = figure.dataset.unit;
    this.factor = this.unit === "per_minute" ? 60 : 1; // measures are per second
    this.step = Number(figure.dataset.step);
    this.length = Number(figure.dataset.length);
    this.measures = [...figure.querySelectorAll("[data-measure]")].map((line) => line.dataset.measure);
    this.names = [...figure.querySelectorAll(".name")].map((name) => name.textContent);
    this.latest = [...figure.querySelectorAll("[data-latest]")];
    this.values = this.measures.map(() => null); // of the last second
    this.place = figure.querySelector(".plot");
    this.told = figure.querySelector(".told");
    this.at = figure.querySelector(".at");
    this.table = figure.querySelector("details");
    this.table.addEventListener("toggle", () => this.fillTable());
    this.place.addEventListener("keydown", (event) => this.move(event));
    this.place.addEventListener("blur", () => this.point(null));
    this.early = new Map(); // news that came before the series
    this.rows = null; // [times, values of the first measure, ...]
    this.pointed = null; // the column that is read
    this.plot = null;
    new ResizeObserver(() => this.plot && this.plot.setSize(this.size())).observe(this.place);
  }

  size() {
    return { width: Math.max(this.place.clientWidth, 200), height: 200 };
  }

  async load() {
    const query = new URLSearchParams({ measures: this.measures.join(","), span: this.figure.dataset.span });
    try {
      const answer = await fetch(`${this.figure.dataset.path}?${query}`, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const series = await answer.json();
      const shown = Math.ceil(this.length / this.step);
      const times = series.measures[this.measures[0]].map((_, index) => series.from_at + index * this.step);
      const columns = this.measures.map((name) => series.measures[name].map((value) => this.scaled(value)));
      this.rows = [times, ...columns].map((column) => column.slice(-shown));
      this.early.forEach((values, at) => this.enter(at, values));
      this.early.clear();
      this.draw();
      if (this.step > 1) setTimeout(() => this.load(), RELOAD_MS);
    } catch {
      say(this.told, this.words.broken);
      this.figure.classList.add("broken");
      setTimeout(() => this.load(), RETRY_MS);
    }
  }

  scaled(value) {
    return typeof value === "number" ? value * this.factor : null;
  }

  // The values of one second.
  add(at, valueOf) {
    this.values = this.measures.map((name) => this.scaled(valueOf(name)));
    this.tell();
    if (this.step !== 1) return;
    if (!this.rows) {
      this.early.set(at, this.values);
      return;
    }
    this.enter(at, this.values);
    if (!document.hidden) this.draw();
  }

  // Into its place, which may be there and empty; a second that was missed is a gap.
  enter(at, values) {
    const times = this.rows[0];
    const last = times.length ? times[times.length - 1] : at - 1;
    for (let next = Math.max(last + 1, at - this.length); next <= at; next += 1) {
      times.push(next);
      values.forEach((_, index) => this.rows[index + 1].push(null));
    }
    const place = at - times[0];
    if (place >= 0) values.forEach((value, index) => { this.rows[index + 1][place] = value; });
    const surplus = times.length - this.length;
    if (surplus > 0) {
      this.rows.forEach((column) => column.splice(0, surplus));
      if (this.pointed !== null) this.pointed = Math.max(0, this.pointed - surplus);
    }
  }

  // The legend's values: of the last second, or of where somebody points.
  tell() {
    const pointed = this.pointed !== null && this.rows ? this.pointed : null;
    const values = pointed === null ? this.values : this.rows.slice(1).map((column) => column[pointed]);
    this.latest.forEach((cell, index) => say(cell, written(values[index], this.unit)));
    say(this.at, pointed === null ? "" : `${this.words.as_of} ${instant(this.rows[0][pointed])}`);
  }

  point(index) {
    this.pointed = index;
    this.tell();
  }

  move(event) {
    const last = this.rows ? this.rows[0].length - 1 : -1;
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -last, End: last };
    if (last < 0 || !this.plot || !(event.key in steps || event.key === "Escape")) return;
    event.preventDefault();
    const to = event.key === "Escape" ? null : Math.min(last, Math.max(0, (this.pointed ?? last) + steps[event.key]));
    const left = to === null ? -10 : this.plot.valToPos(this.rows[0][to], "x");
    this.plot.setCursor({ left, top: to === null ? -10 : 10 });
    this.point(to);
  }

  draw() {
    this.figure.classList.remove("broken");
    const empty = this.rows.slice(1).every((column) => column.every((value) => value === null));
    say(this.told, empty ? this.words.empty : "");
    if (this.plot) this.plot.setData(this.rows);
    else this.plot = new uPlot(this.options(), this.rows, this.place);
    if (this.table.open) this.fillTable();
  }

  options() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--grid"), width: 1 }, ticks: { show: false } };
    const whole = this.unit === "count" ? { incrs: WHOLE } : {};
    return {
      ...this.size(),
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Asia/Shanghai"),
      legend: { show: false },
      cursor: { sync: { key: "page" }, drag: { x: false, y: false }, points: { size: 7 } },
      hooks: { setCursor: [(plot) => this.place !== document.activeElement && this.point(plot.cursor.idx ?? null)] },
      scales: { y: { range: (_, low, high) => [Math.min(0, low ?? 0), high > 0 ? high * 1.08 : 1] } },
      axes: [
        { ...axis, space: 80, values: TICKS },
        { ...axis, ...whole, size: 58, values: (_, ticks) => ticks.map((tick) => written(tick, this.unit)) },
      ],
      series: [{}, ...this.measures.map((_, index) => ({
        label: this.names[index],
        stroke: colour(`--line${index + 1}`),
        fill: this.measures.length === 1 ? colour("--fill1") : undefined,
        width: 1.75,
        dash: DASHES[index],
        points: { show: false },
      }))],
    };
  }

  redraw() {
    if (!this.plot) return;
    this.plot.destroy();
    this.plot = null;
    this.draw();
  }

  fillTable() {
    if (!this.table.open || !this.rows) return;
    const table = document.createElement("table");
    const head = table.createTHead().insertRow();
    for (const name of [this.words.now, ...this.names]) {
      const cell = head.appendChild(document.createElement("th"));
      cell.scope = "col";
      cell.textContent = name;
    }
    const body = table.createTBody();
    const length = this.rows[0].length;
    for (let row = length - 1; row >= Math.max(0, length - TABLE_ROWS); row -= 1) {
      const cells = body.insertRow();
      cells.insertCell().textContent = instant(this.rows[0][row]);
      this.measures.forEach((_, index) => {
        cells.insertCell().textContent = written(this.rows[index + 1][row], this.unit);
      });
    }
    this.table.querySelector(".scroll").replaceChildren(table);
  }
}
