// <input type="checkbox" data-picks="name">: ticks every box of that name with data-pick, and stays true to them.
// Without JavaScript the server does so by the hidden numbers beside it.
for (const whole of document.querySelectorAll("input[data-picks]")) {
  const boxes = [...whole.form.elements].filter(
    (element) => element.name === whole.dataset.picks && "pick" in element.dataset,
  );
  whole.addEventListener("change", () => {
    for (const box of boxes) box.checked = whole.checked;
  });
  for (const box of boxes) {
    box.addEventListener("change", () => {
      whole.checked = boxes.every((other) => other.checked);
    });
  }
}
