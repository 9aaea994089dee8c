// The drop zone: takes one file by drop or picker, sends it, shows how far it is, and goes on to the
// page of its import. The work is done by the modules in upload/.

import { Api } from "./upload/api.js";
import { optionsOf, problemOf, show } from "./upload/options.js";
import { Transfer } from "./upload/transfer.js";
import { Unfinished } from "./upload/unfinished.js";
import { View } from "./upload/view.js";

// The pause before the next try and the rate change while nothing happens.
const TICK_MILLISECONDS = 500;

const zone = document.getElementById("drop-zone");
const input = document.getElementById("file");
const api = new Api(zone.dataset.api);
const view = new View(zone);
const unfinished = new Unfinished({ api, goOn });

let transfer = null;
let awaited = null;
let ticking = null;
let drawing = null;

// --- one file at a time -----------------------------------------------------------------------

function take(files, items = []) {
  if (transfer) return;
  const options = optionsOf(zone);
  const problem = problemWith(files, items) || problemOf(options);
  view.showIdle(problem);
  if (problem) input.value = "";
  else begin(files[0], options);
}

function problemWith(files, items) {
  if (files.length === 0) return "That was not a file. Drop a file from a folder.";
  if (files.length > 1) return `One file at a time, please: these were ${files.length}.`;
  if ([...items].some((item) => item.webkitGetAsEntry?.()?.isDirectory)) {
    return "That is a folder. Drop the file inside it.";
  }
  return files[0].size === 0 ? "The file is empty." : "";
}

function begin(file, options) {
  const form = zone.getAttribute("action");
  const report = () => begun === transfer && follow();
  const begun = new Transfer({ file, api, form, options, awaited: awaited?.fingerprint, report });
  transfer = begun;
  ticking = setInterval(draw, TICK_MILLISECONDS);
  transfer.run();
}

function follow() {
  if (transfer.phase === "done") leave();
  else if (transfer.phase === "failed" || transfer.phase === "cancelled") end();
  // Four lanes tell of their progress more often than a screen can show it.
  else drawing ??= requestAnimationFrame(draw);
}

function draw() {
  cancelAnimationFrame(drawing);
  drawing = null;
  if (transfer) view.show(transfer);
}

function leave() {
  const { id } = transfer.started;
  stop();
  location.assign(`${zone.dataset.next}${id}/`);
}

function end() {
  const { problem } = transfer;
  stop();
  view.showIdle(problem);
  document.getElementById("pick").focus();
  unfinished.refresh();
}

function stop() {
  clearInterval(ticking);
  transfer = null;
  awaited = null;
  input.value = "";
}

// --- what the person does ---------------------------------------------------------------------

function goOn(record) {
  awaited = record;
  // Before they count, they are in sight.
  if (record?.options) show(zone, record.options);
  input.click();
}

function pauseOrGoOn() {
  if (transfer.isActive) transfer.pause();
  else transfer.run();
}

const deeds = {
  "upload-deed": pauseOrGoOn,
  "upload-cancel": () => transfer.cancel(),
  "upload-now": () => transfer.tryNow(),
  "upload-around": () => transfer.detour(),
};
for (const [id, deed] of Object.entries(deeds)) {
  document.getElementById(id).addEventListener("click", () => transfer && deed());
}
document.getElementById("pick").addEventListener("click", () => goOn(null));
input.addEventListener("change", () => take(input.files));
zone.addEventListener("submit", (event) => event.preventDefault());
zone.addEventListener("drop", (event) => {
  awaited = null;
  take(event.dataTransfer.files, event.dataTransfer.items);
});

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

// --- the world around -------------------------------------------------------------------------

// What has arrived is kept, but bytes that are on their way are lost.
window.addEventListener("beforeunload", (event) => {
  if (transfer?.isActive) event.preventDefault();
});
// A hint, no proof: the next try tells.
window.addEventListener("online", () => transfer?.tryNow());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !transfer) unfinished.refresh();
});

unfinished.refresh();
