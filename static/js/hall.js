// The hall keeps itself fresh: places left every few seconds, the countdown by the server's clock.
// Without it the page says the same, as of when it was opened.

const live = document.getElementById("live");
const clock = document.querySelector("[data-opens]");
let version = live.dataset.version;
let phase = "";

// Seconds of the server's clock: its time when the page was made, and what has gone by since that arrived. A slow
// network makes it late by the way of the page, never early: no button opens before the hall does.
const served = Number(clock.dataset.now);
const arrived = performance.getEntriesByType("navigation")[0]?.responseStart ?? 0;
const seconds = () => served + (performance.now() - arrived) / 1000;

// The school claims for a college at any time.
const open = () => phase === "open" || "anytime" in clock.dataset;

const show = (place) => {
  for (const cell of document.querySelectorAll(`[data-place="${place.street}"]`)) {
    cell.dataset.state = place.state;
    cell.querySelector("[data-left]").textContent = place.left;
  }
  for (const cell of document.querySelectorAll(`[data-ours-of="${place.street}"]`)) cell.textContent = place.ours ?? 0;
};
const allow = () => {
  for (const button of document.querySelectorAll("[data-claim]")) {
    const cell = document.querySelector(`[data-place="${button.dataset.claim}"]`);
    button.disabled = cell.dataset.state !== "open" || !open();
  }
};
const apply = () => {
  for (const item of live.querySelectorAll("[data-street]")) show(item.dataset);
  allow();
};

document.body.addEventListener("htmx:configRequest", (event) => {
  // The answer is empty as long as nothing has changed.
  if (event.detail.elt === live) event.detail.parameters.v = version;
});
document.body.addEventListener("htmx:afterSwap", (event) => {
  const fresh = live.querySelector("[data-version]");
  if (event.detail.target === live && fresh) version = fresh.dataset.version;
  apply(); // also after a filter has brought other rows
});

document.body.addEventListener("htmx:afterRequest", (event) => {
  // The right to ask ends after half a day, and asking stops: a page left open overnight starts anew.
  if (event.detail.elt === live && event.detail.xhr.status === 286) location.reload();
});

const remaining = (until) => {
  const left = Math.max(0, Math.ceil(until - seconds()));
  const parts = [
    [Math.floor(left / 86400), "天"],
    [Math.floor(left / 3600) % 24, "小时"],
    [Math.floor(left / 60) % 60, "分"],
    [left % 60, "秒"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first < 0 ? 3 : first)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
};
const tick = () => {
  const { opens, closes } = clock.dataset;
  const before = phase;
  let text = "已经结束";
  phase = "after";
  if (seconds() < Number(opens)) {
    phase = "before";
    text = `距开放还有 ${remaining(Number(opens))}`;
  } else if (seconds() < Number(closes) + 1) {
    phase = "open";
    text = `正在开放，距结束还有 ${remaining(Number(closes) + 1)}`;
  }
  clock.querySelector("[data-clock]").textContent = text;
  if (phase !== before) allow();
};
tick();
setInterval(tick, 250);
