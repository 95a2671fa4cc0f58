// The time left for the offline part counts down by the server's clock; without it the page says what it was.
// <span data-due="seconds" data-now="seconds"> holds the text.

const started = performance.now();

const leftText = (seconds) => {
  const minutes = Math.floor(seconds / 60);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  if (days) return `还剩 ${days} 天 ${hours} 小时`;
  return hours ? `还剩 ${hours} 小时 ${minutes % 60} 分钟` : `还剩 ${Math.max(minutes, 1)} 分钟`;
};

const tick = () => {
  for (const place of document.querySelectorAll("[data-due]")) {
    const left = Number(place.dataset.due) - Number(place.dataset.now) - (performance.now() - started) / 1000;
    if (left > 0) place.textContent = leftText(left);
    else window.location.reload();
  }
};

setInterval(tick, 15_000);
