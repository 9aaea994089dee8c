// What the upload asks of our own API. Not one byte of the file goes there.

import { Refused, Unavailable } from "./errors.js";

// Joining the parts of a large file takes storage a while.
const ANSWER_MILLISECONDS = 120_000;

export class Api {
  constructor(address) {
    this.address = address;
  }

  create(file, crc32, signal) {
    const { name: filename, size, type } = file;
    const body = { filename, size, ...(type && { content_type: type }), ...(crc32 && { crc32 }) };
    return this.#ask("POST", "create-upload/", { body, signal });
  }

  read(id, signal) {
    return this.#ask("GET", `uploads/${id}/`, { signal });
  }

  async addresses(id, parts, signal) {
    const answer = await this.#ask("POST", `uploads/${id}/parts/`, { body: { parts }, signal });
    return answer.parts;
  }

  start(key, options, signal) {
    return this.#ask("POST", "start/", { body: { key, ...options }, signal });
  }

  // Nobody waits for it, and it goes on when the page is left: storage forgets by itself later.
  async discard(id) {
    try {
      await this.#ask("DELETE", `uploads/${id}/`, { keepalive: true });
    } catch (error) {
      // It became an import at that very moment: that is what nobody wants any more.
      if (error.status === 409) await this.#ask("POST", `${id}/cancel/`, { keepalive: true }).catch(() => {});
    }
  }

  async #ask(method, path, { body, signal, keepalive = false }) {
    const headers = { Accept: "application/json", "X-CSRFToken": csrfToken() };
    if (body) headers["Content-Type"] = "application/json";
    const patience = AbortSignal.timeout(ANSWER_MILLISECONDS);
    let response;
    let answer;
    try {
      response = await fetch(this.address + path, {
        method,
        headers,
        keepalive,
        body: body && JSON.stringify(body),
        signal: signal ? AbortSignal.any([signal, patience]) : patience,
      });
      answer = await response.text();
      // The page of a hotel's Wi-Fi is no answer of ours.
      if (response.ok) return answer && JSON.parse(answer);
    } catch {
      signal?.throwIfAborted();
      throw new Unavailable("No connection to the server");
    }
    throw refusal(response.status, answer, Number(response.headers.get("Retry-After")) || 0);
  }
}

export const csrfToken = () => document.querySelector("meta[name=csrf-token]").content;

export const isPassing = (status) => status === 408 || status === 429 || status >= 500;

export function refusal(status, text, seconds = 0) {
  if (status === 429) return new Unavailable("The server wants a pause", seconds);
  if (isPassing(status)) return new Unavailable("The server cannot do that now", seconds);
  if (status === 401) return new Refused(status, "You are signed out. Reload the page and sign in.");
  return new Refused(status, sentenceOf(text) ?? `The server answered ${status}. Try again.`);
}

function sentenceOf(text) {
  try {
    const { detail, title, errors } = JSON.parse(text);
    return errors?.[0]?.detail ?? detail ?? title;
  } catch {
    // A proxy's or the server's own error page: the number has to do.
    return undefined;
  }
}
