/** What an attempt may take in the inline tier, in milliseconds; the claim is made before the tier is known. */
export const INLINE_LEASE = 90_000;

/** A fan-out normally claims its entry within a second. One that is claimed within this time is given no other lease. */
const CLAIM_EXPECTED_WITHIN = 30_000;
/**
 * When the sweep emits the event again unless somebody has closed the entry, in milliseconds after the message was
 * accepted: it covers the lease of an inline fan-out, so that its claim need not move it and two writes to the index
 * are saved. An event that the bus refused is not waited for so long, see `announce` in sending/sending.ts.
 */
export const DUE_AFTER = CLAIM_EXPECTED_WITHIN + INLINE_LEASE;
