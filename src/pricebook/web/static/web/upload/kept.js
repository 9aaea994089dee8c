// Remembers in this browser which uploads are unfinished, so that the same file goes on later.
// Private windows may refuse to store: then everything works, and nothing is remembered.

import { crc32Of } from "./crc32.js";

const DATABASE = "pricebook";
const STORE = "uploads";
const EDGE = 64 * 1024;

let opening = null;

// Two files that agree in this are taken for the same; the rest is up to the checksums of the parts.
export async function fingerprintOf(file) {
  const edges = [file.slice(0, EDGE), file.slice(-EDGE)];
  const [first, last] = await Promise.all(edges.map(crc32Of));
  return JSON.stringify([file.name, file.size, file.lastModified, first, last]);
}

// Records are { fingerprint, id, key, name, size, lastModified, when, options }; those of an older
// version have no options.
export const keep = (record) => ask("readwrite", (store) => store.put(record));
export const find = (fingerprint) => ask("readonly", (store) => store.get(fingerprint));
export const all = async () => (await ask("readonly", (store) => store.getAll())) ?? [];

// Only the upload that is meant: a new one of the same file may have taken its place.
export function forget(fingerprint, id) {
  return ask("readwrite", (store) => {
    const found = store.get(fingerprint);
    found.addEventListener("success", () => {
      if (found.result?.id === id) store.delete(fingerprint);
    });
    return found;
  });
}

async function ask(mode, deed) {
  try {
    const transaction = (await open()).transaction(STORE, mode);
    const request = deed(transaction.objectStore(STORE));
    await ended(transaction, "complete");
    return request.result;
  } catch {
    return undefined;
  }
}

function open() {
  opening ??= (async () => {
    const request = indexedDB.open(DATABASE, 1);
    request.addEventListener("upgradeneeded", () => {
      request.result.createObjectStore(STORE, { keyPath: "fingerprint" });
    });
    await ended(request, "success");
    return request.result;
  })();
  return opening;
}

function ended(request, event) {
  return new Promise((resolve, reject) => {
    request.addEventListener(event, resolve);
    for (const name of ["error", "abort", "blocked"]) {
      request.addEventListener(name, () => reject(request.error));
    }
  });
}
