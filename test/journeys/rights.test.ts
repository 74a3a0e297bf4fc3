import {
  holdersOf,
  refusalOf,
  rights,
  STANDINGS,
  type Right,
  type Standing,
} from '../../handlers/chat/rights';
import type { RoomKind } from '../../handlers/chat/rooms';
import type { Runtime } from '../../local/runtime';
import { idOf, peopleAt, type Person, type Reply } from '../support/people';
import { startTestRuntime } from '../support/runtime';
import { UserPool } from '../support/user-pool';

/**
 * Every cell of the table of rights, given as a command by a real socket of somebody of that standing. What is asked
 * for does no harm where it is allowed: it is about nobody, or about a message that was written for this one cell.
 */
let runtime: Runtime;
let pool: UserPool;
const { person, signedIn, goodbye } = peopleAt(
  () => runtime.url,
  () => pool,
);

const NOBODY = 'u_00000000000000';
const NOWHERE: Record<RoomKind, string> = {
  channel: 'r_00000000000000',
  direct: 'd_00000000000000',
  meeting: 'm_00000000000000',
};
const GROUPS = { agent: 'stranger', supervisor: 'stranger' } as const;
const EVERYBODY = Object.keys(STANDINGS) as Standing[];
const OUTSIDE = EVERYBODY.filter((one) => ['visitor', 'stranger', 'agent', 'supervisor'].includes(one));

/** Who there can be: guests host meetings alone, and a direct room has two people of no rank. */
const PRESENT: Record<RoomKind, Standing[]> = {
  channel: EVERYBODY.filter((one) => one !== 'host'),
  meeting: EVERYBODY,
  direct: [...OUTSIDE, 'guest', 'member'],
};

/** Rights that are had before there is a room, in the one kind that they are about. */
const WITHOUT_ROOM: Partial<Record<Right, RoomKind>> = {
  createRoom: 'channel',
  createMeeting: 'meeting',
  joinMeeting: 'meeting',
  sendPrivate: 'direct',
};
/** These change what the other cells ask for. */
const LAST: Right[] = ['revokeCode', 'closeRoom', 'leaveRoom'];
const IN_ORDER = [...(Object.keys(rights) as Right[]).filter((one) => !LAST.includes(one)), ...LAST];

interface Place {
  readonly roomId: string;
  readonly code: () => string;
  /** A message that somebody else wrote, a new one each time. */
  readonly messageOfAnother: () => Promise<string>;
  /** A message of their own, of those who have been in. */
  readonly own: Map<Standing, string>;
}
const actors = {} as Record<Standing, Person>;
const ids = {} as Record<Standing, string>;
const places = {} as Record<RoomKind | 'hosted', Place>;

const placeOf = (kind: RoomKind, standing: Standing) =>
  places[kind === 'meeting' && standing === 'host' ? 'hosted' : kind];
const standingsOf = (standing: Standing): Standing[] =>
  standing in GROUPS ? ['stranger', standing] : [standing];
const insiders = (kind: RoomKind) => PRESENT[kind].filter((one) => !OUTSIDE.includes(one));

async function ok(reply: Promise<Reply>): Promise<Reply> {
  const { error, ...rest } = await reply;
  expect(error).toBeUndefined();
  return { error, ...rest };
}
const say = async (who: Person, roomId: string) =>
  String((await ok(who.ask('sendMessage', { roomId, message: 'hi' }))).messageId);

