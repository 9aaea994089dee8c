// The drop zone: takes one file by drop or picker, sends it, shows how far it is, and goes on to
// the page of its import. Bytes that are on their way do not survive leaving the page, so leaving
// asks first, and the next visit says what was cut off.

import { bytes, duration } from "./format.js";

const KEPT = "pricebook.upload";
const RATE_WINDOW_MILLISECONDS = 4000;

const zone = document.getElementById("drop-zone");
const [idle, busy] = [zone.querySelector(".drop-idle"), zone.querySelector(".drop-busy")];
const input = document.getElementById("file");
const problem = document.getElementById("upload-problem");
const bar = document.getElementById("upload-bar");
const figures = document.getElementById("upload-figures");

let request = null;

// --- what is shown ----------------------------------------------------------------------------

function refuse(text) {
  problem.textContent = text;
  problem.hidden = false;
}

function showBusy(isBusy) {
  idle.hidden = isBusy;
  busy.hidden = !isBusy;
  zone.classList.toggle("is-busy", isBusy);
}

function figuresOf(sent, total, samples) {
  const [first, last] = [samples[0], samples.at(-1)];
  const rate = last.at > first.at ? ((last.sent - first.sent) * 1000) / (last.at - first.at) : 0;
  const parts = [`${bytes(sent)} of ${bytes(total)}`];
  if (sent === total) parts.push("storing …");
  else if (rate) parts.push(`${bytes(rate)}/s`, `${duration((total - sent) / rate)} left`);
  return parts;
}

function showFigures(parts) {
  figures.replaceChildren(
    ...parts.map((text) => Object.assign(document.createElement("span"), { textContent: text })),
  );
}

// --- sending ----------------------------------------------------------------------------------

function take(files, items = []) {
  problem.hidden = true;
  if (request) return;
  if (files.length === 0) return refuse("That was not a file. Drop a CSV file from a folder.");
  if (files.length > 1) return refuse(`One file at a time, please: these were ${files.length}.`);
  if ([...items].some((item) => item.webkitGetAsEntry?.()?.isDirectory)) {
    return refuse("That is a folder. Drop the file inside it.");
  }
  if (files[0].size === 0) return refuse("The file is empty.");
  send(files[0]);
}

function send(file) {
  const samples = [];
  const body = new FormData();
  body.append("file", file);

  request = new XMLHttpRequest();
  request.open("POST", zone.getAttribute("action"));
  request.setRequestHeader("X-CSRFToken", document.querySelector("meta[name=csrf-token]").content);
  request.setRequestHeader("Accept", "application/json");
  request.upload.addEventListener("progress", (event) => {
    samples.push({ at: event.timeStamp, sent: event.loaded });
    while (event.timeStamp - samples[0].at > RATE_WINDOW_MILLISECONDS) samples.shift();
    const percent = (100 * event.loaded) / event.total;
    bar.value = percent;
    // The form around the file adds a few bytes that nobody wants to see.
    const sent = Math.min(file.size, Math.round((percent / 100) * file.size));
    showFigures(figuresOf(sent, file.size, samples));
    keep(file.name, percent);
  });
  request.addEventListener("load", () => finish(answerOf(request)));
  request.addEventListener("error", () =>
    finish({ problem: "The connection broke before the file was there. Choose it again." }),
  );
  request.addEventListener("abort", () => finish({ problem: "" }));

  document.getElementById("upload-name").textContent = file.name;
  bar.value = 0;
  showFigures([`0 of ${bytes(file.size)}`]);
  showBusy(true);
  keep(file.name, 0);
  request.send(body);
}

function answerOf({ status, responseText }) {
  let answer = {};
  try {
    answer = JSON.parse(responseText);
  } catch {
    // A proxy's or the server's own error page: the number has to do.
  }
  if (status === 201 && answer.id) return { id: answer.id };
  if (status === 401) return { problem: "You are signed out. Reload the page and sign in." };
  return { problem: answer.detail ?? answer.title ?? `The server answered ${status}. Try again.` };
}

function finish({ id, problem: text }) {
  request = null;
  forget();
  if (id) return location.assign(`${zone.dataset.next}${id}/`);
  showBusy(false);
  input.value = "";
  if (text) refuse(text);
  document.getElementById("pick").focus();
}

// --- leaving in between -----------------------------------------------------------------------

// Private windows may refuse storage; then only the reminder is missing.
function keep(name, percent) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ name, percent: Math.floor(percent) }));
  } catch {}
}

function forget() {
  try {
    sessionStorage.removeItem(KEPT);
  } catch {}
}

function remember() {
  try {
    const { name, percent } = JSON.parse(sessionStorage.getItem(KEPT));
    refuse(`The upload of ${name} stopped at ${percent} % when the page was left. Choose the file again.`);
  } catch {}
  forget();
}

window.addEventListener("beforeunload", (event) => {
  if (request) event.preventDefault();
});

// --- drop and pick ----------------------------------------------------------------------------

// A file that misses the zone must not replace the page.
for (const name of ["dragover", "drop"]) {
  window.addEventListener(name, (event) => event.preventDefault());
}
for (const name of ["dragenter", "dragover"]) {
  zone.addEventListener(name, () => zone.classList.add("is-over"));
}
for (const name of ["dragleave", "drop"]) {
  zone.addEventListener(name, () => zone.classList.remove("is-over"));
}
zone.addEventListener("drop", (event) => take(event.dataTransfer.files, event.dataTransfer.items));
zone.addEventListener("submit", (event) => event.preventDefault());
document.getElementById("pick").addEventListener("click", () => input.click());
document.getElementById("upload-cancel").addEventListener("click", () => request?.abort());
input.addEventListener("change", () => take(input.files));

remember();
