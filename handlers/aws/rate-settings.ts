import type { Rate } from '../chat/rate';
import { numberSetting } from './environment';

export function commandRates(): { commands: Rate; userCommands: Rate } {
  return {
    commands: { perSecond: numberSetting('commandsPerSecond'), burst: numberSetting('commandBurst') },
    userCommands: {
      perSecond: numberSetting('userCommandsPerSecond'),
      burst: numberSetting('userCommandBurst'),
    },
  };
}

export function messageRates(): { messages: Rate; userMessages: Rate } {
  return {
    messages: { perSecond: numberSetting('messagesPerSecond'), burst: numberSetting('messageBurst') },
    userMessages: {
      perSecond: numberSetting('userMessagesPerSecond'),
      burst: numberSetting('userMessageBurst'),
    },
  };
}

/** Connects are counted by the minute: as many of them at once as one minute has. */
export function connectRates(): { user: Rate; address: Rate } {
  const ofAMinute = (count: number): Rate => ({ perSecond: count / 60, burst: count });
  return {
    user: ofAMinute(numberSetting('connectsPerMinute')),
    address: ofAMinute(numberSetting('addressConnectsPerMinute')),
  };
}
