// Pauses before trying again: growing while nothing works, and never all clients at one moment.

const FIRST_MILLISECONDS = 1000;
const LONGEST_MILLISECONDS = 30_000;

export class Patience {
  #failures = 0;
  #wake = null;
  // While it waits: why, and until when.
  reason = "";
  until = null;

  constructor(report) {
    this.report = report;
  }

  get isWaiting() {
    return this.until !== null;
  }

  get secondsLeft() {
    return Math.max(0, Math.ceil((this.until - Date.now()) / 1000));
  }

  // Something worked: the next pause is a short one again.
  succeed() {
    this.#failures = 0;
  }

  tryNow() {
    this.#wake?.();
  }

  // Waits after an Unavailable. Rejects when the signal is aborted.
  async wait({ message, seconds }, signal) {
    const usual = Math.min(LONGEST_MILLISECONDS, FIRST_MILLISECONDS * 2 ** this.#failures);
    const pause = Math.max(1000 * seconds, usual * (0.5 + Math.random() / 2));
    this.#failures += 1;
    this.reason = message;
    this.until = Date.now() + pause;
    this.report();
    try {
      await this.#sleep(pause, signal);
    } finally {
      this.until = null;
      this.report();
    }
  }

  async #sleep(pause, signal) {
    let timer;
    let give;
    try {
      await new Promise((resolve, reject) => {
        signal.throwIfAborted();
        timer = setTimeout(resolve, pause);
        this.#wake = resolve;
        give = () => reject(signal.reason);
        signal.addEventListener("abort", give);
      });
    } finally {
      clearTimeout(timer);
      this.#wake = null;
      signal.removeEventListener("abort", give);
    }
  }
}
