// How many bytes are there and on their way, by number of part. A file in one piece is part 1.

import { Rate } from "./rate.js";

export class Progress {
  #arrived = new Map();
  #flying = new Map();
  rate = new Rate();

  constructor(size, report) {
    Object.assign(this, { size, report });
  }

  get sent() {
    const sizes = [...this.#arrived.values(), ...this.#flying.values()];
    const sum = sizes.reduce((total, size) => total + size, 0);
    // A form adds a few bytes to the file that nobody wants to see.
    return Math.min(sum, this.size);
  }

  get percent() {
    return (100 * this.sent) / this.size;
  }

  get secondsLeft() {
    const perSecond = this.rate.perSecond();
    return perSecond ? (this.size - this.sent) / perSecond : null;
  }

  get isNothingThere() {
    return this.#arrived.size === 0;
  }

  // What the server knows counts more than what was believed here.
  begin(parts) {
    this.#arrived = new Map(parts.map(({ number, size }) => [number, size]));
    this.#flying.clear();
    this.rate.clear();
    this.rate.add(this.sent);
    this.report();
  }

  fly(number, bytes) {
    this.#flying.set(number, bytes);
    this.#measure();
  }

  arrive(number, bytes) {
    this.#flying.delete(number);
    this.#arrived.set(number, bytes);
    this.#measure();
  }

  fail(number) {
    this.#flying.delete(number);
    this.#measure();
  }

  // What was on its way did not arrive.
  halt() {
    this.#flying.clear();
    this.rate.clear();
  }

  #measure() {
    this.rate.add(this.sent);
    this.report();
  }
}
