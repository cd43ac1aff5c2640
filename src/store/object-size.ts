// What V8 spends on a slot, an object header and a string header on 64-bit builds without pointer compression.
const SLOT_BYTES = 8;
const HEADER_BYTES = 32;
const STRING_HEADER_BYTES = 16;

/** A cheap estimate of the heap bytes that a JSON value keeps alive; keys are shared by V8 and count as slots. */
export function estimateBytes(value: unknown): number {
  if (typeof value === 'string') return STRING_HEADER_BYTES + value.length;
  if (typeof value !== 'object' || value === null) return SLOT_BYTES;
  let bytes = HEADER_BYTES;
  if (Array.isArray(value)) {
    for (const item of value) bytes += SLOT_BYTES + estimateBytes(item);
    return bytes;
  }
  for (const item of Object.values(value)) bytes += SLOT_BYTES + estimateBytes(item);
  return bytes;
}
