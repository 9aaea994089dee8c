// Shows a transfer in the drop zone. What is the same as before is not written again, so that
// screen readers tell of changes only.

import { bytes, duration } from "../format.js";

const STATES = {
  preparing: { words: "Preparing", look: "processing", deed: "Pause" },
  sending: { words: "Sending", look: "processing", deed: "Pause" },
  storing: { words: "Storing", look: "processing", deed: "Pause" },
  paused: { words: "Paused", look: "pending", deed: "Resume" },
  stuck: { words: "Stopped", look: "failed", deed: "Try again" },
};

const PARTS = "name state deed cancel bar figures wait again note detour problem".split(" ");

export class View {
  #zone;
  #idle;
  #busy;
  #parts = {};

  constructor(zone) {
    this.#zone = zone;
    this.#idle = zone.querySelector(".drop-idle");
    this.#busy = zone.querySelector(".drop-busy");
    for (const name of PARTS) this.#parts[name] = document.getElementById(`upload-${name}`);
  }

  showIdle(problem = "") {
    this.#swap(false);
    this.#tell(this.#parts.problem, problem);
  }

  show(transfer) {
    const focused = document.activeElement;
    const { progress, patience, phase } = transfer;
    const { words, look, deed } = STATES[phase];
    const { name, state, deed: button, cancel, bar, wait, again } = this.#parts;

    write(name, transfer.file.name);
    write(state, patience.isWaiting ? patience.reason : words);
    state.className = `status status-${patience.isWaiting ? "needs_review" : look}`;
    bar.value = progress.percent;
    this.#showFigures(figuresOf(transfer));
    this.#tell(this.#parts.note, transfer.note);
    this.#tell(this.#parts.problem, transfer.problem);
    this.#parts.detour.hidden = !transfer.canDetour;
    wait.hidden = !patience.isWaiting;
    if (patience.isWaiting) write(again, `Trying again in ${patience.secondsLeft} s.`);
    write(button, deed);
    button.hidden = transfer.isActive && !transfer.canPause;
    button.classList.toggle("btn-primary", !transfer.isActive);
    button.classList.toggle("btn-quiet", transfer.isActive);

    this.#swap(true);
    // The keyboard must not lose its place when its button goes away.
    if (this.#zone.contains(focused) && !focused.checkVisibility()) {
      (button.hidden ? cancel : button).focus({ preventScroll: true });
    }
  }

  #swap(isBusy) {
    this.#idle.hidden = isBusy;
    this.#busy.hidden = !isBusy;
    this.#zone.classList.toggle("is-busy", isBusy);
  }

  #tell(element, text) {
    write(element, text);
    element.hidden = !text;
  }

  #showFigures(texts) {
    const { figures } = this.#parts;
    while (figures.children.length < texts.length) figures.append(document.createElement("span"));
    [...figures.children].forEach((span, place) => write(span, texts[place] ?? ""));
  }
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function figuresOf({ progress, patience, phase }) {
  const { sent, size, percent } = progress;
  const figures = [`${Math.floor(percent)} %`, `${bytes(sent)} of ${bytes(size)}`];
  const perSecond = progress.rate.perSecond();
  if (phase !== "sending" || patience.isWaiting || !perSecond || sent === size) return figures;
  return [...figures, `${bytes(perSecond)}/s`, `${duration(progress.secondsLeft)} left`];
}