beforeAll(async () => {
  runtime = await startTestRuntime({ context: { alerts: 'off' } });
  pool = new UserPool(runtime);
  for (const standing of EVERYBODY) {
    const isGuest = ['visitor', 'guest', 'host'].includes(standing);
    const groups = { agent: ['agents' as const], supervisor: ['moderators' as const] };
    actors[standing] = isGuest
      ? await person(`the ${standing}`, { room: 'lobby' })
      : await signedIn(`the ${standing}`, {
          room: 'lobby',
          groups: standing in groups ? groups[standing as keyof typeof groups] : [],
        });
    ids[standing] = await idOf(actors[standing]);
  }
  const bystander = await signedIn('bystander', { room: 'lobby' });

  const { roomId } = await ok(actors.owner.ask('createRoom', { name: 'the channel' }));
  const others = async (kind: RoomKind, enter: (who: Person) => Promise<unknown>, place: Place) => {
    for (const standing of [...OUTSIDE, ...insiders(kind)]) {
      if (standing !== 'owner' && standing !== 'host') await enter(actors[standing]);
      if (standing !== 'host') place.own.set(standing, await say(actors[standing], place.roomId));
      if (OUTSIDE.includes(standing)) await ok(actors[standing].ask('leaveRoom', { roomId: place.roomId }));
    }
    await enter(bystander);
    const moderator = { roomId: place.roomId, userId: ids.moderator, role: 'moderator' };
    await ok(actors.owner.ask('setRole', moderator));
  };
  const place = (room: unknown, writer: () => Person, code = () => ''): Place => ({
    roomId: String(room),
    code,
    messageOfAnother: () => say(writer(), String(room)),
    own: new Map(),
  });
  places.channel = place(roomId, () => bystander);
  await others('channel', (who) => ok(who.ask('joinRoom', { roomId })), places.channel);

  const meeting = await ok(actors.owner.ask('createMeeting', { data: 'the meeting' }));
  let code = String(meeting.group_id);
  places.meeting = place(
    meeting.roomId,
    () => bystander,
    () => code,
  );
  const enter = (who: Person) => ok(who.ask('joinMeeting', { data: { group_id: code } }));
  await others('meeting', enter, places.meeting);

  const hosted = await ok(actors.host.ask('createMeeting', { data: 'by a guest' }));
  code = String(hosted.group_id);
  places.hosted = place(
    hosted.roomId,
    () => bystander,
    () => code,
  );
  await enter(bystander);
  places.hosted.own.set('host', await say(actors.host, places.hosted.roomId));
  code = String(meeting.group_id);

  const first = await ok(actors.member.ask('sendPrivate', { to: ids.guest, message: 'hi' }));
  let writer = actors.guest;
  places.direct = {
    ...place(first.roomId, () => writer),
    // Each is about the message of the other.
    messageOfAnother: () => say(writer, String(first.roomId)),
  };
  places.direct.own.set('member', String(first.messageId));
  places.direct.own.set('guest', await say(actors.guest, String(first.roomId)));
  otherIn.direct = (standing) => (writer = standing === 'guest' ? actors.member : actors.guest);
}, 120_000);
afterAll(async () => {
  goodbye();
  pool.close();
  await runtime.close();
}, 30_000);

const otherIn: { direct: (standing: Standing) => unknown } = { direct: () => undefined };
let created = 0;

/** The command that a right is about, in this room or in the one that is nowhere. */
async function commandFor(
  right: Right,
  kind: RoomKind,
  standing: Standing,
  isNowhere = false,
): Promise<[string, object]> {
  const place = placeOf(kind, standing);
  const roomId = isNowhere ? NOWHERE[kind] : place.roomId;
  otherIn.direct(standing);
  const messageId = async (isOwn: boolean) => {
    if (isNowhere) return `${roomId}.1`;
    return (isOwn ? place.own.get(standing) : undefined) ?? place.messageOfAnother();
  };
  switch (right) {
    case 'createRoom':
      return ['createRoom', { name: `made by ${standing} ${(created += 1)}` }];
    case 'createMeeting':
      return ['createMeeting', { data: 'of mine' }];
    case 'joinMeeting':
      return ['joinMeeting', { data: { group_id: place.code() } }];
    case 'sendPrivate':
      return ['sendPrivate', { to: ids.owner, message: 'hi' }];
    case 'sendMessage':
      return ['sendMessage', { roomId, message: 'hi' }];
    case 'editMessage':
    case 'editMessageOfOthers':
      return ['editMessage', { messageId: await messageId(right === 'editMessage'), message: 'ho' }];
    case 'deleteMessage':
    case 'deleteMessageOfOthers':
      return ['deleteMessage', { messageId: await messageId(right === 'deleteMessage') }];
    case 'resume':
      return ['resume', { rooms: { [roomId]: { epoch: 'e_00000000000000', seq: 0 } } }];
    case 'receipt':
      return ['receipt', { roomId, readSeq: 0 }];
    case 'setRole':
      return ['setRole', { roomId, userId: NOBODY, role: 'member' }];
    case 'admit':
    case 'refuse':
    case 'remove':
    case 'ban':
    case 'unban':
      return [right, { roomId, userId: NOBODY }];
    default:
      return [right, { roomId }];
  }
}

