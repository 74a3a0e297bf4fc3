import { sideBySide } from '../../handlers/chat/side-by-side';
import { connect } from '../support/chat-client';
import { summarize, type Figure } from './figures';

/** Connections of a room, and messages that are timed in it. */
const ROOMS = [
  { size: 1, messages: 100 },
  { size: 10, messages: 100 },
  { size: 100, messages: 100 },
  { size: 1000, messages: 30 },
];
const WARM_UP = 10;
/** As fast as one connection may go on sending (`messagesPerSecond` 5), in milliseconds. */
const PACE = 200;
const PATIENCE = 120_000;

/**
 * From sending a frame to receiving the message, at each connection of the room, the sending one among them, which asks
 * for an echo. All sockets are held by this process, so a large room's times are also those of reading it here.
 */
export async function responseTimes(url: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { size, messages } of ROOMS) {
    const name = `send to receive, room of ${size.toLocaleString('en')}`;
    figures.push(...summarize(name, await timesIn(url, size, messages), {}, [0.5, 0.95]));
  }
  return figures;
}

async function timesIn(url: string, size: number, messages: number): Promise<number[]> {
  // Nameless, because the others are told of everybody who has a name.
  const members = await sideBySide(Array<string>(size).fill(`${url}?room=of-${size}`), 20, (to) =>
    connect(to),
  );
  const times: number[] = [];
  for (let index = -WARM_UP; index < messages; index += 1) {
    const message = `number ${index}`;
    const sent = performance.now();
    members[0]?.send({ action: 'sendMessage', message, echo: true });
    await Promise.all(
      members.map(async (member) => {
        await member.next({ type: 'message', message }, PATIENCE);
        if (index >= 0) times.push(performance.now() - sent);
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, PACE - (performance.now() - sent)));
  }
  for (const member of members) member.kill();
  return times;
}
