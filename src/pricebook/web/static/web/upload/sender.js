// One request that carries bytes. fetch cannot tell how far a body is; XMLHttpRequest can.

// A line that went dead without a word, as when a laptop changes its network.
const SILENCE_MILLISECONDS = 60_000;
// When all bytes are there the other side may have to copy them before it answers.
const ANSWER_MILLISECONDS = 15 * 60_000;

// Gives { status, text }; status 0 when no answer came: then the bytes may be there or not.
// Rejects only when the signal is aborted.
export function send({ method, url, headers, body, signal, onProgress }) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    let silence;
    const listen = (milliseconds = SILENCE_MILLISECONDS) => {
      clearTimeout(silence);
      silence = setTimeout(abort, milliseconds);
    };

    request.upload.addEventListener("progress", (event) => {
      listen();
      onProgress(event.loaded);
    });
    request.upload.addEventListener("load", () => listen(ANSWER_MILLISECONDS));
    request.addEventListener("loadend", () => {
      clearTimeout(silence);
      signal.removeEventListener("abort", abort);
      if (signal.aborted) reject(signal.reason);
      else resolve({ status: request.status, text: request.responseText });
    });
    signal.addEventListener("abort", abort);

    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    listen();
    request.send(body);
  });
}
