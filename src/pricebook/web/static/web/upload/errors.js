// How an upload can go wrong. Every message is a sentence, or the beginning of one, for people.

// Trying again can help. The message is what the page says while it waits.
export class Unavailable extends Error {
  constructor(message, seconds = 0) {
    super(message);
    // The least time that the other side wants to be left alone.
    this.seconds = seconds;
  }
}

// No answer at all: the bytes may have arrived or not.
export class Silence extends Unavailable {}

// The API said no.
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// What was sent so far is of no use: it has to begin again.
export class Gone extends Error {}

// It stops here, and the person may try again.
export class Stuck extends Error {}
