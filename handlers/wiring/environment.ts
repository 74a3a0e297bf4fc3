import type { HandlerSetting } from './row';

/** The environment variable that carries a setting, e.g. `MAX_TEXT_BYTES`. */
export function settingVariable(setting: HandlerSetting): string {
  return setting.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}

/** Environment variables that a function gets where its row asks for what they name. */
export const BUS_VARIABLE = 'BUS_NAME';
export const AGENTS_TOPIC_VARIABLE = 'AGENTS_TOPIC_ARN';
export const CALLBACK_URL_VARIABLE = 'CALLBACK_URL';
export const ADDRESS_KEY_VARIABLE = 'ADDRESS_KEY';
export const TOKEN_ISSUER_VARIABLE = 'TOKEN_ISSUER';
export const TOKEN_CLIENT_ID_VARIABLE = 'TOKEN_CLIENT_ID';
