// Sends a file straight to storage: our API opens the upload, signs the addresses and starts the
// import. It can be stopped at any moment and run again: it asks first what has arrived.

import { isPassing } from "./api.js";
import { base64Of, crc32Of } from "./crc32.js";
import { Gone, Refused, Silence, Stuck, Unavailable } from "./errors.js";
import { fingerprintOf, find, forget, keep } from "./kept.js";
import { sendInLanes } from "./lanes.js";
import { hold } from "./lock.js";
import { together, wordsOf } from "./options.js";
import { send } from "./sender.js";

// The server decides which files go in one piece. Of those it wants the checksum at once, so it is
// counted for all that are small enough.
const WHOLE_BYTES = 50_000_000;
const RESTARTS = 2;
// So many times in a row no answer from the storage, while our server answers, are no accident.
const SILENCES = 3;

const FORGOTTEN = "The storage does not know this upload any more.";

export class Direct {
  #upload = null;
  #fingerprint = null;
  #letGo = () => {};
  #addressUntil = 0;
  #silences = 0;

  // `enter` hears which phase begins, `tell` what the person should know beside it.
  constructor({ file, api, options, progress, patience, enter, tell, awaited }) {
    Object.assign(this, { file, api, options, progress, patience, enter, tell, awaited });
  }

  get isBlocked() {
    return this.#silences >= SILENCES;
  }

