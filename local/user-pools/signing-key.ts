import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type CryptoKey,
  type JWK,
} from 'jose';
import { isObject, type JsonObject } from '../json/json';
import { parseJson } from '../json/parse-json';

export interface Key {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  /** As the JWKS shows it. */
  readonly publicJwk: JsonObject;
}

/**
 * The RSA key of a user pool. It is made when somebody first needs it, because that takes a tenth of a second, and
 * kept, so that tokens outlive a restart.
 */
export class SigningKey {
  readonly #path: string | undefined;
  #key: Promise<Key> | undefined;

  /** @param path of the file that only this machine's user may read; in memory only without it */
  constructor(path: string | undefined) {
    this.#path = path;
  }

  get(): Promise<Key> {
    return (this.#key ??= this.#open());
  }

  async #open(): Promise<Key> {
    const kept = this.#read();
    if (kept !== undefined) return keyOf(kept);
    const { privateKey } = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true });
    const jwk = await exportJWK(privateKey);
    this.#write(jwk);
    return keyOf(jwk);
  }

  #read(): JWK | undefined {
    if (this.#path === undefined || !existsSync(this.#path)) return undefined;
    const jwk = parseJson(readFileSync(this.#path, 'utf8'));
    if (!isObject(jwk)) throw new Error(`${this.#path} is no key`);
    return textMembers(jwk);
  }

  /** Under another name first: a crash leaves no key or a whole one. */
  #write(jwk: JWK): void {
    if (this.#path === undefined) return;
    mkdirSync(dirname(this.#path), { recursive: true });
    writeFileSync(`${this.#path}.new`, JSON.stringify(jwk), { mode: 0o600 });
    renameSync(`${this.#path}.new`, this.#path);
  }
}

async function keyOf(jwk: JWK): Promise<Key> {
  const { kty = '', n = '', e = '' } = jwk;
  const publicPart = { kty, n, e };
  const kid = await calculateJwkThumbprint(publicPart);
  const [privateKey, publicKey] = await Promise.all([
    importJWK(jwk, 'RS256'),
    importJWK(publicPart, 'RS256'),
  ]);
  if (privateKey instanceof Uint8Array || publicKey instanceof Uint8Array) throw new Error('No RSA key');
  return { kid, privateKey, publicKey, publicJwk: { ...publicPart, kid, alg: 'RS256', use: 'sig' } };
}

function textMembers(object: JsonObject): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(object)) if (typeof value === 'string') texts[name] = value;
  return texts;
}
