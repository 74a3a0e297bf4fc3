import { commands } from '../../handlers/chat/protocol/commands';

/** Values that have broken parsers, tables and screens before. */
const STRINGS = [
  '',
  ' ',
  '\u0000',
  'a\u0007b\u001b[2J',
  '\u202egeorge',
  '\u2066admin\u2069',
  '\ud800',
  'half \udfff half',
  '\ufeff',
  '\ufdfa'.repeat(30),
  'e\u0301'.repeat(70),
  '__proto__',
  'constructor',
  'toString',
  '#', // a key's separator
  '@u_00000000000000',
  'code_0000000000000000',
  'r_00000000000000',
  'r_bx0p7s12k8h19h',
  'r_bx0p7s12k8h19h.1',
  'r_bx0p7s12k8h19h.999999999999999',
  'r_bx0p7s12k8h19h.-1',
  'lobby',
  'LOBBY ',
  'George',
  '../../etc/passwd',
  '<script>alert(1)</script>',
  "'; DROP TABLE rooms; --",
  '${jndi:ldap://x}',
  'x'.repeat(65),
  'x'.repeat(257),
  'é'.repeat(4001),
  'x'.repeat(20_000),
] as const;

const OTHERS = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  -(2 ** 31),
  [],
  {},
  [null],
  [[[[]]]],
  { a: { b: { c: {} } } },
  { length: -1 },
  { toString: 'no function', valueOf: 1 },
] as const;

const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'hasOwnProperty',
  'toJSON',
  'then',
  'sender',
  'ok',
  'type',
];
const FIELDS = [...new Set(Object.values(commands).flatMap(({ takes }) => Object.keys(takes.shape)))];
const ACTIONS = [
  ...Object.keys(commands),
  ...commands.sendMessage.aliases,
  'sendMesage',
  '$connect',
  '$default',
  '__proto__',
];

/**
 * Random frames, the same for the same random numbers: commands of `examples` with fields taken out, replaced or
 * added, JSON of any shape, broken JSON and noise.
 */
export class FrameMaker {
  constructor(
    private readonly random: () => number,
    private readonly examples: readonly Readonly<Record<string, unknown>>[],
  ) {}

  next(): string {
    const kind = this.random();
    if (kind < 0.7) return this.#command();
    if (kind < 0.8) return this.#broken(this.#command());
    if (kind < 0.95) return stringify(this.#value(3));
    if (kind < 0.98) return this.#noise();
    return this.#deep();
  }

  #command(): string {
    const fields = new Map<string, unknown>(Object.entries(this.#one(this.examples)));
    for (let changes = Math.floor(this.random() * 4); changes > 0; changes -= 1) {
      const name =
        this.random() < 0.7 ? this.#one([...fields.keys(), 'id']) : this.#one([...FIELDS, ...KEYS]);
      if (this.random() < 0.2) fields.delete(name);
      else if (name === 'action') fields.set(name, this.random() < 0.8 ? this.#one(ACTIONS) : this.#value(1));
      else fields.set(name, this.#value(2));
    }
    // Not by way of an object, in which `__proto__` would not be a field.
    return `{${[...fields].map(([name, value]) => `${stringify(name)}:${stringify(value)}`).join(',')}}`;
  }

  /** A frame with some of its characters gone, doubled or other ones. */
  #broken(frame: string): string {
    let text = frame;
    for (let changes = 1 + Math.floor(this.random() * 3); changes > 0; changes -= 1) {
      const at = Math.floor(this.random() * text.length);
      const put = this.#one(['', '"', '{', '}', ',', ':', '\\', '\\u', '\u0000', '\ud800', '1e999', 'null']);
      text = text.slice(0, at) + put + text.slice(at + Math.floor(this.random() * 3));
    }
    return text;
  }

  #value(depth: number): unknown {
    const kind = this.random();
    if (kind < 0.45) return this.#one(STRINGS);
    if (kind < 0.7 || depth === 0) return this.#one(OTHERS);
    if (kind < 0.75) return Math.floor(this.random() * 200);
    const size = Math.floor(this.random() * 4);
    if (kind < 0.85) return Array.from({ length: size }, () => this.#value(depth - 1));
    const names = [...FIELDS, ...KEYS, 'lobby'];
    return new Map(Array.from({ length: size }, () => [this.#one(names), this.#value(depth - 1)]));
  }

  #noise(): string {
    const length = Math.floor(this.random() * 40);
    return Array.from({ length }, () => String.fromCharCode(Math.floor(this.random() * 0xffff))).join('');
  }

  /** Deeper than a recursive reader can go. */
  #deep(): string {
    const depth = 1 + Math.floor(this.random() * 5000);
    const inner = '['.repeat(depth) + (this.random() < 0.5 ? ']'.repeat(depth) : '');
    return this.random() < 0.5 ? inner : `{"action":${stringify(this.#one(ACTIONS))},"data":${inner}}`;
  }

  #one<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)]!;
  }
}

/** JSON in which a Map is an object with just these members, whatever they are called. */
function stringify(value: unknown): string {
  if (value instanceof Map) {
    return `{${[...value].map(([name, item]) => `${JSON.stringify(name)}:${stringify(item)}`).join(',')}}`;
  }
  if (Array.isArray(value)) return `[${value.map(stringify).join(',')}]`;
  return JSON.stringify(value);
}
