import type { BrowserStorage } from './remembered';

/** The part of the storage that belongs to one account, so that people who share a browser do not see each other's. */
export function ownStorage(storage: Storage, account: string): BrowserStorage {
  const key = (name: string) => `${name}.${account}`;
  return {
    getItem: (name) => storage.getItem(key(name)),
    setItem: (name, value) => storage.setItem(key(name), value),
    removeItem: (name) => storage.removeItem(key(name)),
  };
}

/** Forgets everything that an account has left: drafts, names, and what is not sent (see `WebStorageStore`). */
export function forgetOwn(storage: Storage, account: string): void {
  const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '');
  const isOwn = (key: string) => key.endsWith(`.${account}`) || key.startsWith(`parley.unsent.${account}.`);
  for (const key of keys) if (key.startsWith('parley.') && isOwn(key)) storage.removeItem(key);
}
