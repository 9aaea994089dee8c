/* Receive the webhooks of Pricebook, and prove that none is missing.

Copy this file, put your own work into `changed` and `everything`, and run it:

    npm install standardwebhooks
    export PRICEBOOK_URL=https://pricebook.example.com PRICEBOOK_KEY=pb_... WEBHOOK_SECRET=whsec_...
    node receiver.mjs

Webhooks tell of changes at once, /api/changes/ tells of them for certain; both lead to `changed`,
and what is older than what came before is left out. Node 20 or newer. */

import { closeSync, existsSync, fsyncSync, openSync } from "node:fs";
import { readFileSync, renameSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { Webhook } from "standardwebhooks";

const PRICEBOOK = process.env.PRICEBOOK_URL.replace(/\/+$/, "");
const KEY = process.env.PRICEBOOK_KEY;
const { HOST = "127.0.0.1", PORT = "8080", STATE_FILE = "receiver.jsonl" } = process.env;
const MAX_BODY = 8_000_000;
const DAY = 86_400_000;

const webhook = new Webhook(process.env.WEBHOOK_SECRET);

/** Do your work: the product was created, updated, restored or deleted.
 *  Be quick, for the sender waits: at most 15 seconds. After a crash the same may come again. */
async function changed(kind, productId, sku) {
  console.log(kind, productId, sku);
}

/** Do your work: these are all products; others that you may have are gone.
 *  Called at the first start, and when the receiver was away for longer than changes are kept. */
async function everything(products) {
  let count = 0;
  for await (const _ of products) count += 1;
  console.log("products:", count);
}

// What is known: a file to which each step adds one line, whole or not at all.
const taken = new Map(); // the id of an event: when it came
const versions = new Map(); // the number of a product: its latest version
let since = null; // the place in /api/changes/
let file = null;

function apply(step) {
  if (step.begins) versions.clear();
  if (step.taken) taken.set(step.taken, step.at);
  for (const [id, version] of step.products ?? []) versions.set(id, version);
  if (step.since) since = step.since;
}

function write(step) {
  writeSync(file, JSON.stringify(step) + "\n");
}

function keep(step) {
  write(step);
  fsyncSync(file);
  apply(step);
}

/** Write the file anew: without what is old, and without a line that a crash cut off. */
function tidy() {
  for (const [id, at] of taken) if (at < Date.now() - 40 * DAY) taken.delete(id);
  if (file !== null) closeSync(file);
  file = openSync(`${STATE_FILE}.new`, "w");
  write({ since, products: [...versions] });
  for (const [id, at] of taken) write({ taken: id, at });
  fsyncSync(file);
  renameSync(`${STATE_FILE}.new`, STATE_FILE);
}

function load() {
  if (!existsSync(STATE_FILE)) return;
  const lines = readFileSync(STATE_FILE, "utf8").split("\n");
  for (const line of lines.slice(0, -1)) apply(JSON.parse(line));
}

// Events and readings are worked on one after another.
let last = Promise.resolve();
function inTurn(work) {
  const done = last.then(work);
  last = done.catch(() => {});
  return done;
}

/** Do what an event says: all of it or nothing, and only once. */
async function take({ id, type, data }) {
  if (id.startsWith("evt_test_")) return console.log("test", type);
  if (taken.has(id)) return;
  const step = { taken: id, at: Date.now() };
  if (data.product) {
    const { kind, version } = data.change;
    await note([{ kind, id: data.product.id, sku: data.product.sku, version }], step);
  } else if (type === "products.batch") {
    const changes = data.events.map((each) => ({
      kind: each.type.replace("product.", ""),
      id: each.product_id,
      sku: each.sku,
      version: data.version,
    }));
    await note(changes, step);
  } else {
    // It tells that many products were changed: which ones, /api/changes/ says.
    keep(step);
    thereIsMore();
  }
}

/** Pass changes on unless later ones of their products have come before; then keep the step. */
async function note(changes, step) {
  const news = new Map();
  for (const { kind, id, sku, version } of changes) {
    if (version > (news.get(id) ?? versions.get(id) ?? 0)) {
      await changed(kind, id, sku);
      news.set(id, version);
    }
  }
  keep({ ...step, products: [...news] });
}

/** Read whatever no webhook brought, from where the last reading ended. */
async function catchUp() {
  if (since === null) await begin();
  for (let hasMore = true; hasMore; ) {
    const page = await ask(`/api/changes/?since=${since}`);
    if (page === null) {
      await begin();
      continue;
    }
    const changes = page.results.map((each) => ({
      kind: each.kind,
      id: each.product_id,
      sku: each.sku,
      version: each.changeset,
    }));
    await inTurn(() => note(changes, { since: page.next_since }));
    hasMore = page.has_more;
  }
  console.log("caught up");
}

/** Read all products, and note the place in the changes from which to go on. */
async function begin() {
  const now = (await ask("/api/changes/?since=now")).next_since;
  await everything(products());
  // What changed meanwhile is to come again, after what was read.
  await inTurn(() => keep({ begins: true, since: now }));
}

async function* products() {
  for (let query = "?cursor=&page_size=500"; query !== null; ) {
    const page = await ask(`/api/products/${query}`);
    yield* page.results;
    query = page.next && new URL(page.next).search;
  }
}

/** Read from the API; wait when it says that this is too fast. Null where changes are not kept. */
async function ask(path) {
  for (;;) {
    const answer = await fetch(PRICEBOOK + path, {
      headers: { authorization: `Bearer ${KEY}` },
      signal: AbortSignal.timeout(60_000),
    });
    if (answer.ok) return answer.json();
    if (answer.status === 410) return null;
    if (answer.status !== 429) throw new Error(`${path} answered ${answer.status}`);
    await sleep(1_000 * Number(answer.headers.get("retry-after") ?? 10));
  }
}

let thereIsMore = () => {};

/** Catch up at the start, once a day, and when an event says that there is more. */
async function follow() {
  for (;;) {
    const more = new Promise((resolve) => (thereIsMore = resolve));
    let wait = DAY;
    try {
      await catchUp();
    } catch (error) {
      console.log("Catching up is tried again in a minute:", String(error.cause ?? error));
      wait = 60_000;
    }
    const pause = new AbortController();
    await Promise.race([more, sleep(wait, null, { signal: pause.signal }).then(tidy, () => {})]);
    pause.abort();
  }
}

/** Answer 204 for what was taken, 400 for what is not from Pricebook, 500 to get it again. */
async function receive(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY) return 413;
    chunks.push(chunk);
  }
  let event;
  try {
    // The signature covers the bytes as they came: verify first, read afterwards.
    event = webhook.verify(Buffer.concat(chunks), request.headers);
  } catch {
    return 400;
  }
  await inTurn(() => take(event));
  return 204;
}

load();
tidy();
const server = createServer((request, response) => {
  receive(request)
    .catch((error) => (console.error(error), 500))
    .then((status) => response.writeHead(status).end());
});
// Longer than the sender keeps a connection.
server.keepAliveTimeout = 60_000;
server.listen(Number(PORT), HOST, () => {
  console.log(`Listening on http://${HOST}:${server.address().port}/`);
  follow();
});
