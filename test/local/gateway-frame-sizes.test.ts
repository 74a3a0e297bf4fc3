import { FrameSizes } from '../../local/gateway/frame-sizes';

const TEXT = 0x1;
const CONTINUATION = 0x0;
const PING = 0x9;

/** A client's frame as it goes over the wire (RFC 6455, section 5.2); its mask is all zeros. */
function frame(opcode: number, size: number, fin = true): Buffer {
  const first = (fin ? 0x80 : 0) | opcode;
  const length =
    size < 126
      ? Buffer.from([0x80 | size])
      : size < 65_536
        ? Buffer.from([0x80 | 126, size >> 8, size & 0xff])
        : Buffer.concat([
            Buffer.from([0x80 | 127, 0, 0, 0, 0]),
            Buffer.from(Uint32Array.of(size).buffer).reverse(),
          ]);
  return Buffer.concat([Buffer.from([first]), length, Buffer.alloc(4), Buffer.alloc(size, 0xff)]);
}

function scan(bytes: Buffer, chunk: number): FrameSizes {
  const sizes = new FrameSizes(32_768);
  for (let at = 0; at < bytes.length; at += chunk) sizes.scan(bytes.subarray(at, at + chunk));
  return sizes;
}

describe.each([1, 2, 3, 7, 1_000, 100_000])('frames that arrive in pieces of %d bytes', (chunk) => {
  it.each([0, 1, 125, 126, 127, 32_767, 32_768])('of %d bytes are within the limit', (size) => {
    const sizes = scan(Buffer.concat([frame(TEXT, size), frame(TEXT, size)]), chunk);
    expect({ exceeded: sizes.exceeded, messages: sizes.messages }).toEqual({ exceeded: false, messages: 2 });
  });

  it.each([32_769, 65_535, 65_536, 70_000])('of %d bytes exceed it, and those before are counted', (size) => {
    const sizes = scan(
      Buffer.concat([frame(TEXT, 5), frame(PING, 5), frame(TEXT, size), frame(TEXT, 5)]),
      chunk,
    );
    expect({ exceeded: sizes.exceeded, messages: sizes.messages }).toEqual({ exceeded: true, messages: 1 });
  });

  it('count as one message where they are its parts, also with a ping between them', () => {
    const parts = [
      frame(TEXT, 32_768, false),
      frame(PING, 0),
      frame(CONTINUATION, 300, false),
      frame(CONTINUATION, 1),
    ];
    const sizes = scan(Buffer.concat(parts), chunk);
    expect({ exceeded: sizes.exceeded, messages: sizes.messages }).toEqual({ exceeded: false, messages: 1 });
  });
});
