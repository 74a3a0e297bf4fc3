import * as aws from '../composition';
import { commandRates } from '../aws/rate-settings';
import { RecentRefusals } from '../chat/refusals';

/** Whom this process has just refused something. */
const refusals = new RecentRefusals();

/** What every command needs to know who gives it, and to count it. */
export function commandPorts() {
  return {
    connections: aws.connections(),
    limits: aws.limits(),
    refusals,
    rates: commandRates(),
    log: aws.log(),
    now: Date.now,
  };
}

/** The same for commands about rooms, with what they look at and whom they tell. */
export function roomCommandPorts() {
  return {
    ...commandPorts(),
    audience: aws.audience(),
    members: aws.members(),
    rooms: aws.rooms(),
    outbox: aws.outbox(),
    bus: aws.bus(),
  };
}
