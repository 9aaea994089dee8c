// How fast bytes go, over the last seconds, and how long the rest will take.

const WINDOW_MILLISECONDS = 6000;

export class Rate {
  #samples = [];

  add(sent, at = performance.now()) {
    // Parts that failed count for nothing any more: what was measured with them says nothing.
    if (sent < this.#samples.at(-1)?.sent) this.clear();
    this.#samples.push({ sent, at });
    while (at - this.#samples[0].at > WINDOW_MILLISECONDS) this.#samples.shift();
  }

  clear() {
    this.#samples = [];
  }

  // Bytes a second; 0 while it is not known.
  perSecond(now = performance.now()) {
    const first = this.#samples[0];
    if (!first || now <= first.at) return 0;
    return ((this.#samples.at(-1).sent - first.sent) * 1000) / (now - first.at);
  }
}
