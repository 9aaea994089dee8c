// One tab at a time for one upload. Browsers offer locks to pages of https and localhost only;
// elsewhere every tab may go on, and storage keeps whichever part came last: it is the same one.

const nameOf = (id) => `pricebook.upload.${id}`;

// Gives a function that lets go of the upload, or null when another tab holds it.
export function hold(id) {
  if (!navigator.locks) return Promise.resolve(() => {});
  return new Promise((resolve) => {
    const keep = (lock) => {
      if (!lock) return resolve(null);
      return new Promise((release) => resolve(release));
    };
    navigator.locks.request(nameOf(id), { ifAvailable: true }, keep);
  });
}

// Tells which uploads some tab is sending at this moment.
export async function heldElsewhere() {
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  const names = new Set(held.map(({ name }) => name));
  return (id) => names.has(nameOf(id));
}