type Outcome = 'allowed' | 'permission_denied' | 'unknown_room';

function outcomeOf(reply: Reply): Outcome {
  if (reply.ok === true) return JSON.stringify(reply).includes('"not_member"') ? 'unknown_room' : 'allowed';
  const { name } = reply.error;
  return name === 'permission_denied' || name === 'unknown_room' ? name : 'allowed';
}

function expected(right: Right, kind: RoomKind, standing: Standing): Outcome {
  const standings = standingsOf(standing);
  // Whoever may delete what others wrote may delete what they wrote themselves.
  const wider = right === 'deleteMessage' ? 'deleteMessageOfOthers' : right;
  if (standings.some((one) => holdersOf(wider, kind).includes(one))) return 'allowed';
  const error = refusalOf(right, kind, standings)?.error ?? 'allowed';
  // There is no room yet that could be given away.
  if (right === 'createRoom') return error === 'allowed' ? error : 'permission_denied';
  return error === 'permission_denied' || error === 'unknown_room' ? error : 'allowed';
}

/** What a refusal says, without what is new in every reply. */
const wordsOf = ({ error, rooms }: Reply) => ({
  error: { ...error, traceId: '' },
  rooms: rooms && Object.values(rooms),
});

const CELLS = IN_ORDER.flatMap((right) =>
  (Object.keys(NOWHERE) as RoomKind[])
    .filter((kind) => (WITHOUT_ROOM[right] ?? kind) === kind)
    .map((kind) => ({ right, kind })),
);

test.each(CELLS)('$right in a $kind is answered as the table says, whoever asks', async ({ right, kind }) => {
  const isCreation = right === 'createRoom' || right === 'createMeeting';
  for (const standing of isCreation ? OUTSIDE : PRESENT[kind]) {
    const actor = actors[standing];
    const [action, fields] = await commandFor(right, kind, standing);
    const reply = await actor.ask(action, fields);
    const outcome = outcomeOf(reply);
    expect({ standing, outcome, reply }).toEqual({
      standing,
      outcome: expected(right, kind, standing),
      reply,
    });
    if (outcome === 'unknown_room') {
      const [, elsewhere] = await commandFor(right, kind, standing, true);
      expect(wordsOf(reply)).toEqual(wordsOf(await actor.ask(action, elsewhere)));
    }
    const entered = ['joinRoom', 'joinMeeting', 'createRoom', 'createMeeting'].includes(right);
    if (entered && reply.ok === true && OUTSIDE.includes(standing))
      await ok(actor.ask('leaveRoom', { roomId: reply.roomId }));
  }
});

test('the people of another room stay unknown too, by the same words as nobody', async () => {
  const { stranger, visitor } = actors;
  for (const one of [stranger, visitor]) {
    const fields = { data: { n: 1 } };
    await ok(one.ask('leaveRoom', { room: 'lobby' }));
    const away = await one.ask('signal', { to: ids.moderator, ...fields });
    expect(wordsOf(away)).toEqual(wordsOf(await one.ask('signal', { to: NOBODY, ...fields })));
  }
});
