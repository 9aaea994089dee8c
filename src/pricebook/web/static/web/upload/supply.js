// The parts that still have to go, each with its bytes, its checksum and a fresh address. The next
// few are made ready while others are on their way.

import { base64Of, crc32Of } from "./crc32.js";
import { Stuck } from "./errors.js";

const BATCH = 4;
const REFUSALS = 3;

export class Supply {
  #numbers;
  #ready = [];
  #filling = null;
  #refusals = new Map();

  constructor({ file, upload, api, numbers, signal }) {
    Object.assign(this, { file, upload, api, signal });
    this.#numbers = [...numbers];
  }

  // The next part, or null when there is none. Rejects when the API does not give an address.
  async next() {
    while (this.#ready.length === 0) {
      if (!this.#filling && this.#numbers.length === 0) return null;
      await this.#fill();
    }
    const part = this.#ready.shift();
    // Whoever comes next and waits for it sees when it fails.
    if (this.#ready.length === 0) this.#fill().catch(() => {});
    return part;
  }

  // Storage took neither the address nor the bytes: both are made again, a few times.
  again(number, status) {
    const count = (this.#refusals.get(number) ?? 0) + 1;
    if (count >= REFUSALS) {
      const what = `The storage refused part ${number} of the file ${count} times (${status}).`;
      throw new Stuck(`${what} “pricebook check_storage” tells an operator why.`);
    }
    this.#refusals.set(number, count);
    this.#numbers.unshift(number);
  }

  #fill() {
    this.#filling ??= this.#prepare().finally(() => {
      this.#filling = null;
    });
    return this.#filling;
  }

  async #prepare() {
    const numbers = this.#numbers.splice(0, BATCH);
    if (numbers.length === 0) return;
    try {
      const parts = await Promise.all(numbers.map((number) => this.#checked(number)));
      const wanted = parts.map(({ number, crc32 }) => ({ number, crc32 }));
      const addresses = await this.api.addresses(this.upload.id, wanted, this.signal);
      const addressOf = new Map(addresses.map((address) => [address.number, address]));
      this.#ready.push(...parts.map((part) => ({ ...part, ...addressOf.get(part.number) })));
    } catch (error) {
      this.#numbers.unshift(...numbers);
      throw error;
    }
  }

  async #checked(number) {
    const { part_size: size } = this.upload;
    const body = this.file.slice((number - 1) * size, number * size);
    return { number, body, crc32: base64Of(await crc32Of(body)) };
  }
}
