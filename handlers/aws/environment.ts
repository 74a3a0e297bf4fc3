import { settingVariable, type HandlerSetting } from '../wiring';

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
