// Several parts at a time. A lane ends at its first trouble, and the round with its last lane: so a
// bad line gets fewer requests at once, and then a pause.

import { Unavailable } from "./errors.js";
import { Supply } from "./supply.js";

const LANES = 4;

// Gives the first trouble that waiting may end, or undefined when all parts went through.
export async function sendInLanes({ numbers, put, signal, ...source }) {
  const round = new AbortController();
  const either = AbortSignal.any([signal, round.signal]);
  const supply = new Supply({ ...source, numbers, signal: either });
  const lanes = Array.from({ length: LANES }, () => run(supply, put, either));
  try {
    return (await Promise.all(lanes)).find(Boolean);
  } finally {
    // Where one lane cannot go on at all, the others need not.
    round.abort();
  }
}

async function run(supply, put, signal) {
  try {
    for (let part = await supply.next(); part; part = await supply.next()) {
      const { isThere, status } = await put(part, signal);
      if (!isThere) supply.again(part.number, status);
    }
  } catch (error) {
    if (error instanceof Unavailable) return error;
    throw error;
  }
  return undefined;
}
