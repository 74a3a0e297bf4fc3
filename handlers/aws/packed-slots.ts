/**
 * Slots as bytes, because a part names thousands. `whole` keeps all 128 bits (16 bytes a slot), as pruning and
 * redrive need them. `short` keeps the place's 64 bits and 16 of the connection's (10 bytes), enough to answer
 * "did George get it, on which of his devices": at 1 KB a write unit, that is about a hundredth of a write each.
 */
const BYTES = { whole: 16, short: 10 } as const;

export function packSlots(slots: readonly string[], width: 'whole' | 'short'): Uint8Array {
  return Buffer.from(slots.map((slot) => slot.slice(0, BYTES[width] * 2)).join(''), 'hex');
}

/** The slots again; `short` ones are prefixes of 20 hex digits. */
export function unpackSlots(bytes: Uint8Array, width: 'whole' | 'short'): string[] {
  const digits = Buffer.from(bytes).toString('hex');
  const length = BYTES[width] * 2;
  return Array.from({ length: digits.length / length }, (_, index) =>
    digits.slice(index * length, (index + 1) * length),
  );
}
