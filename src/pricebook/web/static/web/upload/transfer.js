// One file on its way to its import, as the page sees it: what it does now, how far it is, and what
// the person can do about it.

import { Direct } from "./direct.js";
import { Refused, Stuck } from "./errors.js";
import { sendForm } from "./form.js";
import { Patience } from "./patience.js";
import { Progress } from "./progress.js";

// How browsers say that a file is not as it was when it was chosen.
const UNREADABLE = new Set(["NotReadableError", "NotFoundError"]);
const ACTIVE = new Set(["preparing", "sending", "storing"]);

export class Transfer {
  // preparing, sending, storing, paused, stuck (can be run again), failed (cannot), done, cancelled
  phase = "preparing";
  // Why it is stuck or failed.
  problem = "";
  // What the person should know beside all that.
  note = "";
  // Whether the bytes go through our own server.
  isDetour = false;
  // The import, when all is done.
  started = null;

  #direct;
  #controller = new AbortController();
  #running = null;

  // `awaited` is the fingerprint of the unfinished upload that the person wanted to go on with.
  // `options` say what the import is to do, by the names of the API.
  constructor({ file, api, form, options, awaited, report }) {
    Object.assign(this, { file, form, report });
    this.progress = new Progress(file.size, report);
    this.patience = new Patience(report);
    const { progress, patience } = this;
    const enter = (phase) => {
      // One that was stopped has nothing more to say.
      if (!this.#controller.signal.aborted && phase !== this.phase) this.#enter(phase);
    };
    const tell = (note) => {
      this.note = note;
    };
    this.#direct = new Direct({ file, api, options, progress, patience, enter, tell, awaited });
  }

  get isActive() {
    return ACTIVE.has(this.phase);
  }

  get canPause() {
    return this.isActive && !this.isDetour;
  }

  get canDetour() {
    return !this.isDetour && this.#direct.isBlocked && this.phase !== "paused";
  }

  // Begins, or goes on.
  run() {
    this.#running = this.#attempt(this.#running);
    return this.#running;
  }

  tryNow() {
    this.patience.tryNow();
  }

  pause() {
    this.#controller.abort();
    this.progress.halt();
    this.#enter("paused");
  }

  async cancel() {
    this.#controller.abort();
    await this.#running;
    this.#direct.giveUp();
    this.#enter("cancelled");
  }

  // Goes through our own server, for a browser that cannot reach the storage.
  async detour() {
    this.#controller.abort();
    await this.#running;
    this.#direct.giveUp();
    this.isDetour = true;
    this.note = "";
    return this.run();
  }

  async #attempt(before) {
    const controller = new AbortController();
    this.#controller = controller;
    this.problem = "";
    this.#enter("preparing");
    try {
      // Two at once would open two uploads.
      await before;
      this.started = await this.#send(controller.signal);
      this.#direct.end();
      this.#enter("done");
    } catch (error) {
      // Whoever paused or cancelled it has said so already.
      if (controller.signal.aborted) return;
      // The other lanes need not go on.
      controller.abort();
      this.progress.halt();
      this.#stop(error);
    }
  }

  #send(signal) {
    if (!this.isDetour) return this.#direct.send(signal);
    const { file, form: address, progress } = this;
    // Those of an upload that went on may be of its beginning.
    const { options } = this.#direct;
    progress.begin([]);
    this.#enter("sending");
    const onProgress = (bytes) => progress.fly(1, bytes);
    return sendForm({ file, address, options, signal, onProgress });
  }

  #stop(error) {
    const isUnreadable = UNREADABLE.has(error.name);
    this.problem = isUnreadable
      ? "The file was changed, moved or deleted while it was sent. Choose it again."
      : error.message;
    const isOver = isUnreadable || error instanceof Refused;
    if (isOver) this.#direct.release();
    else if (!(error instanceof Stuck)) console.error(error);
    this.#enter(isOver ? "failed" : "stuck");
  }

  #enter(phase) {
    this.phase = phase;
    this.report();
  }
}
