import { ACCESSES, type Access, type OriginRules } from '../chat/access';
import { CHANNELS_BY_JOINING } from '../chat/rights';
import { settingVariable } from '../wiring/environment';
import type { HandlerSetting } from '../wiring/row';

/** An environment variable that the function's row in the wiring brings. Throws, naming it, where it is missing. */
export function environment(name: string): string {
  const value = process.env[name];
  if (value === undefined)
    throw new Error(`${name} is not set: does this function's row in handlers/wiring.ts ask for it?`);
  return value;
}

export function setting(name: HandlerSetting): string {
  return environment(settingVariable(name));
}

/** Throws where the setting is no number. */
export function numberSetting(name: HandlerSetting): number {
  const value = Number(setting(name));
  if (Number.isNaN(value)) throw new Error(`${settingVariable(name)} is not a number`);
  return value;
}

/** Throws where the setting is no access. */
export function accessSetting(): Access {
  const value = setting('access');
  const access = ACCESSES.find((one) => one === value);
  if (access === undefined) throw new Error(`${settingVariable('access')} is none of ${ACCESSES.join(', ')}`);
  return access;
}

export function originRules(): OriginRules {
  return { access: accessSetting(), allowedOrigins: setting('allowedOrigins').split(',').filter(Boolean) };
}

/** Which channels come into being by being joined. Throws where the setting is none. */
export function channelRules() {
  const value = setting('channelsByJoining');
  const byJoining = CHANNELS_BY_JOINING.find((one) => one === value);
  if (byJoining === undefined)
    throw new Error(`channelsByJoining is none of ${CHANNELS_BY_JOINING.join(', ')}`);
  return { byJoining, defaultRoom: setting('defaultRoom') };
}
