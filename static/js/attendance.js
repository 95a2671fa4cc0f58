// The organiser's screen: it stays awake, fills the screen, and never shows a code that is dead.
// Without it the page loads itself anew and works the same.

const DEAD_AFTER = 25_000; // a code lives for two steps of 15 s at most
const live = document.getElementById("checkin-live");
const stale = document.getElementById("checkin-stale");

let fresh = performance.now();
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target === live) fresh = performance.now();
});
setInterval(() => {
  const dead = performance.now() - fresh > DEAD_AFTER;
  stale.hidden = !dead;
  live.classList.toggle("checkin-dead", dead);
}, 1000);

// The lock is lost whenever the page goes out of sight; not every browser has it.
const stayAwake = async () => {
  if (!("wakeLock" in navigator) || document.visibilityState !== "visible") return;
  try {
    await navigator.wakeLock.request("screen");
  } catch {
    // Refused on low battery: the screen then sleeps as the phone is set.
  }
};
document.addEventListener("visibilitychange", stayAwake);
stayAwake();

const fullscreen = document.querySelector("[data-fullscreen]");
if (document.documentElement.requestFullscreen) {
  fullscreen.hidden = false;
  fullscreen.addEventListener("click", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen();
  });
}
