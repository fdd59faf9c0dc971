// Live pages: one stream of news for the page, and a chart for each <figure class="chart">.
// The news are described in gateway/measures/live.py, the series in gateway/monitor/live_pages.py.
"use strict";
(() => {
  const told = document.getElementById("news");
  if (!told) return;
  const words = JSON.parse(told.dataset.words);
  const [number, fine] = [1, 2].map((digits) => new Intl.NumberFormat(words.language, { maximumFractionDigits: digits }));
  const CHINA_MS = 8 * 3_600_000; // no summer time
  const DASHES = [[], [8, 4], [2, 4], [12, 3, 2, 3]];
  // uPlot's formats by the distance of ticks, in 24 hours; the second line where the day or year changes.
  const TICKS = [
    [86400 * 28, "{YYYY}-{MM}", null], [86400, "{MM}-{DD}", "\n{YYYY}"], [60, "{HH}:{mm}", "\n{MM}-{DD}"],
    [1, "{HH}:{mm}:{ss}", "\n{MM}-{DD}"],
  ].map(([step, usual, changed]) => [step, usual, changed, null, changed, null, null, null, 1]);
  const RETRY_MS = 10_000;
  const TABLE_ROWS = 60;

  function written(value, unit) {
    if (value === null || value === undefined) return "–";
    if (unit !== "seconds") return (value < 1 ? fine : number).format(value);
    return value < 1 ? `${number.format(value * 1000)} ms` : `${number.format(value)} s`;
  }

  // As the pages write it that the gateway sends: 2026-05-01 08:00:00.
  function instant(seconds) {
    return new Date(seconds * 1000 + CHINA_MS).toISOString().slice(0, 19).replace("T", " ");
  }

  function say(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function mark(element, look, text) {
    element.className = `state ${look}`;
    say(element, text);
  }

  // --- figures and tables -------------------------------------------------------------------------------------------

  function bySubject(news) {
    const subjects = new Map();
    if (news.values) subjects.set("", { values: news.values });
    for (const carrier of news.carriers) {
      subjects.set(carrier.name, { values: carrier.values });
      for (const link of carrier.links) subjects.set(`${carrier.name}/${link.name}`, { values: link.values, link });
    }
    return subjects;
  }

  function showLink(place, link) {
    for (const cell of place.querySelectorAll("[data-link]")) {
      const field = cell.dataset.link;
      if (field === "state") mark(cell, words.looks[link.state], words.states[link.state]);
      else if (field === "since_at") say(cell, instant(link.since_at));
      else if (field === "paused_seconds") say(cell, `${link.paused_seconds.toFixed(1)} s`);
      else say(cell, String(link[field] || (field === "why_lost" ? "–" : link[field])));
    }
  }

  function showErrors(table, errors) {
    for (const [name, count] of Object.entries(errors)) {
      let row = table.querySelector(`[data-error="${CSS.escape(name)}"]`);
      if (!row) {
        row = table.tBodies[0].insertRow();
        row.dataset.error = name;
        row.insertCell().appendChild(document.createElement("code")).textContent = name;
        row.insertCell().className = "number";
      }
      say(row.cells[1], number.format(count));
    }
  }

  function showNews(news) {
    const subjects = bySubject(news);
    for (const place of document.querySelectorAll("[data-subject]:not(.chart)")) {
      const subject = subjects.get(place.dataset.subject);
      if (!subject) continue;
      for (const cell of place.querySelectorAll("[data-value]")) {
        say(cell, written(subject.values[cell.dataset.value], cell.dataset.unit));
      }
      if (!subject.link) continue;
      showLink(place, subject.link);
      for (const table of place.querySelectorAll("[data-errors]")) showErrors(table, subject.link.errors);
    }
    for (const cell of document.querySelectorAll("[data-flag]")) {
      const denied = cell.dataset.flag.startsWith("!");
      const works = Boolean(found(news, cell.dataset.flag.slice(denied ? 1 : 0))) !== denied;
      mark(cell, works ? "good" : "bad", works ? words.up : words.down);
    }
    for (const cell of document.querySelectorAll("dd[data-path], span[data-path]")) {
      const value = found(news, cell.dataset.path);
      if (value !== undefined) say(cell, number.format(value));
    }
    for (const chart of charts) chart.add(news.at, subjects.get(chart.subject));
  }

  // A count that is not in the news did not happen.
  function valueOf(subject, name) {
    const value = subject.values[name];
    return value === undefined ? (subject.link?.[name] ?? 0) : value;
  }

  function found(news, path) {
    return path.split(".").reduce((value, name) => (value === null || value === undefined ? undefined : value[name]), news);
  }

  // --- charts -------------------------------------------------------------------------------------------------------

  class Chart {
    constructor(figure) {
      this.figure = figure;
      this.subject = figure.dataset.subject;
      this.unit = figure.dataset.unit;
      this.step = Number(figure.dataset.step);
      this.length = Number(figure.dataset.length);
      this.measures = [...figure.querySelectorAll("[data-measure]")].map((line) => line.dataset.measure);
      this.names = [...figure.querySelectorAll(".name")].map((name) => name.textContent);
      this.latest = [...figure.querySelectorAll("[data-latest]")];
      this.place = figure.querySelector(".plot");
      this.told = figure.querySelector(".told");
      this.table = figure.querySelector("details");
      this.table.addEventListener("toggle", () => this.fillTable());
      this.rows = null; // [times, values of the first measure, ...]
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
        this.rows = [times, ...this.measures.map((name) => series.measures[name])].map((column) => column.slice(-shown));
        this.draw();
        if (this.step > 1) setTimeout(() => this.load(), 60_000);
      } catch {
        say(this.told, words.broken);
        this.figure.classList.add("broken");
        setTimeout(() => this.load(), RETRY_MS);
      }
    }

    // One second's values at the end; a second that was missed is a gap.
    add(at, subject) {
      this.latest.forEach((cell) => subject && say(cell, written(valueOf(subject, cell.dataset.latest), this.unit)));
      if (this.step !== 1 || !this.rows || !subject) return;
      const times = this.rows[0];
      let next = times.length ? times[times.length - 1] + 1 : at;
      if (at < next) return;
      next = Math.max(next, at - this.length);
      for (; next <= at; next += 1) {
        times.push(next);
        this.measures.forEach((name, index) => {
          this.rows[index + 1].push(next === at ? valueOf(subject, name) : null);
        });
      }
      const surplus = times.length - this.length;
      if (surplus > 0) this.rows.forEach((column) => column.splice(0, surplus));
      if (!document.hidden) this.draw();
    }

    draw() {
      this.figure.classList.remove("broken");
      const empty = this.rows.slice(1).every((column) => column.every((value) => value === null));
      say(this.told, empty ? words.empty : "");
      if (this.plot) this.plot.setData(this.rows);
      else this.plot = new uPlot(this.options(), this.rows, this.place);
      if (this.table.open) this.fillTable();
    }

    options() {
      const style = getComputedStyle(document.documentElement);
      const colour = (name) => style.getPropertyValue(name).trim();
      const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--grid"), width: 1 }, ticks: { stroke: colour("--grid") } };
      return {
        ...this.size(),
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Asia/Shanghai"),
        legend: { show: false },
        scales: { y: { range: (_, low, high) => [Math.min(0, low ?? 0), high > 0 ? high * 1.05 : 1] } },
        axes: [{ ...axis, values: TICKS }, { ...axis, size: 64, values: (_, ticks) => ticks.map((tick) => written(tick, this.unit)) }],
        series: [{}, ...this.measures.map((_, index) => ({
          label: this.names[index],
          stroke: colour(`--line${index + 1}`),
          width: 2,
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
      for (const name of [words.now, ...this.names]) {
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

  const charts = [...document.querySelectorAll("figure.chart")].map((figure) => new Chart(figure));
  charts.forEach((chart) => chart.load());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach((chart) => chart.redraw()));

  // --- the stream ---------------------------------------------------------------------------------------------------

  const badge = told.querySelector(".state");
  const source = new EventSource(told.dataset.path);
  source.addEventListener("message", (event) => {
    mark(badge, "good", words.live);
    showNews(JSON.parse(event.data));
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) mark(badge, "bad", words.ended);
    else mark(badge, "bad", words.lost);
  });
})();
