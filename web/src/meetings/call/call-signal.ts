import * as z from 'zod/mini';

const common = {
  parley: z.literal('call'),
  roomId: z.string(),
  /** Who says it: one person's stay in one call. */
  from: z.string(),
};

/** What participants of a call tell each other through `signal`. Whatever else comes is not for a call. */
export const callSignal = z.discriminatedUnion('kind', [
  /** To everybody in the room: I am in the call now. Those who are answer with an offer. */
  z.object({ kind: z.literal('here'), ...common }),
  z.object({
    kind: z.literal('description'),
    ...common,
    to: z.string(),
    description: z.object({ type: z.enum(['offer', 'answer', 'pranswer', 'rollback']), sdp: z.string() }),
  }),
  z.object({
    kind: z.literal('candidates'),
    ...common,
    to: z.string(),
    candidates: z.array(
      z.object({
        candidate: z.string(),
        sdpMid: z.nullable(z.string()),
        sdpMLineIndex: z.nullable(z.int()),
      }),
    ),
  }),
  /** To one in the call: whether one's microphone and camera are on. Both are, until this is said. */
  z.object({
    kind: z.literal('sends'),
    ...common,
    to: z.string(),
    sound: z.boolean(),
    picture: z.boolean(),
  }),
  /** To one who came: there is no place left. */
  z.object({ kind: z.literal('full'), ...common, to: z.string() }),
  z.object({ kind: z.literal('gone'), ...common }),
]);

export type CallSignal = z.infer<typeof callSignal>;
export type Candidate = Extract<CallSignal, { kind: 'candidates' }>['candidates'][number];
export type Description = Extract<CallSignal, { kind: 'description' }>['description'];
