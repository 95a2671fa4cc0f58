// Draws every <canvas data-chart="id"> from the JSON with that id (see the tag `chart`). The same figures stand
// in a table below, so a picture that cannot be drawn loses nothing.

// Colours are taken from the style sheet, so that they follow dark mode.
const colourOf = (name) => {
  const probe = document.createElement("span");
  probe.className = `chart-colour-${name}`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
};

const palette = () => ({
  text: colourOf("text"),
  grid: colourOf("grid"),
  floor: colourOf("floor"),
  goal: colourOf("goal"),
  below: colourOf("below"),
  series: [colourOf("1"), colourOf("2"), colourOf("3"), colourOf("4")],
});

const seriesOf = (data, colours) => {
  const floor = (data.lines ?? []).find((line) => !line.goal)?.value;
  return data.series.map((series, index) => ({
    label: series.name,
    data: series.values,
    borderColor: colours.series[index % colours.series.length],
    // A bar that does not reach the line stands out.
    backgroundColor: series.values.map((value) =>
      data.kind === "bar" && value < floor ? colours.below : colours.series[index % colours.series.length],
    ),
    borderWidth: data.kind === "line" ? 2 : 0,
    pointRadius: 3,
    maxBarThickness: 28,
  }));
};

// Lines across the picture: 95 % and 100 %, 20 hours.
const linesAcross = (data, colours) => ({
  id: "linesAcross",
  afterDatasetsDraw(chart) {
    const { ctx, chartArea: area } = chart;
    const lying = data.kind === "bar";
    const scale = lying ? chart.scales.x : chart.scales.y;
    for (const line of data.lines ?? []) {
      const at = scale.getPixelForValue(line.value);
      ctx.save();
      ctx.strokeStyle = line.goal ? colours.goal : colours.floor;
      ctx.fillStyle = ctx.strokeStyle;
      ctx.lineWidth = 1.5;
      ctx.setLineDash(line.goal ? [] : [5, 4]);
      ctx.beginPath();
      ctx.moveTo(lying ? at : area.left, lying ? area.top : at);
      ctx.lineTo(lying ? at : area.right, lying ? area.bottom : at);
      ctx.stroke();
      ctx.font = `12px ${Chart.defaults.font.family}`;
      // 95 and 100 are close together: over lying bars the goal's label stands one row higher.
      const above = lying && line.goal ? 18 : 3;
      ctx.textAlign = lying ? "right" : "left";
      ctx.textBaseline = "bottom";
      ctx.fillText(line.label, lying ? at + 2 : area.left + 4, lying ? area.top - above : at - 2);
      ctx.restore();
    }
  },
});

// A long name of a college takes two lines rather than being cut off at the edge.
const wrapped = (label) => {
  const text = String(label);
  if (text.length <= 9) return text;
  const second = text.slice(9);
  return [text.slice(0, 9), second.length > 9 ? `${second.slice(0, 8)}…` : second];
};

const configOf = (data, colours) => {
  const figures = {
    min: data.min ?? 0,
    max: data.max,
    grid: { color: colours.grid },
    border: { display: false },
    ticks: { color: colours.text, callback: (value) => (data.unit ? `${value} ${data.unit}` : value) },
  };
  const lying = data.kind === "bar";
  const names = { grid: { display: false }, ticks: { color: colours.text, autoSkip: !lying } };
  if (lying) names.ticks.callback = (_, index) => wrapped(data.labels[index]);
  return {
    type: data.kind === "line" ? "line" : "bar",
    data: { labels: data.labels, datasets: seriesOf(data, colours) },
    plugins: [linesAcross(data, colours)],
    options: {
      indexAxis: lying ? "y" : "x",
      maintainAspectRatio: false,
      animation: false,
      layout: { padding: { top: lying ? 36 : 18, right: lying ? 28 : 8 } },
      scales: lying ? { x: figures, y: names } : { x: names, y: figures },
      plugins: {
        legend: { display: data.series.length > 1, labels: { color: colours.text } },
        tooltip: {
          callbacks: {
            label: (item) => {
              const series = data.series[item.datasetIndex];
              const figure = series.texts?.[item.dataIndex] ?? series.values[item.dataIndex];
              return `${series.name} ${figure}${data.unit ? ` ${data.unit}` : ""}`;
            },
          },
        },
      },
    },
  };
};

const draw = () => {
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  const colours = palette();
  for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
    Chart.getChart(canvas)?.destroy();
    const data = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
    if (data.kind === "bar") canvas.parentElement.style.height = `${78 + 34 * data.labels.length}px`;
    new Chart(canvas, configOf(data, colours));
  }
};

document.addEventListener("DOMContentLoaded", draw);
document.addEventListener("htmx:afterSettle", draw);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
