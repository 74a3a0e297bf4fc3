/** What the package entry `parley/client` offers. */
export { ParleyClient } from './parley-client';
export type { ClientOptions } from './options';
export type { Commands, NewMeeting } from './commands';
export { CommandError, type OwnErrorName } from './errors';
export type { ClientEvent, EventOf, OwnEvent, Position, UnrecoveredReason } from './events';
export type { Guest } from './guest';
export { createNewMeeting, joinNewMeeting, sendNewMessage } from './meetings';
export type { Person } from './own-messages';
export type { SocketClass, WebSocketLike } from './socket';
export type { Random, Time } from './time';
export type { StorageChange, Tabs, WebLocks } from './tabs';
export { TIMING, type Timing } from './timing';
export {
  MemoryStore,
  WebStorageStore,
  type SharedStoreEvents,
  type StoreShare,
  type UnsentEntry,
  type UnsentStore,
  type WebStorage,
} from './unsent-store';
