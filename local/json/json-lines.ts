import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { isObject, type JsonObject } from './json';
import { parseJson } from './parse-json';

/** As much is read or written at once, in bytes: a file may be larger than any text may be long. */
const PIECE = 1 << 20;
/** How long `appendSoon` gathers lines, in milliseconds. */
const GATHERING = 50;

/**
 * An append-only file of JSON objects, one per line. Each `append` is one write to the operating system before
 * it returns, so what was appended survives a `kill -9` of this process (not a power cut). One that throws leaves
 * nothing in the file.
 */
export class JsonLines {
  readonly #path: string;
  #file: number | undefined;
  #lines = 0;
  /** Of the file, in bytes. */
  #size = 0;
  /** Whether the beginning of a refused line may stand at its end. */
  #torn = false;
  #gathered: JsonObject[] = [];
  #flushing: NodeJS.Timeout | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** How many lines the file has, to decide when a rewrite pays. */
  get lines(): number {
    return this.#lines;
  }

  /**
   * What the file holds; nothing when there is none. A last line that was cut off by a crash is dropped.
   * To be read to its end before anything is appended.
   * @throws Error for any other line that is no JSON object: somebody else wrote into the file
   */
  *read(): Generator<JsonObject, void, void> {
    this.#lines = 0;
    if (!existsSync(this.#path)) return;
    let size = 0;
    const file = openSync(this.#path, 'r');
    try {
      for (const line of wholeLines(file)) {
        this.#lines += 1;
        size += line.length + 1;
        yield parseLine(line.toString('utf8'), `${this.#path}:${this.#lines}`);
      }
      if (fstatSync(file).size > size) truncateSync(this.#path, size);
    } finally {
      closeSync(file);
    }
  }

  append(entry: JsonObject): void {
    this.#gathered.push(entry);
    this.#lines += 1;
    this.#flush();
  }

  /**
   * As `append`, but written within 50 ms, with what else comes meanwhile: a `kill -9` loses as much. Until then the
   * entry must stay as it is.
   */
  appendSoon(entry: JsonObject): void {
    this.#gathered.push(entry);
    this.#lines += 1;
    this.#flushing ??= setTimeout(() => this.#flush(), GATHERING);
  }

  /** Replaces the whole content at once: a crash leaves the old file or the new one. */
  rewrite(entries: Iterable<JsonObject>): void {
    this.close();
    mkdirSync(dirname(this.#path), { recursive: true });
    const temporary = `${this.#path}.new`;
    try {
      const lines = writeLines(temporary, entries);
      renameSync(temporary, this.#path);
      this.#lines = lines;
    } catch (error) {
      // What is left of it would keep a full disk full.
      rmSync(temporary, { force: true });
      throw error;
    }
  }

  close(): void {
    this.#flush();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #flush(): void {
    clearTimeout(this.#flushing);
    this.#flushing = undefined;
    if (this.#gathered.length === 0) return;
    const lines = this.#gathered;
    this.#gathered = [];
    try {
      this.#file ??= this.#open();
      this.#writeWhole(this.#file, Buffer.from(lines.map(lineOf).join('')));
    } catch (error) {
      this.#lines -= lines.length;
      throw error;
    }
  }

  /** All or nothing: a disk that is full takes the beginning of a line, which the next would go on. */
  #writeWhole(file: number, bytes: Buffer): void {
    this.#mend(file);
    try {
      writeAll(file, bytes);
    } catch (error) {
      this.#torn = true;
      this.#mend(file);
      throw error;
    }
    this.#size += bytes.length;
  }

  #mend(file: number): void {
    if (!this.#torn) return;
    ftruncateSync(file, this.#size);
    this.#torn = false;
  }

  #open(): number {
    mkdirSync(dirname(this.#path), { recursive: true });
    const file = openSync(this.#path, 'a');
    if (!this.#torn) this.#size = fstatSync(file).size;
    return file;
  }
}

/** The lines of a file without their ends; what stands behind the last end is none. */
function* wholeLines(file: number): Generator<Buffer, void, void> {
  const piece = Buffer.alloc(PIECE);
  let rest = Buffer.alloc(0);
  for (let size = readSync(file, piece); size > 0; size = readSync(file, piece)) {
    const bytes = Buffer.concat([rest, piece.subarray(0, size)]);
    let from = 0;
    for (let end = bytes.indexOf(LINE_END); end >= 0; end = bytes.indexOf(LINE_END, from)) {
      yield bytes.subarray(from, end);
      from = end + 1;
    }
    rest = bytes.subarray(from);
  }
}

const LINE_END = '\n'.charCodeAt(0);

/** Writes a new file; gives the number of its lines. */
function writeLines(path: string, entries: Iterable<JsonObject>): number {
  let lines = 0;
  let text = '';
  const file = openSync(path, 'w');
  try {
    for (const entry of entries) {
      lines += 1;
      text += lineOf(entry);
      if (text.length < PIECE) continue;
      writeAll(file, Buffer.from(text));
      text = '';
    }
    writeAll(file, Buffer.from(text));
  } finally {
    closeSync(file);
  }
  return lines;
}

function writeAll(file: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
}

function lineOf(entry: JsonObject): string {
  return `${JSON.stringify(entry)}\n`;
}

function parseLine(line: string, place: string): JsonObject {
  let value: unknown;
  try {
    value = parseJson(line);
  } catch {
    value = undefined;
  }
  if (!isObject(value)) throw new Error(`${place} is not a JSON object`);
  return value;
}
