// The centre of the circle in which people check in, from where the organiser stands. Without it one types the figures.

const panel = document.getElementById("centre");
const button = panel.querySelector("button");
const said = panel.querySelector("[role=status]");
const PATIENCE = 15_000;

const located = ({ coords }) => {
  for (const name of ["latitude", "longitude"]) button.form.elements[name].value = coords[name].toFixed(5);
  button.form.elements.location_check.checked = true;
  said.textContent = `已填入，误差约 ${Math.max(1, Math.round(coords.accuracy))} 米。`;
  button.disabled = false;
};

const refused = ({ code, PERMISSION_DENIED }) => {
  said.textContent = code === PERMISSION_DENIED
    ? "没有得到位置权限，请在浏览器里允许，或手工填写。"
    : "没有取得位置，请到窗边再试，或手工填写。";
  button.disabled = false;
};

if (navigator.geolocation) {
  panel.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    said.textContent = "正在取得位置…";
    navigator.geolocation.getCurrentPosition(located, refused, { enableHighAccuracy: true, timeout: PATIENCE, maximumAge: 0 });
  });
}
