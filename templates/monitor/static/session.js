// How long the session still holds: kept while the page is used, told before it ends, and when it has ended.
// The answers are described in gateway/monitor/session_pages.py.
"use strict";
(() => {
  const notice = document.getElementById("session");
  if (!notice) return;
  const [told, stay, again] = ["span", "button", "a"].map((name) => notice.querySelector(name));
  const CHINA_MS = 8 * 3_600_000; // no summer time
  const [LOOK_SECONDS, NOTICE_SECONDS] = [60, 300];
  const title = document.title;
  let used = false;
  let next = 0;

  for (const event of ["keydown", "pointerdown", "pointermove", "wheel", "touchmove"]) {
    addEventListener(event, () => { used = true; }, { passive: true });
  }

  function show(words, look, secondsLeft) {
    const at = new Date(Date.now() + secondsLeft * 1000 + CHINA_MS).toISOString().slice(11, 16);
    const text = words.replace("{at}", at);
    if (told.textContent !== text) told.textContent = text;
    notice.className = `notice ${look}`;
    stay.hidden = words !== notice.dataset.idle;
    again.hidden = words === notice.dataset.idle;
    again.href = `/sign-in?${new URLSearchParams({ next: location.pathname + location.search })}`;
    notice.hidden = false;
  }

  function isOver() {
    clearTimeout(next);
    show(notice.dataset.over, "bad", 0);
    document.title = `✕ ${title}`;
    document.dispatchEvent(new Event("zhenma:over"));
  }

  function soon(left, whole) {
    return left < Math.min(NOTICE_SECONDS, whole / 4);
  }

  function tell(term) {
    if (soon(term.left_seconds, term.seconds)) show(notice.dataset.last, "warn", term.left_seconds);
    else if (soon(term.idle_left_seconds, term.idle_seconds)) show(notice.dataset.idle, "warn", term.idle_left_seconds);
    else notice.hidden = true;
  }

  // Looks again before whatever comes next: a third of what is left, or a minute.
  async function look() {
    clearTimeout(next);
    const watching = document.getElementById("news") && !document.hidden ? "watched" : "";
    const kept = used ? "used" : watching;
    let seconds = LOOK_SECONDS;
    try {
      const answer = await fetch(`/api/session?kept=${kept}`, { headers: { Accept: "application/json" } });
      if (answer.status === 401) return isOver();
      if (answer.ok) {
        used = false;
        const term = await answer.json();
        tell(term);
        seconds = Math.min(seconds, Math.max(1, Math.min(term.idle_left_seconds, term.left_seconds) / 3));
      }
    } catch {
      // the gateway is away: the page says so where it shows something live
    }
    next = setTimeout(look, seconds * 1000);
  }

  stay.addEventListener("click", () => { used = true; look(); });
  document.addEventListener("visibilitychange", () => document.hidden || look());
  document.addEventListener("zhenma:look", look);
  look();
  const here = document.querySelector(".bar nav [aria-current]"); // scrollIntoView would move where the first Tab leads
  if (here) here.closest("nav").scrollLeft = here.offsetLeft - here.closest("nav").clientWidth / 3;
})();
