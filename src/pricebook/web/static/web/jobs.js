// Keeps job cards up to date. An element with data-watch="ADDRESS" is watched while it is in the page:
// figures are written here, words and buttons come from the server, which is asked again (by the
// event "job-changed", see hx-trigger in the templates) when the status or the phase changes.

import { count, duration } from "./format.js";

const POLL_MILLISECONDS = 1000;
const FINISHED = new Set(["completed", "failed", "cancelled", "needs_review", "undone"]);

const OUTCOMES = ["created", "updated", "unchanged", "duplicate", "skipped", "failed"];

const writers = {
  open: (progress) =>
    count(OUTCOMES.reduce((rest, name) => rest - progress[`${name}_rows`], progress.total_rows)),
  percent: (progress) => `${Math.floor(progress.percent)} %`,
  rate: (progress) => (progress.rows_per_second ? `${count(progress.rows_per_second)} a second` : ""),
  left: (progress) => (progress.seconds_left == null ? "" : `${duration(progress.seconds_left)} left`),
};

function show(root, progress) {
  for (const element of root.querySelectorAll("[data-value]")) {
    const name = element.dataset.value;
    element.textContent = writers[name] ? writers[name](progress) : count(progress[name]);
  }
  const bar = root.querySelector(`[data-bar="${progress.phase}"]`);
  if (bar) bar.value = progress.percent;
}

class Watcher {
  constructor(root) {
    this.root = root;
    // A browser opens six connections to a server at most, and a stream holds one. So only the
    // page of an import streams; the small cards, which stand on every page, poll.
    this.wantsStream = "stream" in root.dataset && "EventSource" in window;
    this.ended = false;
  }

  start() {
    if (this.ended || document.hidden) return;
    if (this.wantsStream) this.stream();
    else this.poll();
  }

  stop() {
    this.source?.close();
    clearTimeout(this.timer);
  }

  stream() {
    let errors = 0;
    this.source = new EventSource(this.root.dataset.stream);
    this.source.addEventListener("progress", (event) => {
      errors = 0;
      this.take(JSON.parse(event.data));
    });
    this.source.addEventListener("error", () => {
      errors += 1;
      // One break is a server that ends a long stream: the browser connects again by itself.
      if (errors < 2 && this.source.readyState !== EventSource.CLOSED) return;
      this.source.close();
      this.wantsStream = false;
      this.poll();
    });
  }

  async poll() {
    try {
      const response = await fetch(this.root.dataset.watch, { redirect: "manual" });
      if (response.ok) this.take(await response.json());
      // Signed out, or the job is gone: the server's page says which.
      else if (response.status < 500) this.change();
    } catch {
      // The server is away; ask again.
    }
    clearTimeout(this.timer);
    if (!this.ended && !document.hidden) this.timer = setTimeout(() => this.poll(), POLL_MILLISECONDS);
  }

  take(progress) {
    if (this.ended) return;
    if (!this.root.isConnected) return this.end();
    show(this.root, progress);
    const { status, phase } = this.root.dataset;
    if (progress.status !== status || progress.phase !== phase || FINISHED.has(progress.status)) {
      this.change();
    }
  }

  change() {
    this.end();
    htmx.trigger(this.root, "job-changed");
  }

  end() {
    this.ended = true;
    this.stop();
  }
}

let watchers = [];

export function watchJobs(root) {
  const found = [...root.querySelectorAll("[data-watch]")];
  if (root.matches?.("[data-watch]")) found.push(root);
  const fresh = found.filter((element) => !watchers.some((watcher) => watcher.root === element));
  watchers = watchers.filter((watcher) => !watcher.ended && watcher.root.isConnected);
  for (const element of fresh) {
    const watcher = new Watcher(element);
    watchers.push(watcher);
    watcher.start();
  }
}

document.addEventListener("visibilitychange", () => {
  for (const watcher of watchers) {
    watcher.stop();
    if (!document.hidden) watcher.start();
  }
});
