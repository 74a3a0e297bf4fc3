import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { ServiceError } from '../service';
import type { PasswordPolicy } from './settings';

/** As Cognito counts them: https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html */
const SYMBOLS = /[\^$*.[\]{}()?"!@#%&/\\,><':;|_~`=+-]/;
const MAX_LENGTH = 256;
const KEY_BYTES = 32;

/** @throws InvalidPasswordException that says what is missing, as AWS does */
export function checkPassword(password: string, policy: PasswordPolicy): void {
  const problem = problemOf(password, policy);
  if (problem !== undefined)
    throw new ServiceError(
      'InvalidPasswordException',
      `Password did not conform with policy: Password ${problem}`,
    );
}

function problemOf(password: string, policy: PasswordPolicy): string | undefined {
  if (password.length < policy.minimumLength || password.length > MAX_LENGTH) return 'not long enough';
  if (policy.requireLowercase && !/[a-z]/.test(password)) return 'must have lowercase characters';
  if (policy.requireUppercase && !/[A-Z]/.test(password)) return 'must have uppercase characters';
  if (policy.requireNumbers && !/\d/.test(password)) return 'must have numeric characters';
  if (policy.requireSymbols && !SYMBOLS.test(password)) return 'must have symbol characters';
  return undefined;
}

/** Salt and scrypt key of a password, as text. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt);
  return `${salt.toString('base64url')}.${key.toString('base64url')}`;
}

/**
 * @param kept what `hashPassword` gave; undefined where there is nobody, or nobody with a password, which takes as
 *   long as a password that is wrong
 */
export async function matchesPassword(password: string, kept: string | undefined): Promise<boolean> {
  const [salt = '', key = ''] = (kept ?? '.').split('.');
  const derived = await derive(password, Buffer.from(salt, 'base64url'));
  const wanted = Buffer.from(key, 'base64url');
  return wanted.length === derived.length && timingSafeEqual(wanted, derived);
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, (error, key) =>
      error === null ? resolve(key) : reject(error),
    ),
  );
}
