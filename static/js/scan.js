// The member's phone after scanning: checks in by itself, with the place where the activity asks for it.
// Without it one presses the button.

const form = document.getElementById("scan-form");
const PATIENCE = 8000;

const send = () => {
  form.querySelector("button").disabled = true;
  form.submit();
};

const located = ({ coords }) => {
  for (const name of ["latitude", "longitude", "accuracy"]) form.elements[name].value = coords[name];
  send();
};

if (!("locate" in form.dataset)) send();
else if (!navigator.geolocation) send();
else navigator.geolocation.getCurrentPosition(located, send, { enableHighAccuracy: true, timeout: PATIENCE, maximumAge: 30_000 });
