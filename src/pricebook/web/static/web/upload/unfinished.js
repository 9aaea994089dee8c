// The uploads that this browser has begun and not finished, listed in the drop zone.

import { Unavailable } from "./errors.js";
import { all, forget } from "./kept.js";
import { heldElsewhere } from "./lock.js";
import { wordsOf } from "./options.js";

const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

export class Unfinished {
  #list = document.getElementById("unfinished");
  #template = document.getElementById("unfinished-one");

  // `goOn` gets the record of the upload whose file the person is about to choose.
  constructor({ api, goOn }) {
    Object.assign(this, { api, goOn });
  }

  async refresh() {
    const isHeld = await heldElsewhere();
    const records = (await all()).sort((one, other) => other.when - one.when);
    const entries = await Promise.all(records.map((record) => this.#entry(record, isHeld(record.id))));
    this.#list.replaceChildren(...entries.filter(Boolean));
    this.#list.hidden = this.#list.children.length === 0;
  }

  async #entry(record, isHeld) {
    if (isHeld) return this.#element(record, "is being sent in another tab.");
    const words = await this.#words(record);
    return words ? this.#element(record, `${words}${saidOf(record)}`, true) : null;
  }

  // What is known of an upload; nothing when there is nothing to go on with.
  async #words({ id, fingerprint }) {
    try {
      const upload = await this.api.read(id);
      if (!upload.import_url) return stateOf(upload);
      forget(fingerprint, id);
    } catch (error) {
      if (error instanceof Unavailable) return "was not sent to its end. Choose the file again to go on.";
      if (error.status === 404) forget(fingerprint, id);
    }
    return "";
  }

  #element(record, words, hasDeeds = false) {
    const element = this.#template.content.cloneNode(true).firstElementChild;
    element.querySelector("bdi").textContent = record.name;
    element.querySelector("[data-words]").textContent = words;
    const goOn = element.querySelector("[data-go-on]");
    const discard = element.querySelector("[data-discard]");
    goOn.setAttribute("aria-label", `Go on with ${record.name}`);
    discard.setAttribute("aria-label", `Discard ${record.name}`);
    goOn.addEventListener("click", () => this.goOn(record));
    discard.addEventListener("click", () => this.#discard(record, element));
    element.querySelector(".job-actions").hidden = !hasDeeds;
    return element;
  }

  #discard({ id, fingerprint }, element) {
    this.api.discard(id);
    forget(fingerprint, id);
    element.remove();
    this.#list.hidden = this.#list.children.length === 0;
    document.getElementById("pick").focus();
  }
}

function stateOf({ part_count: isInParts, parts, file_size: size, expires_at: expires }) {
  // The address of a file in one piece is told once.
  if (!isInParts) return "was not sent to its end. Choose the file again to send it.";
  const arrived = parts.reduce((sum, part) => sum + part.size, 0);
  const percent = Math.floor((100 * arrived) / size);
  const until = momentOf(new Date(expires));
  return `${percent} % is already there, expires ${until}. Choose the file again to go on.`;
}

function saidOf({ options = {} }) {
  const words = wordsOf(options);
  return words && ` Options: ${words}.`;
}

function momentOf(date) {
  const days = (new Date(date).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 86_400_000;
  const name = { 0: "today", 1: "tomorrow" }[Math.round(days)] ?? day.format(date);
  return `${name} ${clock.format(date)}`;
}
