// CRC-32 as zlib counts it (ISO 3309), eight bytes at a step. Storage compares it with what arrives.

const POLYNOMIAL = 0xedb88320;
// So much is read at once: memory stays small, and the page stays awake in between.
const BLOCK = 1 << 20;

// Eight tables in one: table k holds what a byte does to the sum k bytes later.
const table = new Int32Array(8 * 256);
for (let byte = 0; byte < 256; byte += 1) {
  let sum = byte;
  for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ POLYNOMIAL : sum >>> 1;
  table[byte] = sum;
}
for (let at = 256; at < table.length; at += 1) {
  const before = table[at - 256];
  table[at] = (before >>> 8) ^ table[before & 255];
}

export function crc32(bytes, before = 0) {
  const whole = bytes.length - (bytes.length % 8);
  let sum = ~before;
  let at = 0;
  for (; at < whole; at += 8) {
    sum ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    sum =
      table[1792 + (sum & 255)] ^
      table[1536 + ((sum >>> 8) & 255)] ^
      table[1280 + ((sum >>> 16) & 255)] ^
      table[1024 + (sum >>> 24)] ^
      table[768 + bytes[at + 4]] ^
      table[512 + bytes[at + 5]] ^
      table[256 + bytes[at + 6]] ^
      table[bytes[at + 7]];
  }
  for (; at < bytes.length; at += 1) sum = (sum >>> 8) ^ table[(sum ^ bytes[at]) & 255];
  return ~sum >>> 0;
}

export async function crc32Of(blob) {
  let sum = 0;
  for (let at = 0; at < blob.size; at += BLOCK) {
    sum = crc32(new Uint8Array(await blob.slice(at, at + BLOCK).arrayBuffer()), sum);
  }
  return sum;
}

// As the API and storage want it: the four bytes, the high one first, in base64.
export function base64Of(sum) {
  return btoa(String.fromCharCode(sum >>> 24, (sum >>> 16) & 255, (sum >>> 8) & 255, sum & 255));
}
