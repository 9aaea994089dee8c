// The way around: the file as a form to our own server, as programs without storage send it. It
// can be neither paused nor continued.

import { csrfToken, refusal } from "./api.js";
import { Stuck, Unavailable } from "./errors.js";
import { send } from "./sender.js";

// Gives the import that was started.
export async function sendForm({ file, address, options, signal, onProgress }) {
  const body = new FormData();
  body.append("file", file);
  for (const [name, value] of Object.entries(options)) body.append(name, value);
  const headers = { Accept: "application/json", "X-CSRFToken": csrfToken() };
  const answer = await send({ method: "POST", url: address, headers, body, signal, onProgress });
  if (answer.status === 201) return JSON.parse(answer.text);
  if (answer.status === 0) throw new Stuck("The connection broke before the file was there.");
  const error = refusal(answer.status, answer.text);
  throw error instanceof Unavailable ? new Stuck(`${error.message}.`) : error;
}
