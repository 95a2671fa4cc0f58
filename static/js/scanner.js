// The organiser's camera reads the codes that people show on their phones, one after another.

const { default: QrScanner } = await import(document.getElementById("scanner-script").dataset.library);

const AGAIN_AFTER = 3000; // the same code stays before the camera for a while
const video = document.getElementById("scanner-video");
const start = document.getElementById("scanner-start");
const problem = document.getElementById("scanner-problem");
const form = document.getElementById("scanner-form");
const code = document.getElementById("scanner-code");
let last = { data: "", at: 0 };

const found = ({ data }) => {
  const now = performance.now();
  if (data === last.data && now - last.at < AGAIN_AFTER) {
    last.at = now;
    return;
  }
  last = { data, at: now };
  code.value = data;
  form.requestSubmit();
};

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.querySelector("[data-good]")) navigator.vibrate?.(80);
});

let scanner = null;

const open = async () => {
  problem.hidden = true;
  video.hidden = false; // before the library sees it: it takes a hidden picture out of the page for good
  scanner ??= new QrScanner(video, found, { preferredCamera: "environment", maxScansPerSecond: 8, returnDetailedScanResult: true });
  try {
    await scanner.start();
    start.hidden = true;
  } catch {
    video.hidden = true;
    problem.hidden = false;
  }
};
start.hidden = false;
start.addEventListener("click", open);
