import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { isObject, type JsonObject } from './json';
import { parseJson } from './parse-json';

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
   * @throws Error for any other line that is no JSON object: somebody else wrote into the file
   */
  read(): JsonObject[] {
    const entries: JsonObject[] = [];
    const lines = (existsSync(this.#path) ? readFileSync(this.#path, 'utf8') : '').split('\n');
    const torn = lines.pop() ?? '';
    for (const [index, line] of lines.entries()) entries.push(parseLine(line, `${this.#path}:${index + 1}`));
    this.#lines = entries.length;
    if (torn !== '') this.rewrite(entries);
    return entries;
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
  rewrite(entries: readonly JsonObject[]): void {
    this.close();
    mkdirSync(dirname(this.#path), { recursive: true });
    const temporary = `${this.#path}.new`;
    writeFileSync(temporary, entries.map(lineOf).join(''));
    renameSync(temporary, this.#path);
    this.#lines = entries.length;
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
    try {
      for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
    } catch (error) {
      ftruncateSync(file, this.#size);
      throw error;
    }
    this.#size += bytes.length;
  }

  #open(): number {
    mkdirSync(dirname(this.#path), { recursive: true });
    const file = openSync(this.#path, 'a');
    this.#size = fstatSync(file).size;
    return file;
  }
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