  // Gives the import that was started.
  async send(signal) {
    for (let restarts = 0; ; restarts += 1) {
      if (!this.#upload) await this.#open(signal);
      try {
        return await (this.#upload.part_count ? this.#sendParts(signal) : this.#sendWhole(signal));
      } catch (error) {
        if (!(error instanceof Gone)) throw error;
        this.giveUp();
        if (restarts === RESTARTS) throw new Stuck(error.message);
        this.tell(`${error.message} It is sent again from the beginning.`);
      }
    }
  }

  // Nobody will go on with it: storage can forget it.
  giveUp() {
    if (this.#upload) this.api.discard(this.#upload.id);
    this.end();
  }

  // It is over here, one way or another.
  end() {
    if (this.#upload) forget(this.#fingerprint, this.#upload.id);
    this.#upload = null;
    this.release();
  }

  // Another tab may go on with it.
  release() {
    this.#letGo();
    this.#letGo = () => {};
  }

  // --- opening --------------------------------------------------------------------------------

  async #open(signal) {
    this.#fingerprint = await fingerprintOf(this.file);
    if (this.awaited && this.awaited !== this.#fingerprint) {
      this.tell("This is another file, or it was changed since: it is sent from the beginning.");
    }
    const upload = (await this.#earlier(signal)) ?? (await this.#create(signal));
    const letGo = await hold(upload.id);
    // Somebody else's: it must not be given up with this transfer.
    if (!letGo) throw new Stuck("Another tab is sending this file. Go on there, or close that tab.");
    this.#letGo = letGo;
    this.#upload = upload;
    await this.#keep(upload);
    this.progress.begin(upload.parts);
  }

  async #earlier(signal) {
    const record = await find(this.#fingerprint);
    if (!record) return null;
    this.#recall(record);
    try {
      return await this.#persist(() => this.api.read(record.id, signal), signal);
    } catch (error) {
      if (error.status !== 404) throw error;
      await forget(this.#fingerprint, record.id);
      return null;
    }
  }

  // Goes on with what was said when the upload began, unless the person has just seen it in the form.
  #recall({ options: kept = {} }) {
    if (this.awaited === this.#fingerprint) return;
    this.options = together(kept, this.options);
    const words = wordsOf(kept);
    if (words) this.tell(`It goes on as it was begun. Options: ${words}.`);
  }

  #keep({ id, key }) {
    const { name, size, lastModified } = this.file;
    const [fingerprint, options] = [this.#fingerprint, this.options];
    return keep({ fingerprint, id, key, name, size, lastModified, when: Date.now(), options });
  }

  async #create(signal) {
    const { file } = this;
    const crc32 = file.size > WHOLE_BYTES ? "" : base64Of(await crc32Of(file));
    const upload = await this.#persist(() => this.api.create(file, crc32, signal), signal);
    // From here on it is there, whatever happens next.
    this.#upload = upload;
    // Measured by this machine's clock, which may be wrong, in lengths alone.
    const lifetime = Date.parse(upload.url_expires_at) - Date.parse(upload.created_at);
    this.#addressUntil = Date.now() + lifetime;
    return upload;
  }

  // --- in one piece ---------------------------------------------------------------------------

  async #sendWhole(signal) {
    // The address is told once: after a reload only the question is left whether the file arrived.
    for (let wasAsked = !this.#upload.url; ; wasAsked = true) {
      const started = wasAsked && (await this.#start(signal));
      if (started) return started;
      try {
        await this.#putWhole(wasAsked, signal);
      } catch (error) {
        await this.#pause(error, signal);
        // A file that was changed on the disk looks like a broken line; reading it tells.
        await this.file.slice(0, 1).arrayBuffer();
      }
    }
  }

  async #putWhole(wasAsked, signal) {
    const { method, url, headers } = this.#upload;
    if (!url) throw new Gone("The file had not arrived.");
    if (Date.now() > this.#addressUntil) throw new Gone("The time to send it was over.");
    const whole = { number: 1, body: this.file, method, url, headers };
    const { isThere, status } = await this.#put(whole, signal);
    if (isThere) return;
    // 412: the file is there, and only the answer was lost that said so.
    if (status !== 412) throw new Gone(`The storage refused the file (${status}).`);
    if (wasAsked) throw new Unavailable("The server does not see the file yet");
  }

  // --- in parts -------------------------------------------------------------------------------

  async #sendParts(signal) {
    for (;;) {
      const upload = await this.#persist(() => this.#read(signal), signal);
      this.progress.begin(upload.parts);
      const numbers = upload.import_url ? [] : missingIn(upload);
      if (numbers.length > 0) {
        const started = await this.#round(numbers, signal);
        if (started) return started;
      } else {
        const started = await this.#start(signal);
        if (started) return started;
        await this.#pause(new Unavailable("The server does not see all parts yet"), signal);
      }
    }
  }

  // Gives the import, should the parts be a file already.
  async #round(numbers, signal) {
    const { file, api } = this;
    const put = (part, either) => this.#put(part, either);
    try {
      const trouble = await sendInLanes({ numbers, put, signal, file, api, upload: this.#upload });
      if (trouble) await this.#pause(trouble, signal);
      return null;
    } catch (error) {
      // Another tab was faster, or an answer got lost.
      const started = error instanceof Gone && (await this.#start(signal));
      if (started) return started;
      throw error;
    }
  }

  async #read(signal) {
    try {
      return await this.api.read(this.#upload.id, signal);
    } catch (error) {
      if (error.status === 404) throw new Gone("The server does not know this upload any more.");
      throw error;
    }
  }

  // --- both -----------------------------------------------------------------------------------

  // Says whether the bytes are there. Throws what waiting may end, or a new beginning.
  async #put({ number, method, url, headers, body }, signal) {
    this.enter("sending");
    const onProgress = (bytes) => this.progress.fly(number, bytes);
    const { status } = await send({ method, url, headers, body, signal, onProgress });
    const isThere = status >= 200 && status < 300;
    if (isThere) {
      this.patience.succeed();
      this.progress.arrive(number, body.size);
    } else this.progress.fail(number);
    if (status === 0) throw new Silence("No connection to the storage");
    if (isPassing(status)) throw new Unavailable("The storage cannot take it now");
    if (status === 404 || status === 410) throw new Gone(FORGOTTEN);
    return { isThere, status };
  }

  // Gives the import, or null while something is missing.
  async #start(signal) {
    this.enter("storing");
    try {
      return await this.#persist(() => this.api.start(this.#upload.key, this.options, signal), signal);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status === 409 || (error.status === 404 && !this.#upload.part_count)) return null;
      if (error.status === 404) throw new Gone(FORGOTTEN);
      throw error;
    }
  }

  async #persist(call, signal) {
    for (;;) {
      try {
        return await call();
      } catch (error) {
        await this.#pause(error, signal);
      }
    }
  }

  // Waits until it makes sense to try again; throws what no waiting changes.
  async #pause(error, signal) {
    if (!(error instanceof Unavailable)) throw error;
    signal.throwIfAborted();
    const isBlocked = error instanceof Silence && this.progress.isNothingThere;
    this.#silences = isBlocked ? this.#silences + 1 : 0;
    await this.patience.wait(error, signal);
  }
}

function missingIn({ part_count: count, parts }) {
  const arrived = new Set(parts.map(({ number }) => number));
  return Array.from({ length: count }, (_, index) => index + 1).filter((each) => !arrived.has(each));
}
