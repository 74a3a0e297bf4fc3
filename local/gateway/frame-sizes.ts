const MASK_BYTES = 4;
const FIRST_CONTROL_OPCODE = 0x8;

/**
 * Watches the size of each frame that a client sends. ws's `maxPayload` limits whole messages, not the frames
 * they come in, so the frame headers are read here, beside ws, from the same bytes (RFC 6455, section 5.2).
 */
export class FrameSizes {
  readonly #limit: number;
  #header: number[] = [];
  #payloadLeft = 0;
  #messages = 0;
  #exceeded = false;

  /** @param limit of a data frame's payload, in bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** True once a frame was over the limit; what comes after it is not looked at. */
  get exceeded(): boolean {
    return this.#exceeded;
  }

  /** How many messages ended before a frame over the limit began. */
  get messages(): number {
    return this.#messages;
  }

  scan(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && !this.#exceeded) {
      if (this.#payloadLeft > 0) {
        const skipped = Math.min(this.#payloadLeft, chunk.length - at);
        this.#payloadLeft -= skipped;
        at += skipped;
      } else {
        this.#header.push(chunk.readUInt8(at));
        at++;
        this.#readHeader();
      }
    }
  }

  #readHeader(): void {
    const [first = 0, second] = this.#header;
    if (second === undefined) return;
    const length = second & 0x7f;
    const lengthBytes = length === 127 ? 8 : length === 126 ? 2 : 0;
    const maskBytes = second & 0x80 ? MASK_BYTES : 0;
    if (this.#header.length < 2 + lengthBytes + maskBytes) return;

    const payload =
      lengthBytes === 0
        ? length
        : this.#header.slice(2, 2 + lengthBytes).reduce((value, byte) => value * 256 + byte, 0);
    const isData = (first & 0x0f) < FIRST_CONTROL_OPCODE;
    this.#header = [];
    this.#payloadLeft = payload;
    if (isData && payload > this.#limit) this.#exceeded = true;
    else if (isData && first & 0x80) this.#messages++;
  }
}
